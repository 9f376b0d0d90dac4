"""Jobs that span partition schemes: each runs jobs of assets one after the other, as runs of their own.

They are started for a task and student. The page of such a run lists the others as its group, and links them as they
start; they carry its id in their tags.
"""

from collections.abc import Callable, Mapping, Sequence

import dagster as dg
from dagster._core.storage.tags import PARENT_RUN_ID_TAG, ROOT_RUN_ID_TAG
from pydantic import Field

from assets.partitions import by_task_and_student
from distil_dagster.whole_task import Changes, JobRun, plan_whole_task
from resources import Artifacts, ProfileResource
from resources.artifacts import REUSE_TAG
from resources.in_turn import run_jobs
from resources.terminal import RunFailed, RunInterrupted

Definitions = Callable[[], dg.Definitions]
"""Gives what the jobs of assets are found in, once all is defined."""


class DistilTaskConfig(dg.Config):
    """All of it may be left out: the profile and the task's config.yaml say the rest."""

    references: list[str] = Field(
        default_factory=list,
        description="Models behind APIs to ask the test questions as well, by their slugs in the profile; it costs "
        "what it costs, up to reference_scoring.budget_dollars for each.",
    )
    budget_dollars: float | None = Field(
        None, ge=0, description="What the teacher may spend on the corpus; teacher.budget_dollars by default."
    )
    generation_target: int | None = Field(
        None, gt=0, description="Rows of the corpus to ask for; the task's synthgen.generation_target by default."
    )
    num_train_epochs: float | None = Field(
        None,
        gt=0,
        description="How often the student sees each training row; the task's tuning.num_train_epochs by default, or "
        "distilled.num_train_epochs of the profile.",
    )


def distil_task_job(definitions: Definitions) -> dg.JobDefinition:
    """The job `distil_task`: what `distil run` does, from the UI."""

    @dg.op
    def distil(
        context: dg.OpExecutionContext, config: DistilTaskConfig, artifacts: Artifacts, profile: ProfileResource
    ) -> None:
        """Make everything for a task and student, from the seeds to the report; what was made before is taken over."""
        task, student = _partition(context)
        planned = plan_whole_task(
            artifacts.folder,
            profile.load(),
            task,
            student=student,
            references=config.references,
            changes=Changes(
                budget_dollars=config.budget_dollars,
                generation_target=config.generation_target,
                num_train_epochs=config.num_train_epochs,
            ),
        )
        for note in planned.notes:
            context.log.info(note)
        _run(context, definitions, planned.runs, tags={REUSE_TAG: "true"})

    @dg.job(
        partitions_def=by_task_and_student,
        description="Everything for one task and student, from the task folder to cost table, model card and report. "
        "It needs no configuration, and goes on where a killed run stopped.",
    )
    def distil_task() -> None:
        distil()

    return distil_task


def rebenchmark_job(definitions: Definitions) -> dg.JobDefinition:
    """The job `rebenchmark`: scores, serving and cost anew, of a student that is there."""

    @dg.op
    def measure_and_price(context: dg.OpExecutionContext) -> None:
        """Measure the student again, and price it by today's prices."""
        task, student = _partition(context)
        runs = [JobRun("measure_student", {"task": task, "student": student}), JobRun("reprice", {"task": task})]
        _run(context, definitions, runs, tags={})

    @dg.job(
        partitions_def=by_task_and_student,
        description="Ask one student the test questions of one task again, measure its rate, and price it; nothing is "
        "trained.",
    )
    def rebenchmark() -> None:
        measure_and_price()

    return rebenchmark


def _partition(context: dg.OpExecutionContext) -> tuple[str, str]:
    key = context.partition_key
    assert isinstance(key, dg.MultiPartitionKey), "the jobs here are those of a task and student"
    return key.keys_by_dimension["task"], key.keys_by_dimension["student"]


def _run(
    context: dg.OpExecutionContext, definitions: Definitions, runs: Sequence[JobRun], *, tags: Mapping[str, str]
) -> None:
    parent = context.run
    group = {PARENT_RUN_ID_TAG: parent.run_id, ROOT_RUN_ID_TAG: parent.root_run_id or parent.run_id}
    started: dict[str, dg.MetadataValue] = {}

    def starting(name: str, run_id: str) -> None:
        context.log.info(f"{name}, run {run_id}")
        started[name] = dg.MetadataValue.dagster_run(run_id)

    try:
        run_jobs(definitions(), context.instance, runs, tags={**tags, **group}, starting=starting)
    except RunInterrupted as interrupted:
        raise dg.DagsterExecutionInterruptedError from interrupted
    except RunFailed as failed:
        raise dg.Failure(str(failed), metadata=started) from failed
    context.add_output_metadata(started)
