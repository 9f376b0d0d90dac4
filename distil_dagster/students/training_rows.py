"""Chooses the rows that a student is trained on: the seeds, and a sample of the corpus."""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.seed_set import read_rows, write_rows


def training_rows(task: Task, corpus: list[Row], recipe: FinetuneRecipe) -> list[Row]:
    """The seeds, repeated as the recipe says, then the drawn corpus rows in their order.

    Rows are drawn until they hold `max_corpus_turns` answers: a dialogue teaches as much as its turns do, so a corpus
    of single requests gives more rows for the same work.
    """
    if recipe.max_corpus_turns is None:
        return [*list(task.seeds) * recipe.seed_repeats, *corpus]
    order = random.Random(f"corpus {recipe.random_seed}").sample(range(len(corpus)), len(corpus))
    ends = accumulate(len(task.kind.conversation(corpus[index]).turns) for index in order)
    drawn = {index for index, end in zip(order, ends, strict=True) if end <= recipe.max_corpus_turns}
    return [*list(task.seeds) * recipe.seed_repeats, *(corpus[index] for index in sorted(drawn))]


def write_training_rows(task: Task, corpus: Path | None, recipe: FinetuneRecipe, output: Path) -> None:
    """Write the chosen rows as a table; `corpus` is the table of kept rows, or None for the seeds alone."""
    write_rows(training_rows(task, read_rows(corpus) if corpus else [], recipe), output)
