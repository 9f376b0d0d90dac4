"""The roof: the one place where assets, resources and jobs are wired into a Dagster code location.

A job of assets holds one partition scheme (Dagster allows no more), so everything for a task is several jobs run one
after the other: by `distil run`, and in the UI by the job `distil_task` (`assets/whole_jobs.py`).
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from assets import (
    ablation_adapters,
    ablation_scores,
    automation,
    benchmark_scores,
    cost_table,
    gguf_model,
    leaderboard,
    learning_rate_sweep,
    lora_adapter,
    merged_model,
    mlflow_run,
    model_card,
    on_policy_adapter,
    parity,
    price_book,
    quantised_model,
    reference_scores,
    report,
    seed_set,
    seeds_only_adapter,
    serving_profile,
    synthetic_corpus,
    teacher_scores,
    weak_spots,
    whole_jobs,
)
from distil_dagster.exports.mlflow_runs import TRACKING_URI
from distil_dagster.profile import load_profile
from distil_dagster.whole_task import JobRun
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import REUSE_TAG
from resources.in_turn import run_jobs
from resources.terminal import on_screen, terminal_logger
from resources.waiting import wait_patiently

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

WITH_FURTHER_ROUNDS = load_profile().error_rounds is not None
"""Only then rows are held back that a student's errors can be found on."""
WITH_ON_POLICY = load_profile().on_policy is not None
QUANTISES = load_profile().quantisation is not None
WITH_TRACKING = bool(os.environ.get(TRACKING_URI))

ASSETS = [
    seed_set.seed_set,
    teacher_scores.teacher_scores,
    synthetic_corpus.synthetic_corpus,
    seeds_only_adapter.seeds_only_adapter,
    lora_adapter.lora_adapter,
    merged_model.merged_model,
    *([quantised_model.quantised_model] if QUANTISES else []),
    benchmark_scores.benchmark_scores,
    parity.parity,
    ablation_adapters.ablation_adapters,
    ablation_scores.ablation_scores,
    learning_rate_sweep.learning_rate_sweep,
    serving_profile.serving_profile,
    price_book.price_book,
    reference_scores.reference_scores,
    cost_table.cost_table,
    gguf_model.gguf_model,
    model_card.model_card,
    leaderboard.leaderboard,
    report.report,
    *([weak_spots.weak_spots] if WITH_FURTHER_ROUNDS else []),
    *([on_policy_adapter.on_policy_adapter] if WITH_ON_POLICY else []),
    *([mlflow_run.mlflow_run] if WITH_TRACKING else []),
]

FIND_WEAK_SPOTS = dg.define_asset_job(
    "find_weak_spots",
    ["weak_spots"],
    description="Ask one student the rows held back from its corpus; write_corpus then writes about what it got wrong.",
)

TRACK = dg.define_asset_job(
    "track", ["mlflow_run"], description="Log the scores of one student on one task to the MLflow of the house."
)


def _all() -> dg.Definitions:
    """Where jobs that run others find these, once they are defined."""
    return defs()


DISTIL_TASK = whole_jobs.distil_task_job(_all)
REBENCHMARK = whole_jobs.rebenchmark_job(_all)
REPRICE = dg.define_asset_job(
    "reprice",
    ["price_book", "cost_table", "leaderboard", "report"],
    description="Today's prices, what a million requests of the task cost by them, and the page; no GPU is touched.",
)

JOBS: list["dg.JobDefinition | UnresolvedAssetJobDefinition"] = [
    DISTIL_TASK,
    REBENCHMARK,
    dg.define_asset_job(
        "measure_student",
        ["benchmark_scores", "parity", "serving_profile"],
        description="Ask one student the test questions of one task again, and measure its rate; nothing is trained.",
    ),
    dg.define_asset_job(
        "write_corpus",
        ["seed_set", "teacher_scores", "synthetic_corpus"],
        description="From a task folder to a corpus worth training on.",
    ),
    dg.define_asset_job(
        "distil_student",
        [
            *("seeds_only_adapter", "lora_adapter", "merged_model"),
            *(["quantised_model"] if QUANTISES else []),
            *("benchmark_scores", "parity", "serving_profile"),
        ],
        description="Train, merge and measure one student on one task.",
    ),
    dg.define_asset_job(
        "ablations",
        ["ablation_adapters", *(["on_policy_adapter"] if WITH_ON_POLICY else []), "ablation_scores"],
        description="What each part of the recipe is worth to one student on one task; after distil_student.",
    ),
    dg.define_asset_job(
        "sweep_learning_rates",
        ["learning_rate_sweep"],
        description="Train one student with each learning rate of the profile, and choose by the rows held back.",
    ),
    dg.define_asset_job(
        "score_reference",
        ["reference_scores"],
        description="Ask one model behind an API the test questions of one task.",
    ),
    REPRICE,
    dg.define_asset_job(
        "hand_on",
        ["gguf_model", "model_card"],
        description="What goes with one student when it leaves here: one file for llama.cpp, and a model card.",
    ),
    dg.define_asset_job("publish", ["leaderboard", "report"], description="All tasks together, and the page."),
    *([FIND_WEAK_SPOTS] if WITH_FURTHER_ROUNDS else []),
    *([TRACK] if WITH_TRACKING else []),
]


wait_patiently()


@dg.definitions
def defs() -> dg.Definitions:
    """Everything that the code location offers. One step at a time in a run: two cores or one GPU hold no more."""
    return dg.Definitions(
        assets=[_catalogued(automation.with_policies(asset), load_profile().owners) for asset in ASSETS],
        jobs=JOBS,
        schedules=[automation.weekly_rebenchmark, automation.daily_reprice],
        sensors=automation.sensors(REBENCHMARK, REPRICE),
        resources={"artifacts": Artifacts(), "profile": ProfileResource(), "launcher": Launcher()},
        loggers={"console": dg.colored_console_logger, "terminal": terminal_logger},
        executor=dg.in_process_executor,
    )


def _catalogued(asset: dg.AssetsDefinition, owners: Sequence[str]) -> dg.AssetsDefinition:
    """The asset with its owners, and a link to the report that its numbers end in."""
    page = {"report": dg.MetadataValue.asset(report.report.key)}
    return asset.map_asset_specs(
        lambda spec: spec.replace_attributes(owners=owners, metadata={**spec.metadata, **page})
    )


def run_in_turn(runs: Sequence[JobRun]) -> None:
    """Run jobs one after the other from a terminal, in this process, on the instance that the UI shows.

    What was made before by the same recipe is taken over, so that a run after a kill goes on where that one stopped.

    Raises:
        RunFailed: with the asset that failed and why.
    """
    with dg.DagsterInstance.get() as instance, on_screen():
        run_jobs(defs(), instance, runs, tags={REUSE_TAG: "true"}, loggers={"terminal": {}})
