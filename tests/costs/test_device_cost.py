"""What a device costs per million requests."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.costs.device_cost import (
    HOURS_PER_MONTH,
    load_of_traffic,
    monthly_dollars,
    requests_of_life,
    self_hosted_dollars_per_million,
)
from tests.costs.priced import H100_DOLLARS_PER_HOUR

dollars = st.floats(min_value=0.01, max_value=1e3)
rates = st.floats(min_value=0.01, max_value=1e5)
shares = st.floats(min_value=0.01, max_value=1.0)
traffic = st.floats(min_value=1, max_value=1e12)


@pytest.mark.parametrize(("utilisation", "expected"), [(1.0, 3.003), (0.7, 4.290), (0.3, 10.010)])
def test_an_h100_at_222_requests_per_second_costs_what_the_benchmark_says(utilisation: float, expected: float) -> None:
    cost = self_hosted_dollars_per_million(
        dollars_per_hour=H100_DOLLARS_PER_HOUR, requests_per_second=222, utilisation=utilisation
    )

    assert cost == pytest.approx(expected, abs=0.0005)


@given(dollars, rates, shares, st.floats(min_value=1.01, max_value=10))
def test_a_device_costs_less_per_request_the_more_it_serves_and_more_the_dearer_it_is(
    hourly: float, rate: float, share: float, factor: float
) -> None:
    def costs(hourly: float, rate: float, share: float) -> float:
        return self_hosted_dollars_per_million(dollars_per_hour=hourly, requests_per_second=rate, utilisation=share)

    cost = costs(hourly, rate, share)
    assert costs(hourly * factor, rate, share) == pytest.approx(cost * factor)
    assert costs(hourly, rate * factor, share) == pytest.approx(cost / factor)
    assert costs(hourly, rate, share / factor) == pytest.approx(cost * factor)


@pytest.mark.parametrize(
    ("hourly", "rate", "share"), [(0, 1, 1), (2.4, 0, 1), (2.4, 1, 0), (2.4, 1, 1.01), (2.4, float("nan"), 1)]
)
def test_a_rate_that_no_served_student_can_have_is_refused(hourly: float, rate: float, share: float) -> None:
    with pytest.raises(ValueError, match="not"):
        self_hosted_dollars_per_million(dollars_per_hour=hourly, requests_per_second=rate, utilisation=share)


@given(rates, traffic)
def test_a_traffic_is_borne_by_the_fewest_devices_that_can(rate: float, monthly: float) -> None:
    load = load_of_traffic(requests_per_second=rate, requests_per_month=monthly)

    average = monthly / (HOURS_PER_MONTH * 3600)
    assert 0 < load.utilisation <= 1
    assert load.devices * load.utilisation * rate == pytest.approx(average)
    assert (load.devices - 1) * rate < average * (1 + 1e-9)


def test_a_month_of_one_h100_costs_1752_dollars_however_little_it_serves() -> None:
    for monthly in (1, 1e6, 500e6):
        assert monthly_dollars(
            dollars_per_hour=H100_DOLLARS_PER_HOUR, requests_per_second=222, requests_per_month=monthly
        ) == pytest.approx(1752)


@given(dollars, rates, traffic)
def test_what_the_devices_of_a_traffic_cost_a_month_is_what_its_requests_cost(
    hourly: float, rate: float, monthly: float
) -> None:
    load = load_of_traffic(requests_per_second=rate, requests_per_month=monthly)
    per_million = self_hosted_dollars_per_million(
        dollars_per_hour=hourly, requests_per_second=rate, utilisation=load.utilisation
    )

    month = monthly_dollars(dollars_per_hour=hourly, requests_per_second=rate, requests_per_month=monthly)
    assert math.isclose(month, per_million * monthly / 1e6, rel_tol=1e-9)


@pytest.mark.parametrize("monthly", [0, -1, float("nan")])
def test_a_traffic_of_nothing_is_refused(monthly: float) -> None:
    with pytest.raises(ValueError, match="more than 0 requests per month"):
        load_of_traffic(requests_per_second=222, requests_per_month=monthly)


def test_a_year_at_half_use_has_half_the_requests_of_a_year() -> None:
    assert requests_of_life(requests_per_second=2, utilisation=0.5, months=12) == pytest.approx(8760 * 3600)
