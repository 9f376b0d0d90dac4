"""The rows of the cost table, and the columns that carry them."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from distil_dagster.costs.cost_table import CostRow, MeasuredReference, cost_rows, cost_table
from distil_dagster.costs.making import Making
from distil_dagster.costs.tables import read_table
from tests.costs.priced import HAIKU, NANO, REQUEST, STUDENT, price, request

FIRST_COLUMNS = [field.name for field in dataclasses.fields(CostRow) if field.default is dataclasses.MISSING]


def test_every_student_is_priced_at_full_seventy_and_thirty_percent_use() -> None:
    rows = cost_rows(students=[STUDENT], prices=[], request=REQUEST)

    assert [row.utilisation for row in rows] == [1.0, 0.7, 0.3]
    assert all(row.is_share for row in rows)
    assert {(row.contender, row.origin, row.accuracy) for row in rows} == {("qwen3-4b", "measured here", 0.98)}
    assert rows[0].source == "one H100 at $2.4/h; closed loop, concurrency 91"


def test_a_traffic_is_priced_at_the_use_that_it_makes_of_as_many_devices_as_it_needs() -> None:
    small, large = (
        cost_rows(students=[STUDENT], prices=[], request=REQUEST, utilisations=(), requests_per_month=monthly)[0]
        for monthly in (10e6, 1000e6)
    )

    assert (small.load, small.devices, large.devices) == ("traffic", 1, 2)
    assert small.dollars_per_million == pytest.approx(1752 / 10)
    assert large.dollars_per_million == pytest.approx(2 * 1752 / 1000)
    assert not small.is_share


def test_the_interval_of_the_rate_is_carried_through_turned_round() -> None:
    student = dataclasses.replace(STUDENT, requests_per_second_interval=(200.0, 240.0))
    full, traffic = cost_rows(
        students=[student], prices=[], request=REQUEST, utilisations=(1.0,), requests_per_month=550e6
    )

    assert (full.dollars_low, full.dollars_high) == pytest.approx((2.7778, 3.3333), abs=1e-4)
    # At the lower end of the rate the traffic needs a second device; at its own and at the upper end one will do.
    assert (traffic.dollars_low, traffic.dollars_per_million) == pytest.approx((1752 / 550, 1752 / 550))
    assert traffic.dollars_high == pytest.approx(2 * 1752 / 550)


def test_a_rate_without_an_interval_gives_none() -> None:
    (row,) = cost_rows(students=[STUDENT], prices=[], request=REQUEST, utilisations=(1.0,))

    assert row.dollars_low is row.dollars_high is None


def test_the_second_column_spreads_the_making_over_the_models_life() -> None:
    student = dataclasses.replace(STUDENT, making=Making(240.0, is_complete=True))
    full, traffic = cost_rows(
        students=[student],
        prices=[],
        request=REQUEST,
        utilisations=(1.0,),
        requests_per_month=10e6,
        life_months=24,
    )

    assert traffic.total_dollars_per_million == pytest.approx(1752 / 10 + 240 / 240)
    assert full.total_dollars_per_million == pytest.approx(3.003 + 240 / (222 * 3600 * 730 * 24) * 1e6, abs=1e-3)
    assert (full.making_dollars, full.making_is_complete, full.life_months) == (240.0, True, 24)


def test_an_api_has_no_making_so_both_columns_are_the_same() -> None:
    (row,) = cost_rows(students=[], prices=[HAIKU], request=REQUEST)

    assert row.total_dollars_per_million == row.dollars_per_million
    assert row.making_dollars is None


def test_an_api_row_is_published_has_no_accuracy_and_says_whose_tokens_were_counted() -> None:
    (row,) = cost_rows(students=[], prices=[HAIKU], request=REQUEST)

    assert (row.contender, row.kind, row.origin) == ("Claude Haiku 4.5", "api", "published")
    assert row.utilisation is row.accuracy is row.accuracy_low is row.accuracy_high is None
    assert round(row.dollars_per_million, 2) == 378.00
    assert "as counted by the student's tokenizer" in row.source
    assert "no reasoning tokens" in row.source


def test_tokens_of_a_models_own_tokenizer_go_before_the_students() -> None:
    own = dataclasses.replace(request(190, 30), counted_by="its own tokenizer")

    nano, haiku = cost_rows(students=[], prices=[NANO, HAIKU], request=REQUEST, counted={"gpt-5-nano": own})

    assert (nano.input_tokens, haiku.input_tokens) == (190, 208)
    assert "its own tokenizer" in nano.source


def test_a_model_that_was_asked_is_priced_at_todays_price_for_the_tokens_that_it_used() -> None:
    used = request(208, 134, cached_input_tokens=100, reasoning_tokens=100)
    asked = MeasuredReference(
        slug="an-api", request=used, accuracy=0.9, accuracy_low=0.8, accuracy_high=0.95, method="3 x 50 questions"
    )

    (row,) = cost_rows(
        students=[], prices=[price(1, 5, cached_input_per_million=0.1)], request=REQUEST, references=[asked]
    )

    assert row.dollars_per_million == pytest.approx(108 + 10 + 670)
    assert (row.cached_input_tokens, row.cached_input_price, row.reasoning_tokens) == (100, 0.1, 100)
    assert (row.origin, row.accuracy_origin) == ("measured tokens", "measured here")


def test_a_row_says_what_became_of_the_common_beginning_of_the_prompts() -> None:
    caching = price(1, 5, cached_input_per_million=0.1, cache_minimum_tokens=1024)
    below, above = (
        cost_rows(students=[], prices=[caching], request=request(2000, 5, common_prefix_tokens=tokens))[0]
        for tokens in (640, 1200)
    )

    assert "640 tokens, is below the provider's minimum of 1,024" in below.source
    assert "1,200 tokens, as cached input" in above.source
    assert (below.cached_input_tokens, above.cached_input_tokens) == (0, 1200)


def test_batch_price_and_retirement_are_columns() -> None:
    retiring = price(1, 5, batch_input_per_million=0.5, batch_output_per_million=2.5, retires_on=date(2026, 12, 11))

    (row,) = cost_rows(students=[], prices=[retiring], request=REQUEST)

    assert (row.batch_dollars_per_million, row.retires_on) == (189, date(2026, 12, 11))


def test_a_table_without_any_measured_accuracy_keeps_its_column_types() -> None:
    table = cost_table(cost_rows(students=[], prices=[HAIKU, NANO], request=REQUEST))

    assert table.column_names == [field.name for field in dataclasses.fields(CostRow)]
    assert str(table.schema.field("accuracy").type) == "double"
    assert str(table.schema.field("retires_on").type) == "date32[day]"
    assert table.column("accuracy").null_count == 2


def test_rows_survive_the_way_through_the_table() -> None:
    rows = cost_rows(students=[STUDENT], prices=[HAIKU], request=REQUEST, requests_per_month=1e6)

    assert tuple(CostRow(**record) for record in cost_table(rows).to_pylist()) == rows


def test_a_table_from_before_there_were_further_columns_can_still_be_read(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    rows = cost_rows(students=[STUDENT], prices=[HAIKU], request=REQUEST)
    pq.write_table(cost_table(rows).select(FIRST_COLUMNS), tmp_path / "old.parquet")

    old = read_table(CostRow, tmp_path / "old.parquet")

    assert [row.dollars_per_million for row in old] == [row.dollars_per_million for row in rows]
    assert [row.is_share for row in old] == [True, True, True, False]
