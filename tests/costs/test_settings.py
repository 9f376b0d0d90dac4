"""What a profile may say about costs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from distil_dagster.costs.settings import CostSettings, Traffic
from distil_dagster.profile import load_profile


def test_a_traffic_may_be_said_by_the_month_or_by_the_second() -> None:
    assert Traffic(requests_per_month=5e6).monthly == 5e6
    assert Traffic(requests_per_second=2).monthly == pytest.approx(2 * 730 * 3600)


@pytest.mark.parametrize("said", [{}, {"requests_per_month": 1, "requests_per_second": 1}, {"requests_per_month": 0}])
def test_a_traffic_is_said_once_and_is_more_than_nothing(said: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Traffic.model_validate(said)


def test_an_hour_costs_something() -> None:
    with pytest.raises(ValidationError, match="dollars_per_hour"):
        CostSettings(dollars_per_hour=(2.4, 0.0))


def test_the_h100_is_compared_at_the_references_price_and_reckoned_at_others() -> None:
    profile = load_profile("h100")

    assert profile.device.dollars_per_hour == 2.40
    assert profile.costs.dollars_per_hour == (2.00, 2.40, 3.00, 5.00)
