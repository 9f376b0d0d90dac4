"""`teacher_scores`: what the teacher makes of the test set, before it is trusted with a corpus."""

import dagster as dg

from assets.partitions import by_task
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.profile import TeacherProfile
from distil_dagster.tasks.seed_set import read_seed_set
from distil_dagster.teachers.scores import TeacherSummary, assess_teacher, make_teacher
from resources import Artifacts, ProfileResource


@dg.asset(partitions_def=by_task, group_name="corpus", deps=["seed_set"], kinds={"parquet"}, code_version="2")
def teacher_scores(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """The teacher on the test set: how many questions it can answer, and how many of those rightly.

    The recombination teacher is no model: it parses a question with the templates it induced from the seeds, and
    passes over those it can't parse. Its share of right answers is no gate for what a student can learn from it.
    """
    seeds = artifacts.current("seed_set", task=context.partition_key)
    settings = profile.load().teacher
    return artifacts.materialize(
        context,
        inputs=[seeds],
        parameters=settings.model_dump(),
        produce=lambda workspace: _assess(seeds, settings, workspace),
        describe=_describe,
    )


def _assess(seeds: Artifact, settings: TeacherProfile, workspace: Workspace) -> dict[str, int]:
    task = read_seed_set(seeds.local())
    summary = assess_teacher(task, make_teacher(task, settings.kind), workspace.draft)
    return {"questions": summary.questions, "answered": summary.answered, "right": summary.right}


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(TeacherSummary)
    return {
        "teacher": dg.MetadataValue.text(summary.teacher),
        "right_share_of_answered": dg.MetadataValue.float(summary.right / max(1, summary.answered)),
    }
