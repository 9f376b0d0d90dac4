"""Thinning a curve for drawing loses no spike entirely and invents nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.reports.thinning import thinned

losses = st.lists(st.floats(min_value=0, max_value=1e3), max_size=400)


@given(losses, st.integers(min_value=1, max_value=60))
def test_a_thinned_curve_is_short_enough_in_order_and_within_the_range_of_the_curve(
    values: list[float], at_most: int
) -> None:
    curve = [(float(step), value) for step, value in enumerate(values)]

    thin = thinned(curve, at_most=at_most)

    assert len(thin) == min(at_most, len(curve))
    assert [x for x, _ in thin] == sorted(x for x, _ in thin)
    assert all(min(values) - 1e-9 <= y <= max(values) + 1e-9 for _, y in thin)


@given(losses)
def test_a_curve_that_is_short_enough_stays_as_it_is(values: list[float]) -> None:
    curve = [(float(step), value) for step, value in enumerate(values)]

    assert thinned(curve, at_most=400) == curve


def test_every_point_enters_exactly_one_bin() -> None:
    spike = [(float(step), 70.0 if step == 33 else 0.0) for step in range(70)]

    thin = thinned(spike, at_most=7)

    assert sum(y for _, y in thin) == pytest.approx(7.0)
