"""What it cost to make a student."""

from __future__ import annotations

import pytest

from distil_dagster.costs.making import (
    Making,
    MakingStep,
    cost_of_making,
    device_dollars,
    making_dollars_per_million,
)


def step(device_seconds: float | None, api_dollars: float | None) -> MakingStep:
    return MakingStep(
        student="qwen3-4b",
        stage="training",
        asset="lora_adapter",
        partition="qwen3-4b|text2sql",
        fingerprint="abcd",
        device_seconds=device_seconds,
        device_dollars=None if device_seconds is None else device_dollars(device_seconds, dollars_per_hour=2.40),
        api_dollars=api_dollars,
    )


def test_device_time_and_api_money_add_up() -> None:
    making = cost_of_making([step(3600, 0.0), step(1800, 0.0), step(0, 4.5)])

    assert making.dollars == pytest.approx(2.40 + 1.20 + 4.5)
    assert making.is_complete


@pytest.mark.parametrize("unrecorded", [step(None, 0.0), step(60, None)])
def test_what_was_not_recorded_makes_the_sum_a_lower_bound(unrecorded: MakingStep) -> None:
    making = cost_of_making([step(3600, 0.0), unrecorded])

    assert making.dollars >= 2.40
    assert not making.is_complete


def test_it_is_spread_over_the_requests_of_the_models_life() -> None:
    assert making_dollars_per_million(Making(120.0, is_complete=True), requests=12e6) == pytest.approx(10)


def test_it_cannot_be_spread_over_nothing() -> None:
    with pytest.raises(ValueError, match="more than 0 requests"):
        making_dollars_per_million(Making(120.0, is_complete=True), requests=0)
