from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.sampling import drawn_rows

TURNS = st.lists(st.integers(1, 5), max_size=30)


@given(TURNS, st.integers(0, 150), st.integers())
def test_the_rows_drawn_hold_as_many_turns_as_fit_and_no_more(turns: list[int], most: int, seed: int) -> None:
    drawn = drawn_rows(turns, most, Random(seed))
    total = sum(turns[position] for position in drawn)
    assert total <= most
    assert drawn == sorted(set(drawn))
    if len(drawn) < len(turns):
        assert total > most - max(turns)


@given(TURNS)
def test_all_rows_are_taken_where_there_is_no_limit(turns: list[int]) -> None:
    assert drawn_rows(turns, None, Random(0)) == list(range(len(turns)))


def test_the_draw_follows_from_the_seed_alone() -> None:
    turns = [2] * 40
    assert drawn_rows(turns, 20, Random("a")) == drawn_rows(turns, 20, Random("a"))
    assert drawn_rows(turns, 20, Random("a")) != drawn_rows(turns, 20, Random("b"))


def test_groups_come_in_the_ratio_of_the_roots_of_their_sizes() -> None:
    groups = ["large"] * 900 + ["small"] * 100
    drawn = drawn_rows([1] * len(groups), 80, Random(0), groupings=[groups])
    assert Counter(groups[position] for position in drawn) == {"large": 60, "small": 20}


def test_so_do_the_finer_groups_within_each() -> None:
    fine = ["a1"] * 400 + ["a2"] * 100 + ["b"] * 500
    coarse = [name[0] for name in fine]
    drawn = drawn_rows([1] * len(fine), 60, Random(0), groupings=[fine, coarse])
    assert Counter(fine[position] for position in drawn) == {"a1": 20, "a2": 10, "b": 30}


def test_a_group_that_is_used_up_leaves_its_place_to_the_others() -> None:
    groups = ["large"] * 50 + ["small"] * 2
    assert len(drawn_rows([1] * len(groups), 45, Random(0), groupings=[groups])) == 45
