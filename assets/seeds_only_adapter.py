"""`seeds_only_adapter`: the ablation. What the seeds alone would have taught the student."""

import dagster as dg

from assets.adapters import describe_adapter, finetune
from assets.partitions import by_task_and_student
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["seed_set"],
    kinds={"peft", "pytorch"},
    pool="gpu",
    code_version="1",
)
def seeds_only_adapter(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """A LoRA adapter trained on the seeds alone, by the same code as the real one."""
    partition = partition_of(context)
    seeds = artifacts.current("seed_set", task=partition["task"])
    student = profile.load().students[partition["student"]]
    recipe = profile.load().seeds_only
    return artifacts.materialize(
        context,
        inputs=[seeds],
        parameters={"student": student.model_dump(mode="json"), "recipe": recipe.model_dump(mode="json")},
        produce=lambda workspace: finetune(
            context,
            launcher,
            artifacts.folder,
            seeds=seeds,
            corpus=None,
            student=student,
            recipe=recipe,
            workspace=workspace,
        ),
        describe=describe_adapter,
    )
