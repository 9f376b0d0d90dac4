"""Paired comparisons: against published examples, and as relations between comparisons."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.benchmark.statistics import PairedComparison, paired_comparison

Rows = Sequence[tuple[float, float, str]]

binary = st.sampled_from([0.0, 1.0])
partial = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
cluster = st.sampled_from("abcdefghij")
binary_rows = st.lists(st.tuples(binary, binary, cluster), min_size=1, max_size=40)
partial_rows = st.lists(st.tuples(partial, partial, cluster), min_size=1, max_size=20)


def compare(rows: Rows, *, clustered: bool = True) -> PairedComparison:
    return paired_comparison(
        {f"r{number:03}": first for number, (first, _, _) in enumerate(rows)},
        {f"r{number:03}": second for number, (_, second, _) in enumerate(rows)},
        {f"r{number:03}": name for number, (_, _, name) in enumerate(rows)} if clustered else None,
    )


def table(both_right: int, only_first: int, only_second: int, both_wrong: int) -> Rows:
    return (
        [(1, 1, "x")] * both_right
        + [(1, 0, "x")] * only_first
        + [(0, 1, "x")] * only_second
        + [(0, 0, "x")] * both_wrong
    )


def numbers(comparison: PairedComparison) -> tuple[float, float, float, float]:
    return comparison.difference, comparison.low, comparison.high, comparison.p_value


class TestPublishedExamples:
    def test_airway_reactivity_before_and_after_a_transplantation(self) -> None:
        # Fagerland, Lydersen & Laake 2014, "Recommended tests and confidence intervals for paired binomial
        # proportions", Statistics in Medicine 33, table II.
        comparison = compare(table(1, 1, 7, 12), clustered=False)
        assert comparison.difference == pytest.approx(-6 / 21)
        assert (comparison.low, comparison.high) == pytest.approx((-0.517, -0.026), abs=5e-4)
        assert comparison.p_value == pytest.approx(0.0703, abs=5e-5)

    def test_a_crossover_study_of_agresti_and_min(self) -> None:
        # Agresti & Min 2005, "Simple improved confidence intervals for comparing matched proportions", ibid. 24.
        comparison = compare(table(53, 16, 8, 9), clustered=False)
        assert (comparison.low, comparison.high) == pytest.approx((-0.020, 0.207), abs=5e-4)

    @pytest.mark.parametrize(
        ("only_first", "only_second", "p_value"),
        [(5, 0, 2 / 2**5), (6, 0, 2 / 2**6), (9, 1, 22 / 2**10), (3, 3, 1.0), (0, 0, 1.0)],
    )
    def test_mcnemars_exact_p_is_twice_the_tail_of_coin_tosses(
        self, only_first: int, only_second: int, p_value: float
    ) -> None:
        assert compare(table(10, only_first, only_second, 2), clustered=False).p_value == pytest.approx(p_value)

    def test_no_discordant_row_has_the_score_interval_of_zero(self) -> None:
        # With no discordant pair Tango's limits are z^2 / (n + z^2) on both sides.
        comparison = compare(table(30, 0, 0, 20), clustered=False)
        limit = 1.959964**2 / (50 + 1.959964**2)
        assert (comparison.low, comparison.high) == pytest.approx((-limit, limit), abs=1e-6)


class TestAnyRows:
    @given(binary_rows, st.booleans())
    def test_the_table_counts_every_row(self, rows: Rows, clustered: bool) -> None:
        comparison = compare(rows, clustered=clustered)
        counts = (comparison.both_right, comparison.only_first, comparison.only_second, comparison.both_wrong)
        assert counts == tuple(
            sum(row[:2] == kind for row in rows) for kind in [(1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)]
        )
        assert comparison.n == len(rows) == sum(counts)
        assert comparison.difference == pytest.approx((comparison.only_first - comparison.only_second) / len(rows))

    @settings(deadline=None)
    @given(binary_rows | partial_rows, st.booleans())
    def test_the_interval_surrounds_the_difference(self, rows: Rows, clustered: bool) -> None:
        difference, low, high, p_value = numbers(compare(rows, clustered=clustered))
        assert -1 <= low <= difference + 1e-9
        assert difference - 1e-9 <= high <= 1
        assert high - low > 1e-9
        assert 0 < p_value <= 1

    @settings(deadline=None)
    @given(binary_rows | partial_rows, st.booleans())
    def test_swapping_the_runs_mirrors_the_comparison(self, rows: Rows, clustered: bool) -> None:
        forth = compare(rows, clustered=clustered)
        back = compare([(second, first, name) for first, second, name in rows], clustered=clustered)
        assert numbers(back) == pytest.approx((-forth.difference, -forth.high, -forth.low, forth.p_value), abs=1e-8)
        assert (back.only_first, back.only_second) == (forth.only_second, forth.only_first)

    @settings(deadline=None)
    @given(binary_rows | partial_rows, st.randoms(use_true_random=False))
    def test_the_order_of_rows_changes_nothing(self, rows: Rows, shuffler: random.Random) -> None:
        shuffled = list(rows)
        shuffler.shuffle(shuffled)
        assert numbers(compare(shuffled)) == pytest.approx(numbers(compare(rows)), abs=1e-9)

    @given(binary_rows)
    def test_flipping_the_signs_of_single_rows_is_mcnemars_test(self, rows: Rows) -> None:
        # A pair of rows that tie makes a cluster of two, so the rows take the way of clusters without another p.
        single = [(first, second, f"c{number}") for number, (first, second, _) in enumerate(rows)]
        clustered = compare([*single, (1, 1, "tie"), (1, 1, "tie")])
        assert "sign-flip" in clustered.method
        assert clustered.p_value == pytest.approx(compare(single, clustered=False).p_value)

    @settings(deadline=None)
    @given(partial_rows)
    def test_exact_flips_of_partial_scores_agree_with_those_of_whole_ones(self, rows: Rows) -> None:
        whole = [(float(first == 1), float(second == 1), name) for first, second, name in rows]
        halved = [(first / 2, second / 2, name) for first, second, name in whole]
        if any(first or second for first, second, _ in whole):
            assert compare(halved).p_value == pytest.approx(compare([*whole, (1, 1, "z"), (1, 1, "z")]).p_value)


class TestClusters:
    def test_rows_that_only_repeat_their_cluster_add_nothing(self) -> None:
        conversations = [(1, 0)] * 7 + [(0, 1)] * 1 + [(1, 1)] * 22
        rows: Rows = [(*pair, f"c{number:02}") for number, pair in enumerate(conversations)]
        single, repeated = compare(rows), compare([row for row in rows for _ in range(6)])
        assert repeated.p_value == pytest.approx(single.p_value)
        assert repeated.high - repeated.low >= single.high - single.low
        assert repeated.low == pytest.approx(single.low, abs=0.01)

    def test_a_lead_in_four_clusters_is_not_significant_however_many_rows_they_hold(self) -> None:
        rows: Rows = [(1, 0, f"won{row // 5}") for row in range(20)] + [(1, 1, f"tie{row // 5}") for row in range(200)]
        comparison = compare(rows)
        assert comparison.p_value == pytest.approx(2 / 2**4)
        assert comparison.low < 0.005
        assert compare(rows, clustered=False).p_value < 1e-5

    @pytest.mark.parametrize("scores", [(1, 0), (0.75, 0.25)])
    def test_one_cluster_proves_nothing(self, scores: tuple[float, float]) -> None:
        comparison = compare([(*scores, "only")] * 50)
        assert comparison.p_value == 1
        assert comparison.low < 0 < comparison.high

    def test_intervals_hold_the_true_difference_where_tango_over_rows_mostly_does_not(self) -> None:
        generator = np.random.default_rng(3)
        held = held_by_rows = false_alarms = 0
        for _ in range(300):
            kinds = generator.choice(3, p=[0.1, 0.1, 0.8], size=40)  # whole conversations of 6 turns
            rows: Rows = [((1, 0), (0, 1), (1, 1))[kind] + (f"c{n:02}",) for n, kind in enumerate(kinds)]
            repeated = [row for row in rows for _ in range(6)]
            comparison, over_rows = compare(repeated), compare(repeated, clustered=False)
            held += comparison.low <= 0 <= comparison.high
            held_by_rows += over_rows.low <= 0 <= over_rows.high
            false_alarms += comparison.p_value < 0.05
        assert 273 <= held <= 299
        assert held_by_rows <= 200
        assert false_alarms <= 20


class TestPartialScores:
    def test_a_partial_score_is_not_right(self) -> None:
        comparison = compare([(0.75, 1, "a"), (0.5, 0.25, "b"), (1, 1, "c")])
        counts = (comparison.both_right, comparison.only_first, comparison.only_second, comparison.both_wrong)
        assert counts == (1, 0, 1, 1)
        assert comparison.difference == 0

    def test_few_clusters_are_flipped_in_all_ways(self) -> None:
        comparison = compare([(0.75, 0.25, f"c{number}") for number in range(6)])
        assert comparison.p_value == pytest.approx(2 / 2**6)
        assert "(exact)" in comparison.method

    def test_many_clusters_are_flipped_at_random(self) -> None:
        comparison = compare([(0.75, 0.25, f"c{number}") for number in range(40)])
        assert comparison.p_value < 0.001
        assert "random flips" in comparison.method


class TestErrors:
    def test_rows_missing_on_a_side_are_named(self) -> None:
        with pytest.raises(ValueError, match=r"the second run has no outcome for a, c$"):
            paired_comparison({"a": 1, "b": 1, "c": 0}, {"b": 1})
        with pytest.raises(ValueError, match=r"the first run has no outcome for d$"):
            paired_comparison({"b": 1}, {"b": 1, "d": 1})

    def test_of_many_missing_rows_some_are_named(self) -> None:
        with pytest.raises(ValueError, match=r"for r0, r1, r2, r3, r4 and 3 more$"):
            paired_comparison({f"r{number}": 1 for number in range(9)}, {"r8": 1})

    def test_a_row_without_a_cluster_is_named(self) -> None:
        with pytest.raises(ValueError, match="no cluster for b"):
            paired_comparison({"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": "x"})

    def test_no_rows(self) -> None:
        with pytest.raises(ValueError, match="no rows"):
            paired_comparison({}, {})

    def test_an_outcome_outside_0_to_1(self) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            paired_comparison({"a": 2}, {"a": 1})
