"""Rejects rows whose answers are well-formed, and don't hold when they are put to use."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def execution(task: Task, rows: Sequence[Candidate], _: Thresholds) -> Rejections:
    """Rows of which `Kind.grounding_problems` finds any.

    Among them are queries that fail or return nothing on populated databases, redactions that don't come of their
    texts, and docstrings that don't fit their functions.
    """
    # Rows of one schema begin alike; one after the other, they find its databases ready.
    texts = [(row.row.context or "", row.row.question) for row in rows]
    by_text = sorted(range(len(rows)), key=texts.__getitem__)
    found = {index: task.kind.grounding_problems(task, rows[index].row) for index in by_text}
    return {index: "; ".join(found[index]) for index in range(len(rows)) if found[index]}
