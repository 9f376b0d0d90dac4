"""Chooses the rows that a student is trained on: the seeds, and a sample of the corpus."""

from __future__ import annotations

import random
from pathlib import Path

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.sampling import drawn_rows
from distil_dagster.tasks.seed_set import read_rows, write_rows


def training_rows(task: Task, corpus: list[Row], recipe: FinetuneRecipe) -> list[Row]:
    """The seeds, repeated as the recipe says, then the rows drawn from the corpus in their order.

    Rare tools or classes, and rare forms of answers, have a larger share than in the corpus: there are many ways to
    fill three slots and few to say "push it", yet both must be learnt.
    """
    drawn = drawn_rows(
        [len(task.kind.exchanges(row)) for row in corpus],
        recipe.max_corpus_turns,
        random.Random(f"corpus {recipe.random_seed}"),
        groupings=(
            [task.kind.structure(row) or "" for row in corpus],
            [task.kind.label(row.answer) or "" for row in corpus],
        ),
    )
    return [*list(task.seeds) * recipe.seed_repeats, *(corpus[position] for position in drawn)]


def write_training_rows(task: Task, corpus: Path | None, recipe: FinetuneRecipe, output: Path) -> None:
    """Write the chosen rows as a table; `corpus` is the table of kept rows, or None for the seeds alone."""
    write_rows(training_rows(task, read_rows(corpus) if corpus else [], recipe), output)
