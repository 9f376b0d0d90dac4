"""From a task and a teacher to the corpus on disk: `corpus.parquet` (every row) and `rows.parquet` (the kept ones).

A further round takes all rows of the corpus before, has the teacher write a batch about what a student got wrong, and
curates everything together again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.corpus.contamination import (
    ContaminationReport,
    contamination,
    fingerprints,
    write_contamination,
)
from distil_dagster.corpus.curation import CurationSettings, curate, funnel, test_utterances_in
from distil_dagster.corpus.quality import CorpusQuality, corpus_quality
from distil_dagster.corpus.rounds import ErrorRounds, held_back_ids
from distil_dagster.corpus.tables import WrittenRows, read_written_rows, write_corpus_tables
from distil_dagster.corpus.weak_spots import WeakSpots
from distil_dagster.progress import Progress
from distil_dagster.tasks import Row, Task
from distil_dagster.teachers import Generation, NoRowsError, Teacher
from distil_dagster.teachers.emphasis import Emphasis, emphasised
from distil_dagster.teachers.model.plan import Plan
from distil_dagster.teachers.model.teacher import ModelTeacher

DEFAULT_SEED = 123
POOL = 4
"""Of a teacher that can't be told what to write about, so many times as many rows are written as are then drawn."""
SAID_BY_TASKS = {
    "max_total_length": "validation_max_total_length",
    "max_answer_length": "validation_max_answer_length",
    "seed_similarity": "validation_similarity_threshold",
}
"""Thresholds of the filters by the names that tasks may set them under."""


class CorpusSettings(BaseModel):
    """What a corpus is made by, beside the task and its teacher."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int = Field(gt=0)
    """Rows asked for; of a teacher that is a model, rows that pass."""
    random_seed: int
    curation: CurationSettings

    @classmethod
    def for_task(cls, task: Task, curation: CurationSettings, *, count: int | None = None) -> Self:
        """What the task asks for, or `count` rows; it decides as well how long and how like a seed they may be."""
        synthgen = task.settings.synthgen
        seed = task.settings.base.random_seed
        said = {
            ours: getattr(synthgen, theirs)
            for ours, theirs in SAID_BY_TASKS.items()
            if theirs in synthgen.model_fields_set
        }
        return cls(
            count=count or synthgen.generation_target,
            random_seed=DEFAULT_SEED if seed is None else seed,
            curation=curation.model_copy(update=said),
        )


class CorpusSummary(BaseModel):
    """What came of a synthesis, in counts of rows."""

    model_config = ConfigDict(frozen=True)

    teacher: str
    requested: int
    exhausted: bool
    """The teacher ran out of distinct rows before it had written as many as were asked for."""
    funnel: dict[str, int]
    kept_by_label: dict[str, int]
    """Rows kept of each tool or class; empty where answers have none."""
    test_utterances_said: int
    """Distinct utterances of the test set, however short, that some kept row holds in another dialogue."""
    quality: CorpusQuality
    plan: Plan | None = None
    """What was to be asked; None of a teacher that asks nobody."""
    spent_dollars: float = 0.0
    """What this run spent; answers that were recorded before cost nothing again."""
    round: int = 0
    """The last round of the rows; the plan and what was spent are this round's, all counts those of all rounds."""
    held_back: int = 0
    """Rows that nobody trains on, among those kept."""


@dataclass(frozen=True)
class RoundBefore:
    """What a further round goes on from: the folder of the corpus before, and what the student got wrong after it."""

    corpus: Path
    spots: WeakSpots


def synthesise(
    task: Task,
    teacher: Teacher,
    settings: CorpusSettings,
    *,
    output: Path,
    progress: Progress,
    rounds: ErrorRounds | None = None,
    before: RoundBefore | None = None,
) -> CorpusSummary:
    """Have the teacher write rows, curate them, and write the tables and `summary.json` to `output`.

    Args:
        task: what they are for.
        teacher: writes them.
        settings: how many, and what the filters let pass.
        output: an empty folder.
        progress: is told how far it is.
        rounds: holds rows back, to find errors on, and says how many rows a further batch has.
        before: makes this a further round.

    Raises:
        NoRowsError: if no row is left: nothing could be trained on.
    """
    earlier = read_written_rows(before.corpus) if before else WrittenRows((), (), frozenset())
    asked_before = CorpusSummary.model_validate_json((before.corpus / "summary.json").read_text()) if before else None
    number = before.spots.round + 1 if before else 0
    if before and rounds:
        generation, plan = _further_batch(
            task,
            teacher,
            before.spots.emphasis(),
            earlier=earlier,
            count=rounds.rows,
            random_seed=settings.random_seed,
            progress=progress,
        )
    else:
        generation, plan = _first_batch(teacher, settings, progress)
    rows = [*earlier.generated, *generation.rows]
    progress.report(f"sending {len(rows):,} rows through the filters")
    verdicts = curate(task, rows, settings.curation)
    kept = [verdict.generated.row for verdict in verdicts if verdict.rejected_by is None]
    counts = funnel(verdicts, settings.curation.filters)
    if not kept:
        raise NoRowsError(f"the teacher {teacher.name} wrote no row for {task.name} that passes the filters: {counts}")
    held_back = None
    if rounds:
        held_back = earlier.held_back if before else held_back_ids(task, kept, rounds)
    write_corpus_tables(
        task,
        teacher.name,
        verdicts,
        output,
        rounds=[*earlier.rounds, *[number] * len(generation.rows)],
        held_back=held_back,
    )
    write_contamination(task_contamination(task, kept, settings.curation), output)
    labels = Counter(filter(None, (task.kind.label(row.answer) for row in kept)))
    summary = CorpusSummary(
        teacher=teacher.name,
        requested=generation.requested + (asked_before.requested if asked_before else 0),
        exhausted=generation.exhausted,
        funnel=counts,
        kept_by_label=dict(sorted(labels.items())),
        test_utterances_said=len(test_utterances_in(task, kept)),
        quality=corpus_quality(task, verdicts),
        plan=plan,
        spent_dollars=teacher.spent_dollars if isinstance(teacher, ModelTeacher) else 0.0,
        round=number,
        held_back=len(held_back or ()),
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary


def _first_batch(teacher: Teacher, settings: CorpusSettings, progress: Progress) -> tuple[Generation, Plan | None]:
    count, seed = settings.count, settings.random_seed
    plan = teacher.plan(count=count, seed=seed) if isinstance(teacher, ModelTeacher) else None
    if plan:
        progress.report(f"plan: {plan}", final=True)
    return teacher.generate(count=count, seed=seed), plan


def _further_batch(
    task: Task,
    teacher: Teacher,
    emphasis: Emphasis,
    *,
    earlier: WrittenRows,
    count: int,
    random_seed: int,
    progress: Progress,
) -> tuple[Generation, Plan | None]:
    """A model is told what to write about; of a teacher that can't be told, rows are drawn of many."""
    seed = random_seed + emphasis.batch
    if isinstance(teacher, ModelTeacher):
        plan = teacher.plan(count=count, seed=seed, emphasis=emphasis)
        progress.report(f"plan of round {emphasis.batch}: {plan}", final=True)
        return teacher.generate(count=count, seed=seed, emphasis=emphasis), plan
    known = {generated.row.id for generated in earlier.generated}
    pool = [
        generated
        for generated in teacher.generate(count=POOL * count, seed=seed).rows
        if generated.row.id not in known and not task.kind.row_problems(task, generated.row)
    ]
    drawn = emphasised(task, pool, emphasis, count=count, random=Random(f"{seed} emphasis"))
    return Generation(tuple(drawn), count, len(drawn) < count), None


def task_contamination(task: Task, corpus: Sequence[Row], settings: CurationSettings) -> ContaminationReport:
    """How much of seeds, corpus and test set is in one another, by the thresholds that the filters use."""
    telling = settings.telling_tokens
    return contamination(
        {
            "seeds": fingerprints(task, task.seeds, telling_tokens=telling),
            "corpus": fingerprints(task, corpus, telling_tokens=telling),
            "tests": fingerprints(task, task.tests, telling_tokens=telling),
        },
        threshold=settings.test_similarity,
        telling_tokens=telling,
    )
