"""The filters a generated row must pass, in order; every rejected row keeps the name and the words of its filter.

A filter looks at the rows that are still in and returns those to reject, by position, each with the reason.
Adding one is a function and a line in `FILTERS`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.corpus.contamination import fingerprints
from distil_dagster.corpus.similarity import NearDuplicates, most_similar, utterance_tokens
from distil_dagster.tasks import Row, Task
from distil_dagster.teachers import GeneratedRow


class CurationSettings(BaseModel):
    """Thresholds of the filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_total_length: int = Field(10_000, gt=0, description="Characters of question and answer together.")
    seed_similarity: float = Field(0.95, gt=0, le=1, description="Token Jaccard with a seed row; at or above is out.")
    near_duplicate_similarity: float = Field(0.9, gt=0, le=1, description="Token Jaccard with a row kept before.")
    test_similarity: float = Field(0.8, gt=0, le=1, description="Token Jaccard of any question with one of a test.")
    telling_tokens: int = Field(
        5, ge=1, description="An utterance of fewer tokens is a question only together with the dialogue before it."
    )
    max_label_share: float = Field(
        2.0, ge=1, description="Rows of a tool or a class at most, as a multiple of an equal share."
    )


@dataclass(frozen=True)
class Verdict:
    """A generated row and why it is out, if it is."""

    generated: GeneratedRow
    rejected_by: str | None = None
    detail: str | None = None


Rejections = dict[int, str]
Filter = Callable[[Task, Sequence[GeneratedRow], CurationSettings], Rejections]


def curate(task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> list[Verdict]:
    """Send the rows through all filters; the verdicts come in the order of the rows."""
    verdicts = [Verdict(row) for row in rows]
    alive = list(range(len(rows)))
    for name, rejects in FILTERS.items():
        rejections = rejects(task, [rows[index] for index in alive], settings)
        for position, reason in rejections.items():
            verdicts[alive[position]] = Verdict(rows[alive[position]], name, reason)
        alive = [index for position, index in enumerate(alive) if position not in rejections]
    return verdicts


def invalid_answer(task: Task, rows: Sequence[GeneratedRow], _: CurationSettings) -> Rejections:
    """Rows whose answers can't be read, or that the task's declarations refuse."""
    found = {index: task.kind.row_problems(task, row.row) for index, row in enumerate(rows)}
    return {index: "; ".join(problems) for index, problems in found.items() if problems}


def too_long(_: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> Rejections:
    """Rows with more characters than the limit."""
    lengths = {index: len(row.row.question) + len(row.row.answer) for index, row in enumerate(rows)}
    return {
        index: f"{length} characters, at most {settings.max_total_length}"
        for index, length in lengths.items()
        if length > settings.max_total_length
    }


def exact_duplicate(task: Task, rows: Sequence[GeneratedRow], _: CurationSettings) -> Rejections:
    """Rows that ask and answer what an earlier one did, ignoring case, blanks and punctuation."""
    first: dict[tuple[str, ...], str] = {}
    rejections = {}
    for index, generated in enumerate(rows):
        text = tuple(_dialogue_tokens(task, generated.row))
        if text in first:
            rejections[index] = f"same as row {first[text]}"
        else:
            first[text] = generated.row.id
    return rejections


def near_duplicate(task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> Rejections:
    """Rows too close to one kept before (MinHash over the tokens of utterances and answers)."""
    index_of_kept = NearDuplicates(settings.near_duplicate_similarity)
    rejections = {}
    for index, generated in enumerate(rows):
        match = index_of_kept.match_or_add(generated.row.id, _dialogue_tokens(task, generated.row))
        if match:
            rejections[index] = f"near row {match}"
    return rejections


def copied_seed(task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> Rejections:
    """Rows that say the same as a seed: the seeds are trained on anyway."""
    seeds = [_dialogue_tokens(task, row) for row in task.seeds]
    texts = [_dialogue_tokens(task, row.row) for row in rows]
    return {
        index: f"similarity {similarity:.2f} to seed {task.seeds[seed].id}"
        for index, (similarity, seed) in enumerate(most_similar(texts, seeds, threshold=settings.seed_similarity))
        if seed >= 0
    }


def test_contamination(task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> Rejections:
    """Rows that ask, in any turn, what a test row asks in any of its turns, or nearly that; the answer doesn't count.

    What counts as a question is told at `fingerprints`.
    """
    telling = settings.telling_tokens
    tests = fingerprints(task, task.tests, telling_tokens=telling)
    asked = [
        (index, question.tokens)
        for index, generated in enumerate(rows)
        for question in fingerprints(task, [generated.row], telling_tokens=telling)
    ]
    matches = most_similar(
        [tokens for _, tokens in asked], [test.tokens for test in tests], threshold=settings.test_similarity
    )
    return {
        index: f"a question has similarity {similarity:.2f} to one of test {tests[test].row_id}"
        for (index, _), (similarity, test) in zip(asked, matches, strict=True)
        if test >= 0
    }


def unbalanced(task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> Rejections:
    """The last rows of tools or classes that have more than their share."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        label = task.kind.label(row.row.answer)
        if label is not None:
            by_label[label].append(index)
    limit = int(settings.max_label_share * len(rows) / max(1, len(by_label)))
    return {
        index: f"{len(indices)} rows of {label}, at most {limit}"
        for label, indices in by_label.items()
        for index in indices[limit:]
    }


FILTERS: dict[str, Filter] = {
    "invalid_answer": invalid_answer,
    "too_long": too_long,
    "exact_duplicate": exact_duplicate,
    "copied_seed": copied_seed,
    "near_duplicate": near_duplicate,
    "test_contamination": test_contamination,
    "unbalanced": unbalanced,
}


def funnel(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many rows each filter rejected, in the order of the filters, with `generated` first and `kept` last."""
    rejected = Counter(verdict.rejected_by for verdict in verdicts)
    return {
        "generated": len(verdicts),
        **{name: rejected[name] for name in FILTERS},
        "kept": rejected[None],
    }


def test_utterances_in(task: Task, rows: Sequence[Row]) -> list[str]:
    """The distinct utterances of the test set, however short, that these rows hold in whatever dialogue."""
    return sorted(_utterances(task, task.tests) & _utterances(task, rows))


def _utterances(task: Task, rows: Sequence[Row]) -> set[str]:
    said = {" ".join(utterance_tokens(exchange.question)) for row in rows for exchange in task.kind.exchanges(row)}
    # A turn that follows a tool's result may say nothing, and nothing is no one's utterance.
    return said - {""}


def _dialogue_tokens(task: Task, row: Row) -> list[str]:
    tokens = []
    for exchange in task.kind.exchanges(row):
        tokens.extend(utterance_tokens(exchange.question))
        tokens.extend(exchange.answer_tokens)
    return tokens
