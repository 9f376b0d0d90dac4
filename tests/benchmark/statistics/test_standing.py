"""Holm's correction and the leaderboard's word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.benchmark.statistics import Adjusted, holm, paired_comparison, standing

p_values = st.dictionaries(st.text(), st.floats(0, 1), max_size=12)


class TestHolm:
    def test_by_hand(self) -> None:
        # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1; an adjusted value is never below an earlier one.
        adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
        assert {name: entry.p_value for name, entry in adjusted.items()} == pytest.approx(
            {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
        )
        assert [name for name, entry in adjusted.items() if entry.significant] == ["a", "d"]

    @settings(max_examples=25, deadline=None)
    @given(p_values)
    def test_it_never_lowers_a_p_value_nor_changes_their_order(self, raw: dict[str, float]) -> None:
        adjusted = holm(raw)
        assert list(adjusted) == list(raw)
        for name, entry in adjusted.items():
            assert raw[name] - 1e-12 <= entry.p_value <= 1
        ranked = sorted(raw, key=lambda name: raw[name])
        assert all(adjusted[a].p_value <= adjusted[b].p_value for a, b in pairwise(ranked))

    @pytest.mark.parametrize("p_value", [0.0, 0.04, 1.0])
    def test_a_single_comparison_pays_nothing(self, p_value: float) -> None:
        assert holm({"only": p_value})["only"].p_value == pytest.approx(p_value)

    def test_alpha_is_the_chance_of_any_false_alarm(self) -> None:
        assert not holm({"a": 0.02, "b": 0.9}, alpha=0.03)["a"].significant
        assert holm({"a": 0.02, "b": 0.9}, alpha=0.05)["a"].significant

    @pytest.mark.parametrize("p_value", [-0.1, 1.1, float("nan")])
    def test_what_is_no_p_value_is_named(self, p_value: float) -> None:
        with pytest.raises(ValueError, match="smart_home has a p value of"):
            holm({"smart_home": p_value})


class TestStanding:
    @pytest.mark.parametrize(
        ("first", "significant", "word"),
        [(1, True, "ahead"), (0, True, "behind"), (1, False, "not distinguishable"), (0, False, "not distinguishable")],
    )
    def test_the_word_is_a_direction_only_if_significant(self, first: float, significant: bool, word: str) -> None:
        rows = [str(row) for row in range(9)]
        comparison = paired_comparison(dict.fromkeys(rows, first), dict.fromkeys(rows, 1 - first))
        assert standing(comparison, Adjusted(0.5, significant)) == word
