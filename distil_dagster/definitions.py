"""The roof: the one place where assets, resources and jobs are wired into a Dagster code location.

A job holds one partition scheme (Dagster allows no more), so the main job of a task is several jobs run one after the
other by `distil run`; in the UI a backfill over all assets does the same.
"""

from collections.abc import Sequence

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
)
from distil_dagster.profile import load_profile
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import REUSE_TAG
from resources.terminal import RunFailed, end_orphaned_runs, process_tags, terminal_logger
from resources.waiting import wait_patiently

WITH_FURTHER_ROUNDS = load_profile().error_rounds is not None
"""Only then rows are held back that a student's errors can be found on."""
WITH_ON_POLICY = load_profile().on_policy is not None
QUANTISES = load_profile().quantisation is not None

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
]

FIND_WEAK_SPOTS = dg.define_asset_job(
    "find_weak_spots",
    ["weak_spots"],
    description="Ask one student the rows held back from its corpus; write_corpus then writes about what it got wrong.",
)

REBENCHMARK = dg.define_asset_job(
    "rebenchmark",
    ["benchmark_scores", "parity", "serving_profile"],
    description="Ask one student the test questions of one task again, and measure its rate; nothing is trained.",
)
REPRICE = dg.define_asset_job(
    "reprice",
    ["price_book", "cost_table", "leaderboard", "report"],
    description="Today's prices, what a million requests of the task cost by them, and the page; no GPU is touched.",
)

JOBS = [
    REBENCHMARK,
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
]


wait_patiently()


@dg.definitions
def defs() -> dg.Definitions:
    """Everything that the code location offers. One step at a time in a run: two cores or one GPU hold no more."""
    return dg.Definitions(
        assets=[automation.with_policies(asset) for asset in ASSETS],
        jobs=JOBS,
        schedules=[automation.weekly_rebenchmark, automation.daily_reprice],
        sensors=automation.sensors(REBENCHMARK, REPRICE),
        resources={"artifacts": Artifacts(), "profile": ProfileResource(), "launcher": Launcher()},
        loggers={"console": dg.colored_console_logger, "terminal": terminal_logger},
        executor=dg.in_process_executor,
    )


def run_task(
    task: str, student: str, *, with_teacher: bool, references: Sequence[str] = (), further_rounds: int = 0
) -> None:
    """Run the jobs of a task and student one after the other, in this process, on the instance that the UI shows.

    What was made before by the same recipe is taken over, so that a run after a kill goes on where that one stopped.

    Args:
        task: a task folder's name.
        student: a student of the profile.
        with_teacher: whether the teacher can write rows for the task; if not, there is no student to distil, and the
            base model and the seeds alone are measured.
        references: models behind APIs to ask the test questions, by their slugs.
        further_rounds: how often the student's errors choose a further batch of the corpus, on which it is distilled
            again.

    Raises:
        RunFailed: with the asset that failed and why.
    """
    of_student = dg.MultiPartitionKey({"task": task, "student": student})
    of_references = [dg.MultiPartitionKey({"task": task, "reference": slug}) for slug in references]
    steps: list[tuple[str, str | None, list[str] | None]] = [
        ("write_corpus", task, None if with_teacher else ["seed_set"]),
        ("distil_student", of_student, None if with_teacher else ["seeds_only_adapter", "benchmark_scores"]),
        *[
            ("find_weak_spots", of_student, None),
            ("write_corpus", task, ["synthetic_corpus"]),
            ("distil_student", of_student, None),
        ]
        * further_rounds,
        *([("find_weak_spots", of_student, None)] if further_rounds else []),
        *([("reprice", task, ["price_book"])] if references else []),
        *(("score_reference", key, None) for key in of_references),
        *([("reprice", task, ["price_book", "cost_table"]), ("hand_on", of_student, None)] if with_teacher else []),
        ("publish", None, None),
    ]
    _run_jobs(steps)


def ablate_task(task: str, student: str, *, with_sweep: bool) -> None:
    """Run the ablations of a task and student that was distilled before, and the sweep of learning rates if asked for.

    Raises:
        RunFailed: with the asset that failed and why.
    """
    of_student = dg.MultiPartitionKey({"task": task, "student": student})
    _run_jobs([("ablations", of_student, None), *([("sweep_learning_rates", of_student, None)] if with_sweep else [])])


def _run_jobs(steps: Sequence[tuple[str, str | None, list[str] | None]]) -> None:
    """Run jobs one after the other, each with its partition and, if not all of them, the assets to make.

    Raises:
        RunFailed, RuntimeError: see `run_task`.
    """
    definitions = defs()
    with dg.DagsterInstance.get() as instance:
        end_orphaned_runs(instance)
        for job, partition_key, only in steps:
            result = definitions.resolve_job_def(job).execute_in_process(
                instance=instance,
                partition_key=partition_key,
                asset_selection=[dg.AssetKey(name) for name in only] if only else None,
                raise_on_error=False,
                run_config={"loggers": {"terminal": {}}},
                tags={REUSE_TAG: "true", **process_tags()},
            )
            for check in result.get_asset_check_evaluations():
                if check.blocking and not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                    failed = f"{check.asset_key.to_user_string()}: the check {check.check_name} failed"
                    raise RuntimeError(f"{failed}. {check.description}" if check.description else failed)
            for event in result.all_events:
                if event.is_step_failure:
                    raise RunFailed(event.step_key or job, event.step_failure_data)
            if not result.success:
                raise RuntimeError(f"the job {job} failed; `make ui` shows run {result.run_id}")
