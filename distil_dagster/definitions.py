"""The roof: the one place where assets, resources and jobs are wired into a Dagster code location.

A job holds one partition scheme (Dagster allows no more), so the main job of a task is four jobs run one after the
other by `distil run`; in the UI a backfill over all assets does the same.
"""

import dagster as dg

from assets import (
    benchmark_scores,
    cost_table,
    leaderboard,
    lora_adapter,
    merged_model,
    price_book,
    reference_scores,
    report,
    seed_set,
    seeds_only_adapter,
    serving_profile,
    synthetic_corpus,
    teacher_scores,
)
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import REUSE_TAG
from resources.terminal import RunFailed, end_orphaned_runs, process_tags, terminal_logger

ASSETS = [
    seed_set.seed_set,
    teacher_scores.teacher_scores,
    synthetic_corpus.synthetic_corpus,
    seeds_only_adapter.seeds_only_adapter,
    lora_adapter.lora_adapter,
    merged_model.merged_model,
    benchmark_scores.benchmark_scores,
    serving_profile.serving_profile,
    price_book.price_book,
    reference_scores.reference_scores,
    cost_table.cost_table,
    leaderboard.leaderboard,
    report.report,
]

JOBS = [
    dg.define_asset_job(
        "write_corpus",
        ["seed_set", "teacher_scores", "synthetic_corpus"],
        description="From a task folder to a corpus worth training on.",
    ),
    dg.define_asset_job(
        "distil_student",
        ["seeds_only_adapter", "lora_adapter", "merged_model", "benchmark_scores", "serving_profile"],
        description="Train, merge and measure one student on one task.",
    ),
    dg.define_asset_job(
        "score_reference",
        ["reference_scores"],
        description="Ask one model behind an API the test questions of one task.",
    ),
    dg.define_asset_job(
        "price_task",
        ["price_book", "cost_table"],
        description="Today's prices, and what a million requests of the task cost.",
    ),
    dg.define_asset_job("publish", ["leaderboard", "report"], description="All tasks together, and the page."),
]


@dg.definitions
def defs() -> dg.Definitions:
    """Everything that the code location offers. One step at a time in a run: two cores or one GPU hold no more."""
    return dg.Definitions(
        assets=ASSETS,
        jobs=JOBS,
        resources={"artifacts": Artifacts(), "profile": ProfileResource(), "launcher": Launcher()},
        loggers={"console": dg.colored_console_logger, "terminal": terminal_logger},
        executor=dg.in_process_executor,
    )


WITHOUT_TEACHER: dict[str, list[str]] = {
    "write_corpus": ["seed_set"],
    "distil_student": ["seeds_only_adapter", "benchmark_scores"],
    "publish": ["leaderboard", "report"],
}
"""What each job makes of a task for which the teacher can't write rows."""


def run_task(task: str, student: str, *, with_teacher: bool) -> None:
    """Run the jobs of a task and student one after the other, in this process, on the instance that the UI shows.

    What was made before by the same recipe is taken over, so that a run after a kill goes on where that one stopped.

    Args:
        task: a task folder's name.
        student: a student of the profile.
        with_teacher: whether the teacher can write rows for the task; if not, there is no student to distil, and the
            base model and the seeds alone are measured.

    Raises:
        RunFailed: with the asset that failed and why.
    """
    definitions = defs()
    with dg.DagsterInstance.get() as instance:
        end_orphaned_runs(instance)
        for job, partition_key in (
            ("write_corpus", task),
            ("distil_student", dg.MultiPartitionKey({"task": task, "student": student})),
            ("price_task", task),
            ("publish", None),
        ):
            if not with_teacher and job not in WITHOUT_TEACHER:
                continue
            selected = None if with_teacher else [dg.AssetKey(name) for name in WITHOUT_TEACHER[job]]
            result = definitions.resolve_job_def(job).execute_in_process(
                asset_selection=selected,
                instance=instance,
                partition_key=partition_key,
                raise_on_error=False,
                run_config={"loggers": {"terminal": {}}},
                tags={REUSE_TAG: "true", **process_tags()},
            )
            for event in result.all_events:
                if event.is_step_failure:
                    raise RunFailed(event.step_key or job, event.step_failure_data)
            if not result.success:
                raise RuntimeError(f"the job {job} failed; `make ui` shows run {result.run_id}")
