"""The cost of a million requests: the arithmetic, and the rows that carry it."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.costs.cost_table import (
    CostRow,
    RequestTokens,
    ServedStudent,
    api_dollars_per_million,
    cost_rows,
    cost_table,
    self_hosted_dollars_per_million,
)
from distil_dagster.costs.price_book import Price, ReferenceModel

H100_DOLLARS_PER_HOUR = 2.40

dollars = st.floats(min_value=0.01, max_value=1e3)
rates = st.floats(min_value=0.01, max_value=1e5)
shares = st.floats(min_value=0.01, max_value=1.0)
requests = st.tuples(st.floats(min_value=0, max_value=1e5), st.floats(min_value=0, max_value=1e5))


def price(
    input_per_million: float, output_per_million: float, *, name: str = "an API", limit: int | None = None
) -> Price:
    return Price(
        model=ReferenceModel(slug="an-api", display_name=name, provider="openai", model="an-api"),
        input_per_million=input_per_million,
        output_per_million=output_per_million,
        valid_up_to_input_tokens=limit,
        source="genai-prices 0.2.3",
        as_of=date(2026, 11, 24),
    )


HAIKU = price(1.00, 5.00, name="Claude Haiku 4.5")
NANO = price(0.05, 0.40, name="GPT-5 nano")
REQUEST = RequestTokens(input_tokens=208, output_tokens=34, counted_by="the student's tokenizer")
STUDENT = ServedStudent(
    student="qwen3-4b",
    device="one H100",
    device_dollars_per_hour=H100_DOLLARS_PER_HOUR,
    requests_per_second=222,
    method="closed loop, concurrency 91",
    input_tokens=208,
    output_tokens=34,
    accuracy=0.98,
    accuracy_low=0.93,
    accuracy_high=0.99,
)


@pytest.mark.parametrize(("utilisation", "expected"), [(1.0, 3.003), (0.7, 4.290), (0.3, 10.010)])
def test_an_h100_at_222_requests_per_second_costs_what_the_benchmark_says(utilisation: float, expected: float) -> None:
    cost = self_hosted_dollars_per_million(
        dollars_per_hour=H100_DOLLARS_PER_HOUR, requests_per_second=222, utilisation=utilisation
    )

    assert cost == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize(("listed", "expected"), [(HAIKU, 378.00), (NANO, 24.00)])
def test_208_tokens_in_and_34_out_cost_what_the_benchmark_says_to_the_cent(listed: Price, expected: float) -> None:
    cost = api_dollars_per_million(price=listed, input_tokens=208, output_tokens=34)

    assert round(cost, 2) == expected


@given(dollars, rates, shares, st.floats(min_value=1.01, max_value=10))
def test_a_device_costs_less_per_request_the_more_it_serves_and_more_the_dearer_it_is(
    hourly: float, rate: float, share: float, factor: float
) -> None:
    cost = self_hosted_dollars_per_million(dollars_per_hour=hourly, requests_per_second=rate, utilisation=share)

    def costs(hourly: float, rate: float, share: float) -> float:
        return self_hosted_dollars_per_million(dollars_per_hour=hourly, requests_per_second=rate, utilisation=share)

    assert costs(hourly * factor, rate, share) == pytest.approx(cost * factor)
    assert costs(hourly, rate * factor, share) == pytest.approx(cost / factor)
    assert costs(hourly, rate, share / factor) == pytest.approx(cost * factor)


@given(dollars, dollars, requests, requests)
def test_an_api_bill_is_linear_in_the_tokens(
    input_price: float, output_price: float, one: tuple[float, float], other: tuple[float, float]
) -> None:
    listed = price(input_price, output_price)

    def bill(input_tokens: float, output_tokens: float) -> float:
        return api_dollars_per_million(price=listed, input_tokens=input_tokens, output_tokens=output_tokens)

    together = bill(one[0] + other[0], one[1] + other[1])
    assert together == pytest.approx(bill(*one) + bill(*other))
    assert together >= bill(*one)


@pytest.mark.parametrize(
    ("hourly", "rate", "share"), [(0, 1, 1), (2.4, 0, 1), (2.4, 1, 0), (2.4, 1, 1.01), (2.4, float("nan"), 1)]
)
def test_a_rate_that_no_served_student_can_have_is_refused(hourly: float, rate: float, share: float) -> None:
    with pytest.raises(ValueError, match="not"):
        self_hosted_dollars_per_million(dollars_per_hour=hourly, requests_per_second=rate, utilisation=share)


@pytest.mark.parametrize(("input_tokens", "output_tokens"), [(-1, 0), (0, float("nan"))])
def test_impossible_token_counts_are_refused(input_tokens: float, output_tokens: float) -> None:
    with pytest.raises(ValueError, match="0 or more tokens"):
        api_dollars_per_million(price=NANO, input_tokens=input_tokens, output_tokens=output_tokens)


def test_a_prompt_longer_than_the_price_holds_for_is_refused() -> None:
    with pytest.raises(ValueError, match="up to 200 tokens"):
        api_dollars_per_million(price=price(1, 5, limit=200), input_tokens=208, output_tokens=34)


def test_every_student_is_priced_at_full_seventy_and_thirty_percent_use() -> None:
    rows = cost_rows(students=[STUDENT], prices=[], request=REQUEST)

    assert [row.utilisation for row in rows] == [1.0, 0.7, 0.3]
    assert {(row.contender, row.origin, row.accuracy) for row in rows} == {("qwen3-4b", "measured here", 0.98)}
    assert rows[0].source == "one H100 at $2.4/h; closed loop, concurrency 91"


def test_an_api_row_is_published_has_no_accuracy_and_says_whose_tokens_were_counted() -> None:
    (row,) = cost_rows(students=[], prices=[HAIKU], request=REQUEST)

    assert (row.contender, row.kind, row.origin) == ("Claude Haiku 4.5", "api", "published")
    assert row.utilisation is row.accuracy is row.accuracy_low is row.accuracy_high is None
    assert round(row.dollars_per_million, 2) == 378.00
    assert "as counted by the student's tokenizer" in row.source
    assert "no reasoning tokens" in row.source


def test_a_table_without_any_measured_accuracy_keeps_its_column_types() -> None:
    table = cost_table(cost_rows(students=[], prices=[HAIKU, NANO], request=REQUEST))

    assert table.column_names == [field.name for field in dataclasses.fields(CostRow)]
    assert str(table.schema.field("accuracy").type) == "double"
    assert table.column("accuracy").null_count == 2


def test_rows_survive_the_way_through_the_table() -> None:
    rows = cost_rows(students=[STUDENT], prices=[HAIKU], request=REQUEST)

    assert tuple(CostRow(**record) for record in cost_table(rows).to_pylist()) == rows
