"""Percentiles and their intervals, against what is known of simulated latencies."""

from __future__ import annotations

import numpy as np
import pytest

from distil_dagster.serving.load.percentiles import bootstrapped, interval, percentiles


def test_a_percentile_is_a_latency_that_was_measured() -> None:
    latencies = np.arange(1, 101) / 10
    np.random.default_rng(0).shuffle(latencies)
    assert percentiles(latencies, (0.5, 0.95, 0.99)).tolist() == [5.0, 9.5, 9.9]
    assert percentiles(np.array([3.0]), (0.99,)).tolist() == [3.0]


def test_the_bootstrap_centres_on_the_percentile() -> None:
    random = np.random.default_rng(1)
    scheduled, latencies = np.sort(random.uniform(0, 100, 5_000)), random.exponential(1.0, 5_000)
    low, high = interval(bootstrapped(scheduled, latencies, (0.95,))[:, 0])
    assert low < percentiles(latencies, (0.95,))[0] < high


def test_a_percentile_of_independent_latencies_lies_in_its_interval_about_as_often_as_said() -> None:
    truth = -np.log(0.05)
    covered = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        scheduled, latencies = np.sort(random.uniform(0, 60, 1_200)), random.exponential(1.0, 1_200)
        low, high = interval(bootstrapped(scheduled, latencies, (0.95,))[:, 0])
        covered += low <= truth <= high
    assert covered >= 51


def test_requests_that_wait_together_make_the_interval_wider() -> None:
    random = np.random.default_rng(2)
    scheduled = np.sort(random.uniform(0, 100, 5_000))
    of_seconds = random.exponential(1.0, 100)[np.floor(scheduled).astype(int)]
    independent = random.permutation(of_seconds)
    together, apart = (
        np.ptp(interval(bootstrapped(scheduled, latencies, (0.95,))[:, 0])) for latencies in (of_seconds, independent)
    )
    assert together > 3 * apart


def test_all_shares_are_taken_of_the_same_draw() -> None:
    random = np.random.default_rng(3)
    replicates = bootstrapped(np.sort(random.uniform(0, 30, 600)), random.exponential(1.0, 600), (0.5, 0.95, 0.99))
    assert (np.diff(replicates, axis=1) >= 0).all()
    assert replicates[:, 0].mean() == pytest.approx(np.log(2), rel=0.1)
