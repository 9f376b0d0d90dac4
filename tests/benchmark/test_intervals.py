"""Wilson's interval: against a published example, and where the naive one fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.benchmark.intervals import wilson_interval


def test_a_worked_example_of_the_literature() -> None:
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3: 81 of 263.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(trials=st.integers(1, 400), data=st.data())
def test_an_interval_lies_in_0_to_1_around_its_share_and_has_a_width(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    assert high - low > 0


@given(trials=st.integers(1, 400), data=st.data())
def test_failures_have_the_mirrored_interval(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson_interval(successes, trials)
    assert wilson_interval(trials - successes, trials) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_no_trial_has_no_interval() -> None:
    with pytest.raises(ValueError, match=r"."):
        wilson_interval(0, 0)
