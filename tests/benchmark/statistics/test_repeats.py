"""Spread between seeds, apart from the spread between test rows."""

from __future__ import annotations

import pytest

from distil_dagster.benchmark.statistics import between_seeds, clustered_interval, repeat_summary


class TestRepeatSummary:
    def test_the_standard_deviation_is_that_of_a_sample(self) -> None:
        summary = repeat_summary([0.90, 0.92, 0.94])
        assert summary.mean == pytest.approx(0.92)
        assert summary.standard_deviation == pytest.approx(0.02)
        assert summary.values == (0.90, 0.92, 0.94)

    def test_the_spread_of_a_single_repetition_is_unknown(self) -> None:
        assert repeat_summary([0.9]).standard_deviation is None

    def test_equal_repetitions_have_no_spread(self) -> None:
        assert repeat_summary([0.9, 0.9]).standard_deviation == 0

    def test_no_repetition(self) -> None:
        with pytest.raises(ValueError, match="no repetitions"):
            repeat_summary([])


class TestBetweenSeeds:
    def test_seeds_that_agree_in_their_mean_but_not_on_rows_spread_only_over_rows(self) -> None:
        spread = between_seeds({"1": {"a": 1, "b": 1, "c": 0, "d": 0}, "2": {"a": 1, "b": 0, "c": 1, "d": 0}}, seed=4)
        assert spread.seeds.values == (0.5, 0.5)
        assert spread.seeds.standard_deviation == 0
        assert spread.items == clustered_interval([1, 0.5, 0.5, 0], ["a", "b", "c", "d"], seed=4)

    def test_seeds_may_differ_where_rows_do_not(self) -> None:
        rows = [str(row) for row in range(8)]
        spread = between_seeds({"1": dict.fromkeys(rows, 1.0), "2": dict.fromkeys(rows, 0.5)})
        assert spread.seeds.standard_deviation == pytest.approx(0.5 / 2**0.5)

    def test_rows_of_a_cluster_are_not_independent(self) -> None:
        run = {str(row): float(row // 6 % 3 > 0) for row in range(60)}
        alone = between_seeds({"1": run}).items
        together = between_seeds({"1": run}, {row: str(int(row) // 6) for row in run}).items
        assert together.high - together.low > 1.5 * (alone.high - alone.low)

    def test_a_seed_that_lacks_a_row_is_named(self) -> None:
        with pytest.raises(ValueError, match="seed 2 has no outcome for b"):
            between_seeds({"seed 1": {"a": 1, "b": 0}, "seed 2": {"a": 1}})

    def test_no_run(self) -> None:
        with pytest.raises(ValueError, match="no repetitions"):
            between_seeds({})
