"""Curation: generated rows go through the filters in the profile's order.

A row that is rejected keeps the name and the words of the filter that did.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from pydantic import Field, field_validator, model_validator

from distil_dagster.corpus.filters import FILTERS, Candidate, Rejections, Thresholds
from distil_dagster.corpus.similarity import utterance_tokens
from distil_dagster.tasks import Row, Task
from distil_dagster.teachers import GeneratedRow

__all__ = [
    "DEFAULT_FILTERS",
    "FILTERS",
    "CurationSettings",
    "Verdict",
    "curate",
    "first_rejections",
    "funnel",
    "test_utterances_in",
]

FIRST = ("unreadable", "invalid_answer")
"""What all other filters rely on."""
REQUIRED = (*FIRST, "test_contamination")
DEFAULT_FILTERS = tuple(name for name, filter_ in FILTERS.items() if filter_.by_default)


class CurationSettings(Thresholds):
    """Which filters there are, in which order, and what they go by."""

    filters: tuple[str, ...] = Field(DEFAULT_FILTERS, description="Names of filters, in the order in which they run.")

    @field_validator("filters")
    @classmethod
    def _known_filters(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = ", ".join(FILTERS)
        if unknown := [name for name in names if name not in FILTERS]:
            raise ValueError(f"no filter is named {', '.join(unknown)}; known are: {known}")
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"more than once: {', '.join(twice)}; each may be there once: {known}")
        if missing := [name for name in REQUIRED if name not in names]:
            raise ValueError(f"a corpus can't do without {', '.join(missing)}; known are: {known}")
        if names[: len(FIRST)] != FIRST:
            raise ValueError(f"{' and '.join(FIRST)} must come first: the others rely on them")
        return names

    @model_validator(mode="after")
    def _semantic_model_where_needed(self) -> Self:
        if "semantic_duplicate" in self.filters and self.semantic_model is None:
            raise ValueError("the filter semantic_duplicate needs semantic_model, the folder of a model2vec model")
        return self


@dataclass(frozen=True)
class Verdict:
    """A generated row and why it is out, if it is."""

    generated: GeneratedRow
    rejected_by: str | None = None
    detail: str | None = None
    votes_agree: bool | None = field(default=None, compare=False)
    """Whether all blind answers agree with the row's; None if there are none, or if none was compared."""


def curate(task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings) -> list[Verdict]:
    """Send the rows through the filters; the verdicts come in the order of the rows.

    Filters work out what they compare once per row, and take about twice as long for twice as many rows
    (benchmarks/curation.py). What takes time is running queries: those of the rows, and votes that differ in writing.
    """
    return _verdicts(task, rows, settings, settings.filters)


def first_rejections(task: Task, rows: Sequence[GeneratedRow], *, settings: CurationSettings) -> list[str | None]:
    """The name of the first filter that each row fails by itself, whatever rows there are beside it; None if none."""
    alone = [name for name in settings.filters if not FILTERS[name].among_rows]
    return [verdict.rejected_by for verdict in _verdicts(task, rows, settings, alone)]


def funnel(verdicts: Sequence[Verdict], filters: Iterable[str] = tuple(FILTERS)) -> dict[str, int]:
    """How many rows each of the filters rejected, in their order, with `generated` first and `kept` last."""
    rejected = Counter(verdict.rejected_by for verdict in verdicts)
    return {
        "generated": len(verdicts),
        **{name: rejected[name] for name in filters},
        "kept": rejected[None],
    }


def test_utterances_in(task: Task, rows: Sequence[Row]) -> list[str]:
    """The distinct utterances of the test set, however short, that these rows hold in whatever dialogue."""
    return sorted(_utterances(task, task.tests) & _utterances(task, rows))


def _verdicts(
    task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings, names: Iterable[str]
) -> list[Verdict]:
    alive = {index: Candidate(task, row) for index, row in enumerate(rows)}
    rejected: dict[int, tuple[str, str, bool | None]] = {}
    for name in names:
        positions = list(alive)
        rejections: Rejections = FILTERS[name].rejects(task, list(alive.values()), settings)
        for position, reason in rejections.items():
            candidate = alive.pop(positions[position])
            rejected[positions[position]] = (name, reason, _votes_agree(candidate))
    return [
        Verdict(row, *rejected[index]) if index in rejected else Verdict(row, votes_agree=_votes_agree(alive[index]))
        for index, row in enumerate(rows)
    ]


def _votes_agree(candidate: Candidate) -> bool | None:
    # Not worked out for a row that no filter asked it of: its answer may be none.
    known = candidate.__dict__.get("agreement")
    return None if known is None else known.is_unanimous


def _utterances(task: Task, rows: Sequence[Row]) -> set[str]:
    said = {" ".join(utterance_tokens(exchange.question)) for row in rows for exchange in task.kind.exchanges(row)}
    # A turn that follows a tool's result may say nothing, and nothing is no one's utterance.
    return said - {""}
