"""From which traffic on a device is cheaper than an API."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.costs.break_even import break_even_requests_per_second, break_even_rows
from distil_dagster.costs.cost_table import cost_rows
from distil_dagster.costs.device_cost import SECONDS_PER_MONTH, monthly_dollars
from tests.costs.priced import HAIKU, NANO, REQUEST, STUDENT, price


def test_an_h100_breaks_even_with_haiku_and_nano_where_the_benchmark_does() -> None:
    rows = cost_rows(students=[STUDENT], prices=[HAIKU, NANO], request=REQUEST)

    haiku, nano = break_even_rows([STUDENT], rows)

    assert haiku.requests_per_second is not None
    assert nano.requests_per_second is not None
    assert haiku.requests_per_month is not None
    assert nano.requests_per_month is not None
    assert (round(haiku.requests_per_second, 1), round(nano.requests_per_second, 1)) == (1.8, 27.8)
    assert (round(haiku.requests_per_month / 1e6, 1), round(nano.requests_per_month / 1e6)) == (4.6, 73)
    assert (haiku.api, nano.api) == ("Claude Haiku 4.5", "GPT-5 nano")


@given(
    st.floats(min_value=0.01, max_value=100),
    st.floats(min_value=0.1, max_value=1e4),
    st.floats(min_value=0.01, max_value=1e5),
)
def test_at_the_crossing_both_cost_the_same_and_above_it_the_device_costs_less(
    hourly: float, rate: float, api: float
) -> None:
    crossing = break_even_requests_per_second(
        dollars_per_hour=hourly, requests_per_second=rate, api_dollars_per_million=api
    )
    if crossing is None:
        assert hourly / 3600 / rate * 1e6 > api * (1 - 1e-9)
        return

    def device(average: float) -> float:
        return monthly_dollars(
            dollars_per_hour=hourly, requests_per_second=rate, requests_per_month=average * SECONDS_PER_MONTH
        )

    def bill(average: float) -> float:
        return average * SECONDS_PER_MONTH * api / 1e6

    just_below = crossing * (1 - 1e-9)
    assert device(just_below) == pytest.approx(bill(just_below), rel=1e-6)
    assert device(crossing / 2) > bill(crossing / 2)
    between = (crossing + rate) / 2
    if between > crossing * (1 + 1e-6):
        assert device(between) < bill(between)


def test_an_api_that_costs_less_than_a_device_at_full_use_is_never_beaten() -> None:
    free, cheap = price(0, 0, slug="free"), price(0.001, 0.01, slug="cheap")
    rows = cost_rows(students=[STUDENT], prices=[free, cheap], request=REQUEST)

    assert {row.requests_per_second for row in break_even_rows([STUDENT], rows)} == {None}


def test_a_dearer_hour_takes_more_traffic_and_the_own_price_comes_first_and_once() -> None:
    rows = cost_rows(students=[STUDENT], prices=[HAIKU], request=REQUEST)

    found = break_even_rows([STUDENT], rows, dollars_per_hour=(2.00, 2.40, 5.00))

    assert [row.device_dollars_per_hour for row in found] == [2.40, 2.00, 5.00]
    assert [round(row.requests_per_second or 0, 2) for row in found] == [1.76, 1.47, 3.67]
