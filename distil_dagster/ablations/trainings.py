"""Which rows an ablation is trained on, by which recipe, and the key under which its training is found again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from distil_dagster.ablations.settings import TrainingAblation
from distil_dagster.corpus.curation import REQUIRED, CurationSettings, curate
from distil_dagster.corpus.tables import KEPT, read_written_rows
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.students.training_rows import answers, rows_of_further_rounds, training_rows
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.rows import content_sha256
from distil_dagster.tasks.seed_set import read_rows

CHOOSING_ROWS = ("max_corpus_turns", "seed_share")
"""Fields of a recipe that act on the choice of rows alone: where the rows are the same, they change nothing."""


class NothingToAblate(ValueError):  # noqa: N818 - a finding about the task, not a fault of the program
    """The ablation makes no sense for the task; the message says why."""


@dataclass(frozen=True)
class Training:
    """Rows in their order, and what is done with them."""

    rows: tuple[Row, ...]
    recipe: FinetuneRecipe
    corpus: Path
    """The folder of the corpus that the rows were drawn from."""


@dataclass(frozen=True)
class FullTraining:
    """The training that ablations differ from: that of the distilled student, as it was done."""

    task: Task
    training: Training
    curation: CurationSettings
    """The thresholds of the corpus' filters."""


@dataclass(frozen=True)
class _Selection:
    corpus: Path
    rows: list[Row]
    further: Collection[str]
    """Ids of the rows of further rounds."""


def ablated_training(
    ablation: TrainingAblation, full: FullTraining, *, unvaried_corpus: Path | None = None
) -> Training:
    """The training of an ablation.

    Args:
        ablation: what is to differ.
        full: from which training.
        unvaried_corpus: the folder of a corpus of the task that was written without mutators, where one is needed
            (`unvaried.needs_unvaried_corpus`).

    Raises:
        NothingToAblate: if it can't be had of this corpus, or would be the training of the full recipe again.
    """
    changes = {name: getattr(ablation.recipe, name) for name in ablation.recipe_changes}
    recipe = full.training.recipe.model_copy(update=changes)
    selected = _selected(ablation, full, unvaried_corpus)
    rows = training_rows(full.task, selected.rows, recipe, further=selected.further)
    if ablation.corpus_share < 1:
        seeds = {row.id for row in full.task.seeds}
        of_seeds = answers(full.task, [row for row in rows if row.id in seeds])
        of_corpus = max(1, round((answers(full.task, rows) - of_seeds) * ablation.corpus_share))
        # The seeds stand there as often as before.
        share = of_seeds / (of_seeds + of_corpus)
        recipe = recipe.model_copy(update={"max_corpus_turns": of_corpus, "seed_share": share})
        rows = training_rows(full.task, selected.rows, recipe, further=selected.further)
    training = Training(tuple(rows), recipe, selected.corpus)
    if _content(full.task, training) == _content(full.task, full.training):
        raise NothingToAblate("it would be the training of the full recipe, with the same rows, again")
    return training


def training_key(task: Task, training: Training, *, student: object, device: str, code_version: str) -> str:
    """SHA-256 of all that decides an adapter: equal keys make equal adapters, whatever artifacts the rows came from.

    Args:
        task: writes the rows as dialogues.
        training: rows and recipe.
        student: the base model, as plain JSON values.
        device: what kind of device trains.
        code_version: of the code that trains.
    """
    parts = {"training": _content(task, training), "student": student, "device": device, "code_version": code_version}
    return content_sha256(parts)


def distinct_corpus_rows(task: Task, rows: Sequence[Row]) -> int:
    """How many different rows among these are not seeds."""
    return len({row.id for row in rows} - {row.id for row in task.seeds})


def _content(task: Task, training: Training) -> dict[str, object]:
    """What a training is made of: the recipe, the instructions, and each row as the dialogue that is learnt."""
    transcripts = [task.kind.transcript(task, row) for row in training.rows]
    return {
        "recipe": training.recipe.model_dump(mode="json", exclude=set(CHOOSING_ROWS)),
        "system_prompt": task.kind.system_prompt(task),
        "rows": [
            [row.id, [message.as_dict() for message in transcript if message.role != "system"]]
            for row, transcript in zip(training.rows, transcripts, strict=True)
        ],
    }


def _selected(ablation: TrainingAblation, full: FullTraining, unvaried_corpus: Path | None) -> _Selection:
    match ablation.corpus:
        case "kept":
            return _kept(full.training.corpus)
        case "unfiltered":
            return _unfiltered(full)
        case "without_mutators":
            if unvaried_corpus is None:
                raise NothingToAblate("the teacher wrote no row of the corpus under a mutator")
            return _kept(unvaried_corpus)


def _kept(corpus: Path) -> _Selection:
    return _Selection(corpus, read_rows(corpus / KEPT), rows_of_further_rounds(corpus / KEPT))


def _unfiltered(full: FullTraining) -> _Selection:
    corpus = full.training.corpus
    written = read_written_rows(corpus)
    # A row that an earlier filter rejected was never compared with the test set, so that all of them are compared now.
    verdicts = curate(full.task, written.generated, full.curation.model_copy(update={"filters": REQUIRED}))
    passed = [
        (verdict.generated.row, number)
        for verdict, number in zip(verdicts, written.rounds, strict=True)
        if verdict.rejected_by is None and verdict.generated.row.id not in written.held_back
    ]
    if len(passed) == len(read_rows(corpus / KEPT)):
        raise NothingToAblate("the filters rejected no row that could be trained on")
    return _Selection(corpus, [row for row, _ in passed], {row.id for row, number in passed if number > 0})
