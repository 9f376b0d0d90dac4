"""Schedules and sensors ask for the right runs of the right partitions, and for nothing that costs hours by itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets import automation
from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.costs.own_prices import read_own_prices
from distil_dagster.costs.price_book import PriceBook
from distil_dagster.definitions import ASSETS, defs
from distil_dagster.profile import Profile, StudentProfile, load_profile
from distil_dagster.serving.summary import ServingSummary
from distil_dagster.serving.transformers_serve import TransformersServe
from tests.reports.distilled_student import (
    PACKAGE,
    STUDENT,
    TASK,
    publish,
    publish_merged,
    publish_seeds,
    write_weights,
)

KEY = f"{STUDENT}|{TASK}"
MONDAY = datetime(2026, 11, 30, 3, tzinfo=UTC)
CHECK = dg.AssetCheckKey(dg.AssetKey("benchmark_scores"), "no_worse_than_before")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    monkeypatch.setenv("DISTIL_HOME", str(tmp_path))
    monkeypatch.setattr(automation, "TASKS", (TASK, "not made yet"))
    monkeypatch.setattr(automation, "STUDENTS", (STUDENT, "not trained yet"))
    return ArtifactStore(str(tmp_path), scratch=tmp_path)


@pytest.fixture
def seeds(store: ArtifactStore, tiny_task_folder: Path) -> Artifact:
    return publish_seeds(store, tiny_task_folder)


@pytest.fixture
def merged(store: ArtifactStore, seeds: Artifact) -> Artifact:
    return publish_merged(store, seeds, write_weights)


@pytest.fixture
def profile() -> Profile:
    student = StudentProfile.model_validate({"base_model": PACKAGE, "licence": "Apache-2.0"})
    return load_profile().model_copy(update={"students": {STUDENT: student}})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a server at the address of the webhook is told."""
    texts: list[str] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(automation.WEBHOOK, f"http://127.0.0.1:{server.server_port}")
        yield texts
        server.shutdown()


def publish_rate(store: ArtifactStore, merged: Artifact, engine_version: str) -> Artifact:
    """A serving profile measured with this version of the engine."""
    summary = ServingSummary.model_construct(
        engine="transformers", engine_version=engine_version, flags=(), device="a CPU", concurrency=1,
        warm_up_requests=1, requests=9, failed=0, seconds=9.0, requests_per_second=1.0, p50_seconds=1.0,
        p95_seconds=1.0, p99_seconds=1.0, mean_input_tokens=9.0, mean_output_tokens=9.0, memory_mib=9.0,
        memory_measure="pss",
    )  # fmt: skip
    write = lambda output: (output / "summary.json").write_text(summary.model_dump_json())  # noqa: E731
    return publish(store, "serving_profile", write, inputs=[merged])


def publish_prices(store: ArtifactStore, sha256: str, own_sha256: str | None = None) -> None:
    def write(output: Path) -> None:
        (output / "prices.json").write_text(sha256)

    publish(store, "price_book", write, partition={}, parameters={"data_sha256": sha256, "own_sha256": own_sha256})
    publish(store, "cost_table", write, partition={"task": TASK})


def requested(schedule: dg.ScheduleDefinition) -> list[tuple[str | None, str | None]]:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=MONDAY)
        return [(request.partition_key, request.run_key) for request in schedule(context)]


def sensor(name: str) -> dg.SensorDefinition:
    return next(each for each in defs().sensors or [] if each.name == name)  # type: ignore[union-attr]


class TestSchedules:
    @pytest.mark.usefixtures("merged")
    def test_every_distilled_student_is_measured_again_once_a_week(self) -> None:
        assert requested(automation.weekly_rebenchmark) == [(KEY, f"2026-W49 {KEY}")]

    def test_every_task_that_was_priced_is_priced_again_once_a_day(self, store: ArtifactStore) -> None:
        assert requested(automation.daily_reprice) == []
        publish_prices(store, "0")
        assert requested(automation.daily_reprice) == [(TASK, f"2026-11-30 {TASK}")]

    def test_all_are_off_until_someone_switches_them_on(self) -> None:
        repository = defs().get_repository_def()
        assert {each.name for each in repository.schedule_defs} == {"weekly_rebenchmark", "daily_reprice"}
        assert {each.default_status for each in repository.schedule_defs} == {dg.DefaultScheduleStatus.STOPPED}
        assert {each.default_status for each in repository.sensor_defs} == {dg.DefaultSensorStatus.STOPPED}


class TestChanges:
    def test_nothing_is_asked_for_while_all_is_as_it_was_measured(
        self, store: ArtifactStore, merged: Artifact, profile: Profile
    ) -> None:
        publish_rate(store, merged, TransformersServe(profile.serving.engine).version)
        publish_prices(store, PriceBook().data_sha256, read_own_prices(profile.costs.price_book).sha256)
        assert automation.changes(store, profile) == []

    def test_another_engine_asks_for_a_measurement_once(
        self, store: ArtifactStore, merged: Artifact, profile: Profile
    ) -> None:
        publish_rate(store, merged, "0.1")
        (request,) = automation.changes(store, profile)
        assert (request.job_name, request.partition_key) == ("rebenchmark", KEY)
        assert [each.run_key for each in automation.changes(store, profile)] == [request.run_key]

    def test_another_base_model_does_so_too(self, store: ArtifactStore, merged: Artifact, profile: Profile) -> None:
        publish_rate(store, merged, TransformersServe(profile.serving.engine).version)
        other = StudentProfile.model_validate({"base_model": PACKAGE | {"file": "other.gguf"}, "licence": "MIT"})
        (request,) = automation.changes(store, profile.model_copy(update={"students": {STUDENT: other}}))
        assert (request.job_name, request.partition_key) == ("rebenchmark", KEY)

    @pytest.mark.parametrize("changed", ["the package", "the own book"])
    def test_other_prices_touch_no_gpu(self, store: ArtifactStore, profile: Profile, changed: str) -> None:
        own = read_own_prices(profile.costs.price_book).sha256
        publish_prices(store, *(("0", own) if changed == "the package" else (PriceBook().data_sha256, "0")))
        (request,) = automation.changes(store, profile)
        assert (request.job_name, request.partition_key) == ("reprice", TASK)


class TestFollowing:
    def test_nothing_that_costs_hours_or_dollars_follows_by_itself(self) -> None:
        following = {
            spec.key.to_user_string()
            for asset in ASSETS
            for spec in automation.with_policies(asset).specs
            if spec.automation_condition
        }
        assert following == {"cost_table", "leaderboard", "report"}

    def test_the_cost_table_follows_a_score_while_other_partitions_have_none(self) -> None:
        definitions = defs()
        task = automation.TASKS[0]
        partition = dg.MultiPartitionKey({"task": task, "student": automation.STUDENTS[0]})
        with dg.DagsterInstance.ephemeral() as instance:
            first = dg.evaluate_automation_conditions(definitions, instance)
            assert first.total_requested == 0
            instance.report_runless_asset_event(dg.AssetMaterialization("benchmark_scores", partition=partition))
            second = dg.evaluate_automation_conditions(definitions, instance, cursor=first.cursor)
            assert second.get_requested_partitions(dg.AssetKey("cost_table")) == {task}


class TestTelling:
    def test_the_webhook_is_told_of_each_failed_check_once(self, told: list[str]) -> None:
        with dg.DagsterInstance.ephemeral() as instance:
            for partition, passed in ((KEY, False), ("another|one", True)):
                instance.report_runless_asset_event(
                    dg.AssetCheckEvaluation(
                        asset_key=CHECK.asset_key, check_name=CHECK.name, passed=passed, partition=partition
                    )
                )
            cursor = None
            for _ in range(2):
                context = dg.build_sensor_context(instance=instance, cursor=cursor)
                cursor = sensor("tell_regressions").evaluate_tick(context).cursor
        (text,) = told
        assert "no_worse_than_before" in text
        assert KEY in text


class TestFailedRuns:
    def test_the_webhook_is_told_which_job_failed_and_why(self, told: list[str]) -> None:
        self._fail()
        (text,) = told
        assert text.startswith("breaks failed")

    def test_without_an_address_it_says_what_to_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(automation.WEBHOOK, raising=False)
        assert automation.WEBHOOK in str(self._fail().skip_message)

    def _fail(self) -> Any:
        @dg.op
        def breaks_op() -> None:
            raise ValueError("the disk is full")

        @dg.job
        def breaks() -> None:
            breaks_op()

        with dg.DagsterInstance.ephemeral() as instance:
            result = breaks.execute_in_process(instance=instance, raise_on_error=False)
            context = dg.build_run_status_sensor_context(
                sensor_name="tell_failures",
                dagster_event=result.get_run_failure_event(),
                dagster_instance=instance,
                dagster_run=result.dagster_run,
            ).for_run_failure()
            return automation.tell_failures(context)
