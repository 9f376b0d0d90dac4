"""Rejects rows that are there already, word for word."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def exact_duplicate(_: Task, rows: Sequence[Candidate], __: Thresholds) -> Rejections:
    """Rows that ask and answer what an earlier one did, ignoring case, blanks and punctuation."""
    first: dict[tuple[str, ...], str] = {}
    rejections = {}
    for index, row in enumerate(rows):
        text = tuple(row.tokens)
        if text in first:
            rejections[index] = f"same as row {first[text]}"
        else:
            first[text] = row.row.id
    return rejections
