"""Chooses the rows that a student is trained on: the seeds, and a sample of the corpus."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from pathlib import Path

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.sampling import drawn_rows
from distil_dagster.tasks.seed_set import read_rows, write_rows


def training_rows(
    task: Task, corpus: Sequence[Row], recipe: FinetuneRecipe, *, further: Collection[str] = ()
) -> list[Row]:
    """The seeds, repeated for the recipe's share, then the rows drawn from the corpus in their order.

    Rare tools or classes, and rare forms of answers, have a larger share than in the corpus: there are many ways to
    fill three slots and few to say "push it", yet both must be learnt.

    Args:
        task: whose rows they are.
        corpus: its kept rows.
        recipe: says how many.
        further: ids of the rows of further rounds, which were written because the student needs them. They come first
            where not all rows can, up to half of what is drawn; all else is drawn as it was before that round, only
            less of it.
    """
    most = recipe.max_corpus_turns
    first = [row for row in corpus if row.id not in further]
    wanted = [row for row in corpus if row.id in further]
    later = _drawn(task, wanted, most and most // 2, f"further {recipe.random_seed}")
    left = None if most is None else most - answers(task, later)
    drawn = [*_drawn(task, first, left, f"corpus {recipe.random_seed}"), *later]
    wanted_of_seeds = answers(task, drawn) * recipe.seed_share / (1 - recipe.seed_share)
    repeats = max(1, round(wanted_of_seeds / answers(task, task.seeds)))
    return [*list(task.seeds) * repeats, *drawn]


def write_training_rows(task: Task, corpus: Path | None, recipe: FinetuneRecipe, output: Path) -> None:
    """Write the chosen rows as a table; `corpus` is the table of kept rows, or None for the seeds alone."""
    rows = read_rows(corpus) if corpus else []
    write_rows(training_rows(task, rows, recipe, further=rows_of_further_rounds(corpus) if corpus else ()), output)


def answers(task: Task, rows: Sequence[Row]) -> int:
    """How many answers the rows have in all: a dialogue has one per turn."""
    return sum(len(task.kind.exchanges(row)) for row in rows)


def _drawn(task: Task, rows: Sequence[Row], most: int | None, seed: str) -> list[Row]:
    drawn = drawn_rows(
        [len(task.kind.exchanges(row)) for row in rows],
        most,
        random.Random(seed),
        groupings=(
            [task.kind.structure(row) or "" for row in rows],
            [task.kind.label(row.answer) or "" for row in rows],
        ),
    )
    return [rows[position] for position in drawn]


def rows_of_further_rounds(corpus: Path) -> frozenset[str]:
    """The ids of the rows of a table of kept rows that were written in a further round."""
    import pyarrow.parquet as pq

    return frozenset(pq.read_table(corpus, columns=["id"], filters=[("round", ">", 0)])["id"].to_pylist())
