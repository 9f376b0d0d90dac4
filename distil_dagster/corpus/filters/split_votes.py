"""Rejects rows on whose answers the teacher, asked blind several times, doesn't agree with itself."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def split_votes(_: Task, rows: Sequence[Candidate], __: Thresholds) -> Rejections:
    """Rows with a vote that doesn't agree, unless most are for one other answer; rows without votes pass."""
    return {
        index: str(row.agreement)
        for index, row in enumerate(rows)
        if row.agreement is not None and not row.agreement.is_unanimous and not row.agreement.is_for_another
    }
