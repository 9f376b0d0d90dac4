"""A task with a corpus of 60 rows, 40 of them kept, as a full recipe was trained on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.ablations.trainings import FullTraining, Training
from distil_dagster.corpus.curation import CurationSettings, Verdict
from distil_dagster.corpus.tables import KEPT, write_corpus_tables
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.students.training_rows import training_rows
from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.seed_set import read_rows
from distil_dagster.teachers import GeneratedRow, Origin

RECIPE = FinetuneRecipe(lora_r=4, seed_share=0.55)
RECIPE_OF_24 = RECIPE.model_copy(update={"max_corpus_turns": 24})


def timer(number: int) -> Row:
    return Row(
        f"set off an alarm {number} minutes from now", f'{{"name":"set_timer","parameters":{{"minutes":{number}}}}}'
    )


def write_corpus(
    task: Task, folder: Path, *, rejected_by: str = "near_duplicate", mutators: tuple[tuple[str, str], ...] = ()
) -> Path:
    """60 rows of which every third is rejected by this filter."""
    folder.mkdir()
    origin = Origin(mutators=mutators)
    verdicts = [
        Verdict(GeneratedRow(timer(number + 100), origin), rejected_by if number % 3 == 0 else None)
        for number in range(60)
    ]
    write_corpus_tables(task, "a teacher", verdicts, folder, rounds=[0] * 60, held_back=None)
    return folder


def full_training(task: Task, corpus: Path, recipe: FinetuneRecipe) -> FullTraining:
    rows = training_rows(task, read_rows(corpus / KEPT), recipe)
    return FullTraining(task, Training(tuple(rows), recipe, corpus), CurationSettings())


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


@pytest.fixture
def corpus(task: Task, tmp_path: Path) -> Path:
    return write_corpus(task, tmp_path / "corpus")


@pytest.fixture
def full(task: Task, corpus: Path) -> FullTraining:
    """Trained on all kept rows."""
    return full_training(task, corpus, RECIPE)
