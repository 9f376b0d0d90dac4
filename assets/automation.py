"""What starts runs without a person: schedules and sensors, all off until they are switched on in the UI.

docs/automation.md says which mechanism serves what, and why.
"""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg
import httpx

from assets.partitions import STUDENTS, TASKS
from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.artifacts.manifest import partition_key
from distil_dagster.costs.own_prices import read_own_prices
from distil_dagster.costs.price_book import PriceBook
from distil_dagster.home import Home
from distil_dagster.profile import Profile, load_profile
from distil_dagster.serving.student_engine import student_engine
from distil_dagster.serving.summary import ServingSummary

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

WEBHOOK = "DISTIL_WEBHOOK"
"""The environment variable with the address that is told of failures; it gets JSON with one field, `text`."""
WEBHOOK_TIMEOUT_SECONDS = 10.0

REGRESSION_CHECKS = tuple(
    dg.AssetCheckKey(dg.AssetKey(asset), check)
    for asset, check in (
        ("benchmark_scores", "no_worse_than_before"),
        ("serving_profile", "no_slower_than_before"),
        ("cost_table", "no_dearer_than_before"),
    )
)

_AFTER_ITS_INPUTS = (
    dg.AutomationCondition.any_deps_updated()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
)
"""Also while other partitions of an input are missing, for which `eager` waits (one student of four is scored)."""
_MEASURED_WEEKLY = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=8), fail_window=timedelta(days=15))
_PRICED_DAILY = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=2), fail_window=timedelta(days=7))

FRESHNESS = {
    "benchmark_scores": _MEASURED_WEEKLY,
    "serving_profile": _MEASURED_WEEKLY,
    "price_book": _PRICED_DAILY,
    "cost_table": _PRICED_DAILY,
}
FOLLOWING = ("cost_table", "leaderboard", "report")
"""Made in seconds from what is there, so that they may follow their inputs by themselves. Nothing else may: it would
cost hours of a GPU, or dollars."""


def with_policies(asset: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset with how fresh it has to be, and whether it follows its inputs."""
    return asset.map_asset_specs(_with_policies)


def _with_policies(spec: dg.AssetSpec) -> dg.AssetSpec:
    name = spec.key.to_user_string()
    return spec.replace_attributes(
        freshness_policy=FRESHNESS.get(name),
        automation_condition=_AFTER_ITS_INPUTS if name in FOLLOWING else None,
    )


@dg.schedule(cron_schedule="0 3 * * 1", job_name="rebenchmark")
def weekly_rebenchmark(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
    """Ask every distilled student its test questions again, and measure its rate, each Monday at 3."""
    week = f"{context.scheduled_execution_time:%G-W%V}"
    return [
        dg.RunRequest(run_key=f"{week} {key}", partition_key=key)
        for key in map(_key, _current(Home.from_environment().store, "merged_model"))
    ]


@dg.schedule(cron_schedule="0 6 * * *", job_name="reprice")
def daily_reprice(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
    """Price every task that has a cost table anew, each morning at 6; no GPU is touched."""
    return _reprice(f"{context.scheduled_execution_time:%Y-%m-%d}")


def sensors(rebenchmark: dg.JobDefinition, reprice: "UnresolvedAssetJobDefinition") -> list[dg.SensorDefinition]:
    """The sensors, which start these jobs."""

    @dg.sensor(jobs=[rebenchmark, reprice], minimum_interval_seconds=300)
    def follow_changes() -> Iterator[dg.RunRequest | dg.SkipReason]:
        """Measure again what was measured with another engine or base model, and price anew when prices changed."""
        requests = changes(Home.from_environment().store, load_profile())
        if not requests:
            yield dg.SkipReason("engine, base models and prices are those that were measured with")
        yield from requests

    @dg.sensor(minimum_interval_seconds=60)
    def tell_regressions(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Tell the webhook of every score that came out worse than before."""
        if not os.environ.get(WEBHOOK):
            return dg.SkipReason(f"set {WEBHOOK} to the address that is to be told")
        seen: dict[str, int] = json.loads(context.cursor or "{}")
        for key in REGRESSION_CHECKS:
            found = context.instance.event_log_storage.get_asset_check_execution_history(key, limit=100)
            name = key.to_user_string()
            for record in reversed(found):
                if record.id > seen.get(name, 0) and record.status.value == "FAILED":
                    tell(f"{name} failed for {record.partition}: see run {record.run_id}")
            seen[name] = max((record.id for record in found), default=seen.get(name, 0))
        return dg.SensorResult(cursor=json.dumps(seen))

    return [
        follow_changes,
        tell_regressions,
        tell_failures,
        dg.AutomationConditionSensorDefinition(
            "follow_the_scores",
            target=dg.AssetSelection.assets(*FOLLOWING),
            description="Make cost table, leaderboard and report anew whenever something behind them was made.",
        ),
    ]


@dg.run_failure_sensor
def tell_failures(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Tell the webhook of every run that failed."""
    if not os.environ.get(WEBHOOK):
        return dg.SkipReason(f"set {WEBHOOK} to the address that is to be told")
    run = context.dagster_run
    partition = f" for {run.tags['dagster/partition']}" if "dagster/partition" in run.tags else ""
    tell(f"{run.job_name} failed{partition}: {context.failure_event.message} (run {run.run_id})")
    return None


def tell(text: str) -> None:
    """Send the text to the webhook. Raises httpx.HTTPError, which fails the sensor's tick so that it is tried again."""
    httpx.post(os.environ[WEBHOOK], json={"text": text}, timeout=WEBHOOK_TIMEOUT_SECONDS).raise_for_status()


def changes(store: ArtifactStore, profile: Profile) -> list[dg.RunRequest]:
    """A run for each student measured with another engine or base model, and for each task with other prices."""
    engine = student_engine(profile.serving.engine).version
    requests = []
    for served in _current(store, "serving_profile"):
        key, student = _key(served), profile.students[served.manifest.recipe.partition["student"]]
        merged = store.input_of(served, "merged_model")
        measured = merged and merged.manifest.recipe.parameters["student"]["base_model"]
        now = student.base_model.model_dump(mode="json")
        if (served.summary(ServingSummary).engine_version, measured) != (engine, now):
            requests.append(
                dg.RunRequest(f"{key} {engine} {json.dumps(now)}", partition_key=key, job_name="rebenchmark")
            )
    for book in store.current_of_all("price_book", [{}]):
        parameters = book.manifest.recipe.parameters
        prices = PriceBook().data_sha256, read_own_prices(profile.costs.price_book).sha256
        if (parameters["data_sha256"], parameters.get("own_sha256")) != prices:
            requests += _reprice(" ".join(filter(None, prices)))
    return requests


def _reprice(occasion: str) -> list[dg.RunRequest]:
    store = Home.from_environment().store
    priced = store.current_of_all("cost_table", [{"task": task} for task in TASKS])
    return [
        dg.RunRequest(f"{occasion} {_key(table)}", partition_key=_key(table), job_name="reprice") for table in priced
    ]


def _current(store: ArtifactStore, asset: str) -> Sequence[Artifact]:
    return store.current_of_all(asset, [{"task": task, "student": student} for task in TASKS for student in STUDENTS])


def _key(artifact: Artifact) -> str:
    return partition_key(artifact.manifest.recipe.partition)
