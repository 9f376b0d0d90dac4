"""Rejects what a teacher sent and nobody could read."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def unreadable(_: Task, rows: Sequence[Candidate], __: Thresholds) -> Rejections:
    """Rows that are none; the reason is that of whoever tried to read them."""
    return {index: row.generated.unreadable for index, row in enumerate(rows) if row.generated.unreadable is not None}
