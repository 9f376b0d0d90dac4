"""Rejects rows that are there already, but for a word or two of many."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.corpus.near_duplicates import near_duplicates
from distil_dagster.tasks import Task


def near_duplicate(_: Task, rows: Sequence[Candidate], settings: Thresholds) -> Rejections:
    """Rows too close to one kept before, by the tokens of all that is asked and answered."""
    found = near_duplicates([row.tokens for row in rows], settings.near_duplicate_similarity)
    return {index: f"near row {rows[original].row.id}" for index, original in found.items()}
