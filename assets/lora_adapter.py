"""`lora_adapter`: the student's adapter, trained on the kept rows of the corpus and the seeds."""

import dagster as dg
from pydantic import Field

from assets.adapters import ROWS, learnt_spec, train_adapter
from assets.columns import described_table
from assets.partitions import by_task_and_student
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.seed_set import read_seed_set
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


class TrainingConfig(dg.Config):
    """What one run may do otherwise; left out, the task's `tuning` and the profile's `distilled` decide."""

    num_train_epochs: float | None = Field(
        None,
        gt=0,
        description="How often each training row is seen; the task's tuning.num_train_epochs by default, or "
        "distilled.num_train_epochs of the profile.",
    )
    max_tokens: int | None = Field(
        None,
        gt=0,
        description="Tokens to compute at most, by which a training may end before its epochs do; "
        "distilled.max_tokens of the profile by default.",
    )


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["seed_set", "synthetic_corpus"],
    kinds={"peft", "pytorch"},
    metadata=described_table(ROWS, Row),
    pool="gpu",
    code_version="3",
    check_specs=[learnt_spec("lora_adapter")],
)
def lora_adapter(
    context: dg.AssetExecutionContext,
    config: TrainingConfig,
    artifacts: Artifacts,
    profile: ProfileResource,
    launcher: Launcher,
) -> dg.MaterializeResult:
    """A LoRA adapter on all linear layers, with loss on the answers only and early stop on held-back rows."""
    task = partition_of(context)["task"]
    settings = profile.load()
    seeds = artifacts.current("seed_set", task=task)
    recipe = settings.distilled.tuned(read_seed_set(seeds.local()).settings.tuning)
    return train_adapter(
        context,
        artifacts,
        settings,
        launcher,
        recipe=recipe.model_copy(update=config.model_dump(exclude_none=True)),
        seeds=seeds,
        corpus=artifacts.current("synthetic_corpus", task=task),
    )
