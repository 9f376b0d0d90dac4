"""Everything for one task and student: which jobs make it, for which partition, and in which order.

A job holds one partition scheme (Dagster allows no more), and a task, a student on it and a reference on it are three.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from distil_dagster.exports.mlflow_runs import TRACKING_URI
from distil_dagster.home import Home
from distil_dagster.profile import Profile
from distil_dagster.tasks.seed_set import kind_of_folder
from distil_dagster.teachers.opening import writes_rows_for
from distil_dagster.teachers.settings import within_budget


@dataclass(frozen=True)
class JobRun:
    """One run of a job."""

    job: str
    partition: Mapping[str, str] = field(default_factory=dict)
    """Dimension to key; empty for a job without partitions."""
    only: tuple[str, ...] = ()
    """The assets of the job to make; all of them if none is named."""
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Run configuration by asset."""


@dataclass(frozen=True)
class Changes:
    """What one run does otherwise than profile and task folder say; None of each leaves it as they do."""

    budget_dollars: float | None = None
    """What the teacher may spend at most."""
    generation_target: int | None = None
    """Rows of the corpus to ask for."""
    num_train_epochs: float | None = None
    """How often the distilled student sees each training row."""

    @property
    def corpus(self) -> dict[str, Any]:
        """Run configuration of `synthetic_corpus`."""
        return _set(budget_dollars=self.budget_dollars, generation_target=self.generation_target)

    @property
    def adapter(self) -> dict[str, Any]:
        """Run configuration of `lora_adapter`."""
        return _set(num_train_epochs=self.num_train_epochs)


@dataclass(frozen=True)
class WholeTask:
    """The runs that make everything for a task and student."""

    student: str
    with_teacher: bool
    """Whether the teacher can write rows for the task; if not, the base model and the seeds alone are measured."""
    further_rounds: int
    """How often the student's errors choose a further batch of the corpus, on which it is distilled again."""
    runs: tuple[JobRun, ...]
    notes: tuple[str, ...]
    """What a person should know of it beforehand, in sentences."""


def plan_whole_task(
    home: Home,
    profile: Profile,
    task: str,
    *,
    student: str | None = None,
    references: Sequence[str] = (),
    changes: Changes = Changes(),
) -> WholeTask:
    """What is to be run, without running any of it.

    Args:
        home: knows the task's folder.
        profile: its teacher, students and references.
        task: the folder's name.
        student: a student of the profile; the first one if None.
        references: models behind APIs to ask the test questions, by their slugs.
        changes: what to do otherwise than profile and task folder say.

    Raises:
        UnknownTask, TaskFolderError: if there is no such task, or its folder is not valid.
        ProfileError: if the profile has no such student or reference.
        ValueError: if a change makes no sense with this task and profile.
    """
    kind = kind_of_folder(home.task_folder(task))
    with_teacher = writes_rows_for(kind, profile.teacher)
    chosen = profile.student_name(student)
    slugs = [profile.reference(slug).slug for slug in references]
    within_budget(profile.teacher, changes.budget_dollars)
    notes = []
    if not with_teacher:
        if changes != Changes():
            raise ValueError(
                f"the teacher {profile.teacher.kind} can't write rows of the kind {kind.name}: there is no corpus and "
                f"no distilled student of {task} that a changed setting would be for"
            )
        notes.append(
            f"The teacher {profile.teacher.kind} can't write rows of the kind {kind.name}: the base model and the "
            f"seeds alone are measured, and no student is distilled, served or priced."
        )
    rounds = profile.error_rounds if with_teacher else None
    followed = rounds is not None and rounds.student == chosen
    if rounds and not followed:
        notes.append(
            f"The errors of {rounds.student} choose the further rounds of the corpus (error_rounds): {chosen} trains "
            f"on the corpus as it stands after `distil run {task} --student {rounds.student}`."
        )
    further = rounds.rounds if rounds and followed else 0
    if further and changes.adapter:
        raise ValueError(
            "a further round goes on from a student that was trained as the profile says: set num_train_epochs under "
            "distilled in the profile, or take error_rounds out of it"
        )
    of_task, of_student = {"task": task}, {"task": task, "student": chosen}
    write, train = {"synthetic_corpus": changes.corpus}, {"lora_adapter": changes.adapter}
    if with_teacher:
        runs = [
            JobRun("write_corpus", of_task, config=write),
            JobRun("distil_student", of_student, config=train),
            *[
                JobRun("find_weak_spots", of_student),
                JobRun("write_corpus", of_task, only=("synthetic_corpus",), config=write),
                JobRun("distil_student", of_student, config=train),
            ]
            * further,
            *([JobRun("find_weak_spots", of_student)] if further else []),
        ]
    else:
        runs = [
            JobRun("write_corpus", of_task, only=("seed_set",)),
            JobRun("distil_student", of_student, only=("seeds_only_adapter", "benchmark_scores")),
        ]
    if slugs:
        runs.append(JobRun("reprice", of_task, only=("price_book",)))
        runs += [JobRun("score_reference", {"task": task, "reference": slug}) for slug in slugs]
    if with_teacher:
        runs += [JobRun("reprice", of_task, only=("price_book", "cost_table")), JobRun("hand_on", of_student)]
    runs.append(JobRun("publish"))
    if os.environ.get(TRACKING_URI):
        runs.append(JobRun("track", of_student))
    return WholeTask(chosen, with_teacher, further, tuple(runs), tuple(notes))


def _set(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
