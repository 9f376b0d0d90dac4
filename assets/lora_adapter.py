"""`lora_adapter`: the student's adapter, trained on the kept rows of the corpus and the seeds."""

import dagster as dg

from assets.adapters import train_adapter
from assets.partitions import by_task_and_student
from distil_dagster.tasks.seed_set import read_seed_set
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["seed_set", "synthetic_corpus"],
    kinds={"peft", "pytorch"},
    pool="gpu",
    code_version="3",
)
def lora_adapter(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """A LoRA adapter on all linear layers, with loss on the answers only and early stop on held-back rows."""
    task = partition_of(context)["task"]
    settings = profile.load()
    seeds = artifacts.current("seed_set", task=task)
    return train_adapter(
        context,
        artifacts,
        settings,
        launcher,
        recipe=settings.distilled.tuned(read_seed_set(seeds.local()).settings.tuning),
        seeds=seeds,
        corpus=artifacts.current("synthetic_corpus", task=task),
    )
