"""The whole measurement of a running server, in little."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.measurement import Measurement, measure
from distil_dagster.serving.settings import ServiceLevel, ServingSettings
from distil_dagster.tasks import Message
from tests.serving.load.known_server import KnownServer, Service

pytestmark = pytest.mark.alone

SERVICE = Service(slots=4, seconds=0.05)
PROMPTS = [(Message("user", f"question {number}"),) for number in range(300)]
PATIENT = ServiceLevel(name="patient", p99_seconds=30.0)
IMPOSSIBLE = ServiceLevel(name="faster than the service", p50_seconds=0.01)


def measured(service: Service, output: Path, *levels: ServiceLevel, needed: int = 100) -> Measurement:
    settings = ServingSettings(
        service_levels=levels,
        warm_up_seconds=0.3,
        window_seconds=1.5,
        tail_seconds=0.0,
        tolerance=3.0,
        min_distinct_prompts=needed,
        offline_requests=20,
        single_stream_requests=3,
        concurrency=4,
        warm_up_requests=4,
        max_seconds=1.0,
        request_timeout_seconds=20.0,
    )
    output.mkdir()
    with KnownServer(service) as server:
        return measure(
            ChatEndpoint(server.base_url, "known"),
            PROMPTS,
            settings,
            max_output_tokens=8,
            output=output,
            report=lambda message: None,
        )


def test_ceiling_floor_closed_loop_and_sustained_rate_are_measured(tmp_path: Path) -> None:
    tight = ServiceLevel(name="no queue", p99_seconds=0.5)
    measurement = measured(SERVICE, tmp_path / "output", tight)
    assert [rate.level for rate in measurement.sustained] == [tight]
    assert not measurement.unmet
    assert measurement.offline_rate == pytest.approx(SERVICE.capacity, rel=0.25)
    assert measurement.single_stream_p50_seconds == pytest.approx(SERVICE.seconds, rel=0.25)
    assert measurement.client_ceiling > 160
    assert measurement.closed_loop.measured
    assert measurement.prefix_cache_hit_rate is None
    assert measurement.prompts.count == 300
    logs = {folder.name for folder in (tmp_path / "output" / "loadgen").iterdir()}
    assert {"client-ceiling", "single-stream", "offline"} < logs
    assert len(logs) == 3 + len(measurement.runs)


def test_a_first_promise_that_is_never_kept_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(
        LoadTestError,
        match=r"service_levels\[0\] \(p50 within 0.01 s\) even at 0 requests/s: a request that is alone takes 0\.05",
    ):
        measured(SERVICE, tmp_path / "output", IMPOSSIBLE)


def test_a_server_that_answers_nothing_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(LoadTestError, match="did not answer before any load was on it: HTTP 503: dropped"):
        measured(Service(slots=1, seconds=0.01, drop_every=1), tmp_path / "output", PATIENT)


def test_too_few_prompts_are_an_error_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(LoadTestError, match="300 distinct prompts are too few"):
        measured(SERVICE, tmp_path / "output", PATIENT, needed=301)
