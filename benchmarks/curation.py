"""Seconds and memory to curate a corpus, and the search for near duplicates beside MinHash LSH.

    .venv/bin/python benchmarks/curation.py [--rows 50000 100000] [--sql-rows 10000] [--peer-rows 50000]

The rows are dialogues of the bundled smart home: turns that the recombination teacher wrote, dealt anew to dialogues of
two to four turns, each with three votes; one in ten is a copy, nearly a copy, a seed, a question of the test set,
invalid or unreadable. For SQL they are what the recombination teacher writes. Each run has a process of its own. The
peer is datasketch as it is commonly written: 128 permutations, an update per token, a query and an insertion for each
row, and the similarity of what is proposed; it looks for the same near duplicates of the same rows.
"""

import argparse
import json
import multiprocessing
import random
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from distil_dagster.corpus.curation import CurationSettings, curate, funnel
from distil_dagster.corpus.filters import FILTERS, Candidate, Filter
from distil_dagster.corpus.near_duplicates import near_duplicates
from distil_dagster.home import CHECKOUT
from distil_dagster.tasks import Conversation, Row, Task, Turn, load_task
from distil_dagster.tasks.tool_calling import ToolCalling, tool_calling
from distil_dagster.teachers import GeneratedRow, Origin, Vote
from distil_dagster.teachers.recombination import recombination_teacher

WRITTEN_DIALOGUES = 5_000
"""From whose turns all dialogues are dealt."""
FLAWED = 0.1
VOTES = 3
SETTINGS = CurationSettings()


@dataclass(frozen=True)
class Outcome:
    """What a run took, and how many rows it found at fault."""

    seconds: float
    peak_mib: float
    found: int


class Dealer:
    """Deals turns to dialogues; the same seed gives the same rows."""

    def __init__(self, task: Task, seed: int) -> None:
        self._random = random.Random(seed)
        self._task = task
        self._kind: ToolCalling = tool_calling(task.kind)
        written = recombination_teacher(task).generate(count=WRITTEN_DIALOGUES, seed=seed).rows
        self._turns = [turn for row in written for turn in self._kind.conversation(row.row).turns if turn.user]

    def rows(self, count: int) -> list[GeneratedRow]:
        flaws = (self._unreadable, self._invalid, self._seed, self._test, self._same, self._nearly_the_same)
        rows: list[GeneratedRow] = []
        sound: list[GeneratedRow] = []
        while len(rows) < count:
            if sound and self._random.random() < FLAWED:
                rows.append(self._random.choice(flaws)(self._random.choice(sound)))
            else:
                sound.append(self._voted(self._row(self._random.choices(self._turns, k=self._random.randint(2, 4)))))
                rows.append(sound[-1])
        return rows

    def _row(self, turns: Sequence[Turn]) -> Row:
        return self._kind.row(Conversation("", tuple(replace(turn, observation=None) for turn in turns)))

    def _voted(self, row: Row) -> GeneratedRow:
        draw = self._random.random()
        # Models write JSON with blanks, and now and then something else.
        spaced = json.dumps(json.loads(row.answer))
        votes = [row.answer, row.answer if draw < 0.5 else spaced, self._other() if draw > 0.97 else row.answer]
        return GeneratedRow(row, Origin(votes=tuple(Vote(text, str(number)) for number, text in enumerate(votes))))

    def _other(self) -> str:
        return self._random.choice(self._turns).call.to_answer()

    def _unreadable(self, _: GeneratedRow) -> GeneratedRow:
        return GeneratedRow(Row("", ""), unreadable="no JSON")

    def _invalid(self, sound: GeneratedRow) -> GeneratedRow:
        return GeneratedRow(Row(sound.row.question, '{"name":"fly","parameters":{}}'))

    def _seed(self, _: GeneratedRow) -> GeneratedRow:
        return self._voted(self._random.choice(self._task.seeds))

    def _test(self, _: GeneratedRow) -> GeneratedRow:
        said = self._kind.conversation(self._random.choice(self._task.tests)).turns[0]
        return self._voted(self._row([said, self._random.choice(self._turns)]))

    def _same(self, sound: GeneratedRow) -> GeneratedRow:
        return sound

    def _nearly_the_same(self, sound: GeneratedRow) -> GeneratedRow:
        *turns, last = self._kind.conversation(sound.row).turns
        return self._voted(self._row([*turns, replace(last, user=f"{last.user} now")]))


def dealt_rows(task: Task, count: int) -> list[GeneratedRow]:
    return Dealer(task, 0).rows(count)


def recombined_rows(task: Task, count: int) -> list[GeneratedRow]:
    rows = recombination_teacher(task).generate(count=count, seed=0).rows
    return [
        # One vote in three is written otherwise, so that it has to be run.
        replace(row, origin=Origin(votes=tuple(Vote(text, "") for text in _written_otherwise(row.row.answer, index))))
        for index, row in enumerate(rows)
    ]


def _written_otherwise(query: str, index: int) -> list[str]:
    return [query, query, query.replace("SELECT ", "SELECT\n  ") if index % 3 == 0 else query]


def curate_rows(name: str, make: Callable[[Task, int], list[GeneratedRow]], count: int) -> Outcome:
    task = load_task(CHECKOUT / "tasks" / name)
    rows = make(task, count)
    before = _peak_mib()
    taken = _timed_filters()
    started = time.perf_counter()
    verdicts = curate(task, rows, SETTINGS)
    seconds = time.perf_counter() - started
    counts = funnel(verdicts, SETTINGS.filters)
    print(f"{name}, {count:,} rows against {len(task.tests):,} tests, {before:,.0f} MiB before:")
    for filter_name in SETTINGS.filters:
        print(f"  {filter_name:<20}{taken[filter_name]:8.2f} s{counts[filter_name]:10,} rejected")
    return Outcome(seconds, _peak_mib(), count - counts["kept"])


def _timed_filters() -> dict[str, float]:
    """Have each filter leave its seconds in the mapping that is returned."""
    taken: dict[str, float] = {}

    def timed(name: str, timed_filter: Filter) -> Filter:
        def rejects(*arguments: Any) -> dict[int, str]:
            started = time.perf_counter()
            found = timed_filter.rejects(*arguments)
            taken[name] = time.perf_counter() - started
            return found

        return replace(timed_filter, rejects=rejects)

    FILTERS.update({name: timed(name, timed_filter) for name, timed_filter in FILTERS.items()})
    return taken


def partition_join(texts: Sequence[Sequence[str]]) -> int:
    return len(near_duplicates(texts, SETTINGS.near_duplicate_similarity))


def stock_minhash(texts: Sequence[Sequence[str]]) -> int:
    from datasketch import MinHash, MinHashLSH

    threshold = SETTINGS.near_duplicate_similarity
    lsh = MinHashLSH(threshold=threshold, num_perm=128)
    sets = [set(text) for text in texts]
    found = 0
    for number, tokens in enumerate(sets):
        sketch = MinHash(num_perm=128)
        for token in tokens:
            sketch.update(token.encode("utf8"))
        proposed = (sets[other] for other in lsh.query(sketch))
        if any(len(tokens & other) >= threshold * len(tokens | other) for other in proposed):
            found += 1
        else:
            lsh.insert(number, sketch)
    return found


def find_near_duplicates(find: Callable[[Sequence[Sequence[str]]], int], count: int) -> Outcome:
    task = load_task(CHECKOUT / "tasks" / "smart_home")
    valid = [row for row in dealt_rows(task, count) if not row.unreadable and '"fly"' not in row.row.answer]
    texts = [Candidate(task, row).tokens for row in valid]
    started = time.perf_counter()
    found = find(texts)
    return Outcome(time.perf_counter() - started, _peak_mib(), found)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_own_process(name: str, work: Callable[..., Outcome], *arguments: Any) -> Outcome:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        outcome = process.submit(work, *arguments).result()
    print(f"{name}: {outcome.seconds:.2f} s, at most {outcome.peak_mib:,.0f} MiB, {outcome.found:,} found", flush=True)
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description="Curation of a corpus, by filter and beside MinHash LSH.")
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 100_000], help="dialogues to curate")
    parser.add_argument("--sql-rows", type=int, default=10_000, help="SQL rows to curate")
    parser.add_argument("--peer-rows", type=int, default=50_000, help="dialogues to search for near duplicates")
    options = parser.parse_args()
    for count in options.rows:
        in_own_process("all filters", curate_rows, "smart_home", dealt_rows, count)
    in_own_process("all filters", curate_rows, "text2sql", recombined_rows, options.sql_rows)
    peer = in_own_process(
        "datasketch, a MinHash update per token", find_near_duplicates, stock_minhash, options.peer_rows
    )
    ours = in_own_process("exact partition join", find_near_duplicates, partition_join, options.peer_rows)
    ratio = peer.seconds / ours.seconds
    print(json.dumps({"ours": ours.seconds, "peer": peer.seconds, "ratio": ratio, "unit": "seconds"}))


if __name__ == "__main__":
    main()
