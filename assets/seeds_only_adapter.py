"""`seeds_only_adapter`: the ablation. What the seeds alone would have taught the student."""

import dagster as dg

from assets.adapters import ROWS, learnt_spec, train_adapter
from assets.columns import described_table
from assets.partitions import by_task_and_student
from distil_dagster.tasks.rows import Row
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["seed_set"],
    kinds={"peft", "pytorch"},
    metadata=described_table(ROWS, Row),
    pool="gpu",
    code_version="2",
    check_specs=[learnt_spec("seeds_only_adapter")],
)
def seeds_only_adapter(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """A LoRA adapter trained on the seeds alone, by the same code as the real one."""
    task = partition_of(context)["task"]
    settings = profile.load()
    return train_adapter(
        context,
        artifacts,
        settings,
        launcher,
        recipe=settings.seeds_only,
        seeds=artifacts.current("seed_set", task=task),
        corpus=None,
    )
