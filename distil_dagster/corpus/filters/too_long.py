"""Rejects rows that are too long to train on."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def too_long(_: Task, rows: Sequence[Candidate], settings: Thresholds) -> Rejections:
    """Rows with more characters than the limit, in all or in the answer."""
    rejections = {}
    for index, row in enumerate(rows):
        answer = len(row.row.answer)
        total = len(row.row.question) + len(row.row.context or "") + answer
        if total > settings.max_total_length:
            rejections[index] = f"{total} characters, at most {settings.max_total_length}"
        elif answer > settings.max_answer_length:
            rejections[index] = f"an answer of {answer} characters, at most {settings.max_answer_length}"
    return rejections
