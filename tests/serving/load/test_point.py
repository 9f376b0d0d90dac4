"""The verdict on a run: what is a measurement of a steady state, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from distil_dagster.serving.load.point import Window, assess, in_window, keeps_growing, numbers_in_flight
from distil_dagster.serving.load.traffic import Requests
from distil_dagster.serving.settings import ServiceLevel
from distil_dagster.serving.summary import LoadPoint
from tests.serving.load.known_server import Service, waited_and_served
from tests.serving.load.runs import gaps, requests

SERVICE = Service(slots=4, seconds=0.1)
WINDOW = Window(opens=5.0, seconds=30.0)


def arrivals(rate: float, seed: int = 0) -> NDArray[np.float64]:
    return np.cumsum(gaps(int(rate * 45), seed)) / rate


def point_of(run: Requests, rate: float, *, client_ceiling: float = 2_000.0) -> LoadPoint:
    point = assess(run, WINDOW, rate=rate, run=0, client_ceiling=client_ceiling, timeout_seconds=60.0)
    assert point is not None
    return point


def served(rate: float, seed: int = 0) -> Requests:
    scheduled = arrivals(rate, seed)
    return requests(scheduled, waited_and_served(scheduled, SERVICE))


@pytest.mark.parametrize("seed", range(5))
def test_a_server_that_keeps_up_is_measured(seed: int) -> None:
    point = point_of(served(32, seed), 32)
    assert point.refused == ()
    assert point.offered_per_second == pytest.approx(32, rel=0.1)
    assert point.achieved_per_second == pytest.approx(point.offered_per_second, rel=0.02)
    assert point.mean_in_flight == pytest.approx(point.offered_per_second * 0.1, abs=3)
    assert 0.1 <= point.p50.low <= point.p50.seconds <= point.p50.high
    assert point.p50.seconds <= point.p95.seconds <= point.p99.seconds


@pytest.mark.parametrize("seed", range(5))
def test_a_server_that_does_not_keep_up_is_refused_for_its_growing_queue(seed: int) -> None:
    reasons = "; ".join(point_of(served(52, seed), 52).refused)
    assert "kept growing" in reasons
    assert "achieved only" in reasons


def test_requests_of_warm_up_and_tail_are_not_in_the_figures() -> None:
    scheduled = np.arange(0, 45, 0.1)
    latency = np.where((scheduled >= 5) & (scheduled < 35), 0.2, 9.0)
    point = point_of(requests(scheduled, latency), 10)
    assert point.requests == 300
    assert point.p99.seconds == 0.2


def test_more_than_one_error_in_a_thousand_is_refused_with_the_first_reason() -> None:
    run = served(32)
    errors = tuple("HTTP 503: dropped" if number % 100 == 50 else None for number in range(len(run)))
    point = point_of(requests(run.scheduled, run.latency, errors), 32)
    assert any("requests failed (HTTP 503: dropped)" in reason for reason in point.refused)
    assert point.failed == pytest.approx(0.01 * point.requests, abs=2)


def test_a_failed_request_counts_as_having_taken_as_long_as_one_may() -> None:
    scheduled = np.arange(0, 45, 0.1)
    errors = tuple("HTTP 500" if number % 20 == 0 else None for number in range(len(scheduled)))
    point = point_of(requests(scheduled, np.full(len(scheduled), 0.01), errors), 10)
    assert point.p50.seconds == 0.01
    assert point.p99.seconds == 60.0


def test_a_client_that_can_not_issue_twice_the_rate_is_refused() -> None:
    assert any("less than twice" in reason for reason in point_of(served(32), 32, client_ceiling=63).refused)
    assert not point_of(served(32), 32, client_ceiling=65).refused


def test_a_run_without_requests_in_its_window_is_no_point() -> None:
    run = requests(np.array([0.0, 40.0]), np.array([0.1, 0.1]))
    assert assess(run, WINDOW, rate=1, run=0, client_ceiling=100, timeout_seconds=60) is None
    assert len(in_window(run, WINDOW, timeout_seconds=60).scheduled) == 0


def test_the_number_in_flight_is_that_of_the_requests_due_and_not_ended() -> None:
    run = requests(np.array([0.0, 1.0, 2.0]), np.array([10.0, 0.5, 8.0]))
    in_flight = numbers_in_flight(run, Window(0.0, 20.0))
    assert in_flight[[0, 12, 17, 25, 95, 110]].tolist() == [1, 2, 1, 2, 2, 0]


def test_a_number_in_flight_that_fluctuates_or_falls_does_not_grow() -> None:
    random = np.random.default_rng(0)
    assert not keeps_growing(np.full(200, 4))
    assert not keeps_growing(np.linspace(40, 10, 200))
    assert sum(keeps_growing(random.poisson(8, 200)) for _ in range(200)) <= 6
    assert keeps_growing(np.linspace(10, 40, 200) + random.poisson(3, 200))


def test_a_point_meets_a_level_if_it_is_a_measurement_within_its_limits() -> None:
    point = point_of(served(20), 20)
    assert point.meets(ServiceLevel(name="loose", p99_seconds=1.0))
    assert "p50" in point.failure(ServiceLevel(name="tight", p50_seconds=0.05))
    refused = point.model_copy(update={"refused": ("3 of 100 requests failed",)})
    assert refused.failure(ServiceLevel(name="loose", p99_seconds=1.0)) == "3 of 100 requests failed"


def test_a_level_that_promises_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="promises nothing"):
        ServiceLevel(name="empty")
