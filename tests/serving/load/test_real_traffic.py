"""LoadGen and the client against a server on the loopback address whose capacity and service time are known."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.ceiling import client_ceiling
from distil_dagster.serving.load.closed_loop import run_closed_loop
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.point import Window, assess
from distil_dagster.serving.load.prompts import PromptFile, write_prompt_file
from distil_dagster.serving.load.search import Search
from distil_dagster.serving.load.sustained import LoadCurve
from distil_dagster.serving.load.traffic import Requests, Traffic
from distil_dagster.serving.settings import ServiceLevel, ServingSettings
from distil_dagster.serving.summary import LoadPoint, SustainedRate
from distil_dagster.tasks import Message
from tests.serving.load.known_server import KnownServer, Service, waited_and_served

pytestmark = pytest.mark.alone

SERVICE = Service(slots=4, seconds=0.1)
PROMPTS = [(Message("user", f"question {number}"),) for number in range(400)]
WINDOW = Window(opens=0.5, seconds=3.0)
SECONDS = 3.8
"""Of a run: the window, and a little more."""


@pytest.fixture
def prompts(tmp_path: Path) -> PromptFile:
    return write_prompt_file(
        PROMPTS, tmp_path / "prompts.jsonl", ChatEndpoint("", "known"), max_output_tokens=8, needed=400
    )


def traffic_to(
    server: KnownServer, prompts: PromptFile, *, processes: int = 1, timeout_seconds: float = 20.0
) -> Traffic:
    logs = prompts.path.parent / "loadgen"
    return Traffic(server.base_url, prompts, processes=processes, timeout_seconds=timeout_seconds, logs=logs)


def point_of(run: Requests, rate: float) -> LoadPoint:
    point = assess(run, WINDOW, rate=rate, run=0, client_ceiling=1_000.0, timeout_seconds=20.0)
    assert point is not None
    return point


def test_latencies_and_p99_are_those_of_the_queue_as_arithmetic_has_it(prompts: PromptFile) -> None:
    with KnownServer(SERVICE) as server:
        run = traffic_to(server, prompts).arrivals(34.0, SECONDS, run=3, name="run")
    expected = waited_and_served(run.scheduled, SERVICE)
    assert np.median(np.abs(run.latency - expected)) < 0.01
    assert (run.latency > 0.1).all()
    assert np.quantile(run.latency, 0.99) == pytest.approx(np.quantile(expected, 0.99), rel=0.05)
    assert set(run.error) == {None}
    assert set(run.input_tokens) == {7}
    assert set(run.output_tokens) == {3}


def test_the_sustained_rate_of_a_real_server_is_the_true_one_to_three_per_cent(prompts: PromptFile) -> None:
    level = ServiceLevel(name="twice the service", p95_seconds=0.2)
    settings = ServingSettings(
        warm_up_seconds=WINDOW.opens, window_seconds=WINDOW.seconds, tail_seconds=0.3, tolerance=0.02
    )
    with KnownServer(SERVICE) as server:
        curve = LoadCurve(
            arrivals=traffic_to(server, prompts).arrivals,
            settings=settings,
            server_ceiling=SERVICE.capacity,
            floor_seconds=SERVICE.seconds,
            client_ceiling=1_000.0,
            prefix_cache=lambda: None,
            report=lambda message: None,
        )
        found = curve.sustained(level)
    assert isinstance(found, SustainedRate)
    # The gaps of a run are the same at every rate but for their scale, so arithmetic can say what these very arrivals
    # allow: other arrivals, as few as these, would allow another rate.
    first = curve.runs[0]
    unit = first.requests.scheduled * first.point.rate

    def passes(rate: float) -> bool:
        scheduled = unit / rate
        due = (scheduled >= WINDOW.opens) & (scheduled < WINDOW.closes)
        latency = waited_and_served(scheduled, SERVICE)[due]
        return bool(np.quantile(latency, 0.95, method="inverted_cdf") <= 0.2)

    truth = Search(passes, 32.0, 0.001, 1.0, 80.0).run().passing
    assert found.rate == pytest.approx(truth, rel=0.03)
    assert found.requests_per_second <= min(found.rate, SERVICE.capacity + SERVICE.slots / WINDOW.seconds)


def test_a_server_that_stands_still_once_shows_it_in_p99_but_not_to_a_closed_loop(prompts: PromptFile) -> None:
    stalling = Service(slots=4, seconds=0.1, stall_at=1.0, stall_seconds=2.0)
    with KnownServer(stalling) as server:
        point = point_of(traffic_to(server, prompts).arrivals(20.0, SECONDS, run=0, name="run"), 20.0)
    with KnownServer(stalling) as server:
        settings = ServingSettings(concurrency=2, warm_up_requests=4, max_seconds=5.0)
        closed = asyncio.run(
            run_closed_loop(
                ChatEndpoint(server.base_url, "known"),
                PROMPTS,
                settings,
                max_output_tokens=8,
                report=lambda message: None,
            )
        )
    assert point.p99.seconds > 1.5
    hidden = np.quantile([record.latency_seconds for record in closed.measured], 0.95)
    assert hidden < 0.3 < point.p95.seconds


def test_a_server_that_drops_one_request_in_a_hundred_is_refused(prompts: PromptFile) -> None:
    with KnownServer(Service(slots=4, seconds=0.02, drop_every=100)) as server:
        run = traffic_to(server, prompts).arrivals(60.0, SECONDS, run=0, name="run")
    point = point_of(run, 60.0)
    assert point.failed >= 1
    assert any("requests failed (HTTP 503: dropped)" in reason for reason in point.refused)


def test_a_server_below_the_rate_is_refused(prompts: PromptFile) -> None:
    with KnownServer(Service(slots=1, seconds=0.04)) as server:
        point = point_of(traffic_to(server, prompts).arrivals(40.0, SECONDS, run=0, name="run"), 40.0)
    assert any("achieved only" in reason for reason in point.refused)
    assert any("kept growing" in reason for reason in point.refused)


def test_a_request_is_given_up_after_its_time_and_says_so(prompts: PromptFile) -> None:
    with KnownServer(Service(slots=1, seconds=30.0)) as server:
        run = traffic_to(server, prompts, timeout_seconds=0.3).at_once(3, name="run")
    assert set(run.error) == {"no answer within 0.3 s"}


def test_several_processes_issue_one_rate_together_and_ask_different_questions(prompts: PromptFile) -> None:
    with KnownServer(SERVICE) as server:
        run = traffic_to(server, prompts, processes=2).arrivals(30.0, SECONDS, run=0, name="run")
    logs = prompts.path.parent / "loadgen" / "run"
    assert sorted(folder.name for folder in logs.iterdir()) == ["client-0", "client-1"]
    for folder in logs.iterdir():
        assert {"mlperf_log_summary.txt", "mlperf_log_detail.txt", "mlperf_log_trace.json.gz"} <= {
            file.name for file in folder.iterdir()
        }
    gaps = np.diff(run.scheduled)
    assert len(run) / run.scheduled[-1] == pytest.approx(30, rel=0.4)
    # Exponential gaps have a deviation as large as their mean; two regular clocks would have far less.
    assert 0.7 < gaps.std() / gaps.mean() < 1.4


def test_one_by_one_there_is_never_more_than_one_request_in_flight(prompts: PromptFile) -> None:
    with KnownServer(SERVICE) as server:
        run = traffic_to(server, prompts).one_by_one(5, name="run")
    assert (run.scheduled[1:] >= (run.scheduled + run.latency)[:-1]).all()
    assert np.median(run.latency) == pytest.approx(0.1, rel=0.2)


def test_all_at_once_the_server_is_as_fast_as_it_can_be(prompts: PromptFile) -> None:
    with KnownServer(SERVICE) as server:
        run = traffic_to(server, prompts).at_once(40, name="run")
    assert len(run) / (run.scheduled + run.latency).max() == pytest.approx(SERVICE.capacity, rel=0.1)


def test_the_ceiling_of_the_client_is_far_above_what_these_tests_ask_of_it(prompts: PromptFile) -> None:
    assert client_ceiling(prompts, processes=1, logs=prompts.path.parent / "logs") > 160


def test_a_client_that_fails_is_an_error_with_its_last_words(prompts: PromptFile) -> None:
    gone = PromptFile(prompts.path.with_name("gone.jsonl"), 400, prompts.sha256)
    with KnownServer(SERVICE) as server, pytest.raises(LoadTestError, match=r"client failed: .*gone\.jsonl"):
        traffic_to(server, gone).at_once(3, name="run")
