"""Chooses the rows that a student is trained on: the seeds, and a sample of the corpus."""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.seed_set import read_rows, write_rows


def training_rows(task: Task, corpus: list[Row], recipe: FinetuneRecipe) -> list[Row]:
    """The seeds, repeated as the recipe says, then the drawn corpus rows.

    Rows are drawn until they hold `max_corpus_turns` answers: a dialogue teaches as much as its turns do, so a corpus of
    single requests gives more rows for the same work.
    """
    drawn = random.Random(f"corpus {recipe.random_seed}").sample(corpus, len(corpus))
    if recipe.max_corpus_turns is not None:
        ends = accumulate(len(task.kind.conversation(row).turns) for row in drawn)
        drawn = [row for row, end in zip(drawn, ends, strict=True) if end <= recipe.max_corpus_turns]
    return [*list(task.seeds) * recipe.seed_repeats, *drawn]


def write_training_rows(task: Task, corpus: Path | None, recipe: FinetuneRecipe, output: Path) -> None:
    """Write the chosen rows as a table; `corpus` is the table of kept rows, or None for the seeds alone."""
    write_rows(training_rows(task, read_rows(corpus) if corpus else [], recipe), output)
