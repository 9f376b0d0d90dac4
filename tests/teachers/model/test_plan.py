"""Calls are dealt evenly to cells, the same way each time, and the plan says what that comes to."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.settings import SynthgenSettings
from distil_dagster.teachers.model.mutators import combinations, in_words
from distil_dagster.teachers.model.plan import Design, MostSpent, deal, described

DESIGNS = [Design("red", "is red", (0, 1)), Design("green", "is green", (2,)), Design("blue", "is blue")]
MOST = MostSpent(requests=9, input_tokens=900, output_tokens=90, dollars=1.5, budget_dollars=1.0, budget_tokens=None)


class TestMutators:
    def test_the_published_default_is_complexity_in_five_levels(self) -> None:
        assert combinations(SynthgenSettings()) == tuple(
            (("complexity", level),) for level in ("trivial", "simple", "medium", "complex", "highly complex")
        )

    def test_one_list_of_topics_is_one_dimension(self) -> None:
        settings = SynthgenSettings(basic_mutators_to_use=("length",), mutation_topics=("cats", "dogs"))
        found = combinations(settings)
        assert len(found) == 6
        assert (("length", "short"), ("topic", "dogs")) in found

    def test_independent_lists_are_crossed(self) -> None:
        settings = SynthgenSettings(
            basic_mutators_to_use=(), mutation_topics=(("cats", "dogs"), ("home", "zoo", "farm"))
        )
        assert len(combinations(settings)) == 6

    def test_without_any_there_is_one_empty_combination_of_which_nothing_is_said(self) -> None:
        assert combinations(SynthgenSettings(basic_mutators_to_use=())) == ((),)
        assert in_words(()) == ""


class TestDeal:
    @given(st.integers(1, 200), st.integers(0, 3))
    def test_every_design_gets_its_share_of_the_calls(self, calls: int, seed: int) -> None:
        orders = deal(DESIGNS, combinations(SynthgenSettings()), calls=calls, rows_per_call=4, seed=str(seed))
        counts = Counter(order.cell.design.name for order in orders)
        assert len(orders) == calls
        assert max(counts.values()) - min(counts[design.name] for design in DESIGNS) <= 1

    def test_cells_are_filled_evenly(self) -> None:
        orders = deal(DESIGNS, combinations(SynthgenSettings()), calls=30, rows_per_call=4, seed="1")
        assert set(Counter(order.cell for order in orders).values()) == {2}

    def test_weights_decide_shares(self) -> None:
        orders = deal(DESIGNS, ((),), calls=40, rows_per_call=1, seed="1", weights={"red": 3, "green": 1})
        assert Counter(order.cell.design.name for order in orders) == {"red": 30, "green": 10}

    def test_no_weight_at_all_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="no design has a weight"):
            deal(DESIGNS, ((),), calls=4, rows_per_call=1, seed="1", weights={})

    def test_equal_seeds_give_equal_orders_and_others_others(self) -> None:
        first, again, other = (
            deal(DESIGNS, combinations(SynthgenSettings()), calls=30, rows_per_call=4, seed=seed) for seed in "aab"
        )
        assert first == again != other

    def test_the_beginning_looks_like_the_whole(self) -> None:
        orders = deal(DESIGNS, combinations(SynthgenSettings()), calls=300, rows_per_call=4, seed="1")
        assert set(Counter(order.cell.design.name for order in orders[:16])) == {"red", "green", "blue"}


class TestPlan:
    def test_it_says_cells_rows_and_cost(self) -> None:
        mutators = combinations(SynthgenSettings())
        orders = deal(DESIGNS, mutators, calls=30, rows_per_call=4, seed="1")
        plan = described(orders, DESIGNS, mutators, target=120, most_calls=60, most=MOST)
        assert (plan.cells, plan.empty_cells, plan.fewest_rows, plan.most_rows) == (15, 0, 8, 8)
        assert plan.designs == {"red": 40, "green": 40, "blue": 40}
        assert "30 calls, 60 at most" in str(plan)
        assert "$1.50; the budget stops at $1.00" in str(plan)

    def test_more_cells_than_calls_leave_cells_empty_and_that_is_said(self) -> None:
        mutators = combinations(SynthgenSettings())
        orders = deal(DESIGNS, mutators, calls=6, rows_per_call=4, seed="1")
        plan = described(orders, DESIGNS, mutators, target=24, most_calls=12, most=MOST)
        assert (plan.empty_cells, plan.fewest_rows) == (9, 0)
        assert "9 of them none: more cells than calls" in str(plan)
