"""What today's requests would have cost at the prices of earlier days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from distil_dagster.costs.price_book import Price
from distil_dagster.costs.price_history import price_history
from distil_dagster.costs.price_list import PriceList
from tests.costs.priced import HAIKU, NANO, REQUEST, price

FEBRUARY, NOVEMBER = date(2026, 2, 15), date(2026, 11, 24)
SUCCESSOR = price(0.10, 0.50, slug="claude-haiku-5.5", name="Claude Haiku 5.5", succeeds="claude-haiku-4.5")


def book(day: date, *prices: Price) -> PriceList:
    dated = tuple(replace(price, as_of=day) for price in prices)
    return PriceList(source="a book", data_sha256="0" * 64, as_of=day, prices=dated)


def test_378_dollars_in_february_are_38_in_november_on_one_line() -> None:
    history = price_history([book(NOVEMBER, HAIKU, SUCCESSOR, NANO), book(FEBRUARY, HAIKU, NANO)], lambda slug: REQUEST)

    haiku = [row for row in history if row.line == "Claude Haiku 5.5"]
    assert [(row.as_of, row.model) for row in haiku] == [
        (FEBRUARY, "Claude Haiku 4.5"),
        (NOVEMBER, "Claude Haiku 5.5"),
    ]
    assert [row.dollars_per_million for row in haiku] == pytest.approx([378, 37.8])
    assert [row.dollars_per_million for row in history if row.line == "GPT-5 nano"] == pytest.approx([24, 24])
    assert len(history) == 4


def test_of_two_books_of_a_day_the_later_one_counts() -> None:
    history = price_history([book(NOVEMBER, HAIKU), book(NOVEMBER, NANO)], lambda slug: REQUEST)

    assert [row.model for row in history] == ["GPT-5 nano"]


def test_every_model_is_priced_at_its_own_requests() -> None:
    longer = replace(REQUEST, input_tokens=416)

    nano, haiku = price_history([book(NOVEMBER, NANO, HAIKU)], lambda slug: longer if slug == "gpt-5-nano" else REQUEST)

    assert (nano.dollars_per_million, haiku.dollars_per_million) == pytest.approx((34.4, 378))


def test_models_that_each_claim_to_succeed_the_other_end_in_some_line() -> None:
    one, other = replace(HAIKU, succeeds="gpt-5-nano"), replace(NANO, succeeds="claude-haiku-4.5")

    assert len(price_history([book(NOVEMBER, one), book(FEBRUARY, other)], lambda slug: REQUEST)) == 2
