"""Rejects rows that break the form of the task's rows."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Row, Task


def invalid_answer(task: Task, rows: Sequence[Candidate], _: Thresholds) -> Rejections:
    """Rows whose answers can't be read, or that the task's declarations refuse."""
    found = {index: row_problems(task, row.row) for index, row in enumerate(rows)}
    return {index: "; ".join(problems) for index, problems in found.items() if problems}


def row_problems(task: Task, row: Row) -> list[str]:
    """Why a generated row is none of the task's, one sentence each: what a folder's rows are checked for when read."""
    empty = [
        f"{part}: empty" for part, text in (("question", row.question), ("answer", row.answer)) if not text.strip()
    ]
    return empty or task.kind.row_problems(task, row)
