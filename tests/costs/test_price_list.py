"""The prices of a day as an artifact, and the price of a reference in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from distil_dagster.costs.price_book import UnknownModelError
from distil_dagster.costs.price_list import PRICE, PriceList, write_price_list
from distil_dagster.profile import load_profile

REFERENCES = load_profile("embedded").references
DAY = date(2026, 11, 24)


@pytest.fixture
def prices(tmp_path: Path) -> PriceList:
    write_price_list(REFERENCES, as_of=DAY, output=tmp_path)
    return PriceList.model_validate_json((tmp_path / "summary.json").read_text())


def test_the_price_of_a_reference_is_found_and_passed_on_as_json(prices: PriceList) -> None:
    price = prices.price(REFERENCES[0])
    assert (price.input_per_million, price.output_per_million) == (0.05, 0.40)
    assert PRICE.validate_json(PRICE.dump_json(price)) == price


def test_where_a_reference_is_asked_and_how_makes_no_difference_to_its_price(prices: PriceList) -> None:
    elsewhere = REFERENCES[0].model_copy(update={"base_url": "http://127.0.0.1/v1", "temperature": 0.5})
    assert prices.price(elsewhere).input_per_million == 0.05


@pytest.mark.parametrize("changes", [{"slug": "other"}, {"model": "gpt-5-mini"}, {"input_price": 1.0}])
def test_a_reference_that_has_changed_since_is_an_error_that_says_what_to_do(
    prices: PriceList, changes: dict[str, object]
) -> None:
    with pytest.raises(UnknownModelError, match=r"of 2026-11-24 has no price of .*: materialise price_book again"):
        prices.price(REFERENCES[0].model_copy(update=changes))


def test_a_list_from_before_references_had_an_address_can_still_be_read(prices: PriceList) -> None:
    content = prices.model_dump(mode="json")
    for price in content["prices"]:
        del price["cached_input_per_million"]
        price["model"] = {name: price["model"][name] for name in ("slug", "display_name", "provider", "model")}
    assert len(PriceList.model_validate(content).prices) == len(REFERENCES)
