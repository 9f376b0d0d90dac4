"""Rejects rows that repeat a seed: the seeds are trained on anyway."""

from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.corpus.similarity import most_similar
from distil_dagster.tasks import Task
from distil_dagster.teachers import GeneratedRow


def copied_seed(task: Task, rows: Sequence[Candidate], settings: Thresholds) -> Rejections:
    """Rows that ask and answer nearly what a seed does."""
    seeds = [Candidate(task, GeneratedRow(row)).tokens for row in task.seeds]
    found = most_similar([row.tokens for row in rows], seeds, threshold=settings.seed_similarity)
    return {
        index: f"similarity {similarity:.2f} to seed {task.seeds[seed].id}"
        for index, (similarity, seed) in enumerate(found)
        if seed >= 0
    }
