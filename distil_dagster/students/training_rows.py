"""Chooses the rows that a student is trained on: the seeds, and a sample of the corpus."""

from __future__ import annotations

import random
from pathlib import Path

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.seed_set import read_rows, write_rows


def training_rows(task: Task, corpus: list[Row], recipe: FinetuneRecipe) -> list[Row]:
    """The seeds, repeated as the recipe says, then the sampled corpus rows in their order."""
    count = min(recipe.max_corpus_rows or len(corpus), len(corpus))
    chosen = sorted(random.Random(f"corpus {recipe.random_seed}").sample(range(len(corpus)), count))
    return [*list(task.seeds) * recipe.seed_repeats, *(corpus[index] for index in chosen)]


def write_training_rows(task: Task, corpus: Path | None, recipe: FinetuneRecipe, output: Path) -> None:
    """Write the chosen rows as a table; `corpus` is the table of kept rows, or None for the seeds alone."""
    write_rows(training_rows(task, read_rows(corpus) if corpus else [], recipe), output)
