"""Rejects rows to whose questions the teacher, asked blind, has another answer."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def other_answer(_: Task, rows: Sequence[Candidate], __: Thresholds) -> Rejections:
    """Rows of which more than half of the votes are for one other answer; rows without votes pass."""
    return {
        index: str(row.agreement)
        for index, row in enumerate(rows)
        if row.agreement is not None and row.agreement.is_for_another
    }
