"""The interval of a clustered mean: where it must agree with Wilson's, and how often it holds the truth."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.benchmark.statistics import Interval, clustered_interval

binary_rows = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from("abcdefgh")), min_size=1, max_size=40)
partial_rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.sampled_from("abcdefgh")), min_size=1, max_size=40
)


def interval_of(rows: Sequence[tuple[float, str]]) -> Interval:
    return clustered_interval([outcome for outcome, _ in rows], [cluster for _, cluster in rows], resamples=200)


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


class TestAnyRows:
    @settings(max_examples=60, deadline=None)
    @given(binary_rows | partial_rows)
    def test_it_lies_in_0_to_1_around_the_mean_and_has_a_width(self, rows: list[tuple[float, str]]) -> None:
        low, high = interval_of(rows)
        mean = sum(outcome for outcome, _ in rows) / len(rows)
        assert 0 <= low <= mean + 1e-12
        assert mean - 1e-12 <= high <= 1
        assert high - low > 1e-9

    @settings(max_examples=60, deadline=None)
    @given(binary_rows | partial_rows, st.randoms(use_true_random=False))
    def test_the_order_of_rows_changes_nothing(self, rows: list[tuple[float, str]], shuffler: random.Random) -> None:
        shuffled = list(rows)
        shuffler.shuffle(shuffled)
        assert interval_of(shuffled) == pytest.approx(interval_of(rows), abs=1e-12)

    @settings(max_examples=60, deadline=None)
    @given(binary_rows)
    def test_it_is_nowhere_narrower_than_wilsons_over_rows(self, rows: list[tuple[float, str]]) -> None:
        low, high = interval_of(rows)
        wilson_low, wilson_high = wilson_interval(int(sum(outcome for outcome, _ in rows)), len(rows))
        assert low <= wilson_low + 1e-12
        assert high >= wilson_high - 1e-12

    def test_the_seed_decides_the_resamples(self) -> None:
        generator = np.random.default_rng(5)
        outcomes, clusters = list(generator.random(60)), [f"c{row // 3}" for row in range(60)]
        first = clustered_interval(outcomes, clusters, seed=1)
        assert clustered_interval(outcomes, clusters, seed=1) == first
        assert clustered_interval(outcomes, clusters, seed=2) != first

    def test_more_confidence_is_wider(self) -> None:
        outcomes, clusters = [1, 1, 0, 1, 0, 0, 1, 1] * 5, [f"c{row // 4}" for row in range(40)]
        assert width(clustered_interval(outcomes, clusters, confidence=0.99)) > width(
            clustered_interval(outcomes, clusters, confidence=0.9)
        )


class TestWhereItIsWilsons:
    def test_single_rows_are_not_clustered(self) -> None:
        outcomes = [1.0] * 81 + [0.0] * 182
        clusters = [str(row) for row in range(263)]
        assert clustered_interval(outcomes, clusters) == pytest.approx(wilson_interval(81, 263), abs=1e-12)

    @pytest.mark.parametrize("outcome", [0.0, 1.0])
    def test_equal_outcomes_count_clusters_instead_of_rows(self, outcome: float) -> None:
        interval = clustered_interval([outcome] * 150, [f"c{row // 3}" for row in range(150)])
        assert interval == pytest.approx(wilson_interval(int(50 * outcome), 50), abs=1e-12)

    def test_one_cluster_is_one_trial(self) -> None:
        assert clustered_interval([1.0] * 100, ["only"] * 100) == pytest.approx(wilson_interval(1, 1), abs=1e-12)
        assert width(clustered_interval([1.0, 0.0] * 50, ["only"] * 100)) > 0.8

    def test_clusters_of_the_same_mean_count_as_trials_with_that_share(self) -> None:
        interval = clustered_interval([0.75, 0.25] * 20, [f"c{row // 2}" for row in range(40)])
        assert interval == pytest.approx(wilson_interval(10, 20), abs=1e-12)


class TestCoverage:
    def test_it_holds_the_truth_where_wilson_over_rows_mostly_does_not(self) -> None:
        # 40 conversations of 8 turns, each all right or all wrong: as many independent facts as conversations.
        generator = np.random.default_rng(11)
        clusters = [f"c{row // 8:02}" for row in range(320)]
        held = held_by_rows = 0
        for _ in range(300):
            conversations = generator.random(40) < 0.8
            outcomes = np.repeat(conversations, 8).astype(float)
            low, high = clustered_interval(list(outcomes), clusters, resamples=1000)
            held += low <= 0.8 <= high
            row_low, row_high = wilson_interval(int(outcomes.sum()), 320)
            held_by_rows += row_low <= 0.8 <= row_high
        assert 270 <= held <= 298
        assert held_by_rows <= 200

    def test_it_holds_the_mean_of_partial_scores(self) -> None:
        generator = np.random.default_rng(12)
        clusters = [f"c{row // 4:02}" for row in range(200)]
        held = 0
        for _ in range(300):
            levels = np.repeat(generator.random(50), 4)
            low, high = clustered_interval(list((levels + generator.random(200)) / 2), clusters, resamples=1000)
            held += low <= 0.5 <= high
        assert 270 <= held <= 298


class TestErrors:
    def test_no_rows(self) -> None:
        with pytest.raises(ValueError, match="no rows"):
            clustered_interval([], [])

    def test_not_as_many_clusters_as_outcomes(self) -> None:
        with pytest.raises(ValueError, match="2 outcomes have 1 clusters"):
            clustered_interval([1, 0], ["a"])

    @pytest.mark.parametrize("outcome", [-0.1, 1.1, float("nan")])
    def test_an_outcome_outside_0_to_1(self, outcome: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            clustered_interval([1, outcome], ["a", "b"])
