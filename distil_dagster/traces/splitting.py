"""Seeds and tests from the same traces, so that nothing said in one is said in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from distil_dagster.corpus.similarity import near_pairs, utterance_tokens
from distil_dagster.tasks import Row, Task
from distil_dagster.traces.reading import TracedRow

SIMILARITY = 0.8
"""Token Jaccard from which two questions count as one: that of the filters of the corpus."""


@dataclass(frozen=True)
class Split:
    """The rows of each side, and those that neither side has room for."""

    seeds: tuple[Row, ...]
    tests: tuple[Row, ...]
    rest: tuple[Row, ...]


def split_rows(task: Task, rows: Sequence[TracedRow], *, seeds: int, tests: int, random_seed: int) -> Split:
    """Deal whole groups to the two sides: rows of one chat, and rows that ask nearly the same, stay together.

    With fewer rows than asked for, both sides shrink in proportion. Each side gets its share of every tool or class as
    far as the groups allow.
    """
    groups = _groups(task, rows)
    Random(f"split {random_seed}").shuffle(groups)
    whole = min(1.0, len(rows) / (seeds + tests))
    room = {"seeds": max(1, int(seeds * whole)), "tests": max(1, int(tests * whole))}
    sides: dict[str, list[Row]] = {"seeds": [], "tests": [], "rest": []}
    labels: dict[str, Counter[str | None]] = {"seeds": Counter(), "tests": Counter()}
    for group in groups:
        label = task.kind.label(group[0].answer)
        fitting = [side for side in room if len(sides[side]) + len(group) <= room[side]]
        side = min(
            fitting,
            key=lambda name: (labels[name][label] / room[name], len(sides[name]) / room[name]),
            default="rest",
        )
        sides[side] += group
        if side in labels:
            labels[side][label] += len(group)
    return Split(tuple(sides["seeds"]), tuple(sides["tests"]), tuple(sides["rest"]))


def _groups(task: Task, rows: Sequence[TracedRow]) -> list[list[Row]]:
    """The connected components of "same chat" and "nearly the same question"."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    texts = [
        utterance_tokens(" ".join(exchange.question for exchange in task.kind.exchanges(traced.row))) for traced in rows
    ]
    edges = [
        (int(left), int(right))
        for lefts, rights, _ in near_pairs(texts, texts, SIMILARITY)
        for left, right in zip(lefts, rights, strict=True)
    ]
    first_of: dict[object, int] = {}
    for position, (traced, tokens) in enumerate(zip(rows, texts, strict=True)):
        # Questions without a word, such as two of punctuation, are compared as they are.
        for key in (("line", traced.line), ("words", tuple(tokens) or traced.row.question)):
            edges.append((position, first_of.setdefault(key, position)))  # noqa: PERF401 - the dict changes with it
    sources, targets = zip(*edges, strict=True) if edges else ((), ())
    graph = coo_array(([1] * len(edges), (sources, targets)), shape=(len(rows), len(rows)))
    count, component = connected_components(graph, directed=False)
    groups: list[list[Row]] = [[] for _ in range(count)]
    for traced, number in zip(rows, component.tolist(), strict=True):
        groups[number].append(traced.row)
    return groups
