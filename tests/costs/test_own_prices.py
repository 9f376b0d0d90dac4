"""A price book of one's own: dated, before the package's, and loud where it is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from distil_dagster.costs.own_prices import OwnPrices, PriceBookError, read_own_prices
from distil_dagster.costs.price_book import PriceBook, ReferenceModel
from distil_dagster.home import CHECKOUT
from distil_dagster.profile import load_profile

HAIKU = ReferenceModel(
    slug="claude-haiku-4.5", display_name="Claude Haiku 4.5", provider="anthropic", model="claude-haiku-4-5"
)
BOOK = """
models:
  claude-haiku-4.5:
    source: the vendor's page, read on 1 October 2026
    cache_minimum_tokens: 4096
    retires_on: 2027-03-01
    prices:
      - {since: 2026-10-01, input: 0.80, output: 4.00, cached_input: 0.08, batch_input: 0.40, batch_output: 2.00}
      - {since: 2026-06-01, input: 0.90, output: 4.50}
"""


@pytest.fixture
def book(tmp_path: Path) -> OwnPrices:
    return read(tmp_path, BOOK)


def read(folder: Path, text: str) -> OwnPrices:
    path = folder / "mine.yaml"
    path.write_text(text)
    return read_own_prices(path)


@pytest.mark.parametrize(
    ("day", "prices"),
    [
        (date(2026, 2, 15), (1.00, 5.00)),
        (date(2026, 6, 1), (0.90, 4.50)),
        (date(2026, 9, 30), (0.90, 4.50)),
        (date(2026, 11, 24), (0.80, 4.00)),
    ],
)
def test_the_price_of_a_day_is_the_last_one_before_it_and_the_packages_before_the_first(
    book: OwnPrices, day: date, prices: tuple[float, float]
) -> None:
    price = PriceBook(book).price(HAIKU, as_of=day)

    assert (price.input_per_million, price.output_per_million) == prices


def test_a_price_names_the_file_the_day_and_where_it_was_read(book: OwnPrices) -> None:
    price = PriceBook(book).price(HAIKU, as_of=date(2026, 11, 24))

    assert price.source == "mine.yaml, since 2026-10-01 (the vendor's page, read on 1 October 2026)"
    assert (price.cached_input_per_million, price.batch_input_per_million) == (0.08, 0.40)
    assert (price.cache_minimum_tokens, price.retires_on) == (4096, date(2027, 3, 1))


def test_what_the_book_knows_of_a_model_stands_beside_the_packages_price(book: OwnPrices) -> None:
    price = PriceBook(book).price(HAIKU, as_of=date(2026, 2, 15))

    assert price.source.startswith("genai-prices")
    assert (price.cache_minimum_tokens, price.retires_on) == (4096, date(2027, 3, 1))


def test_the_price_of_the_profile_goes_before_the_book(book: OwnPrices) -> None:
    own = HAIKU.model_copy(update={"input_price": 0.1, "output_price": 0.2})

    assert PriceBook(book).price(own, as_of=date(2026, 11, 24)).input_per_million == 0.1


def test_a_model_that_was_not_out_yet_has_no_price_on_that_day(tmp_path: Path) -> None:
    book = read(tmp_path, "models: {claude-haiku-4.5: {source: a page, released_on: 2026-10-07}}")

    assert PriceBook(book).prices([HAIKU], as_of=date(2026, 10, 6)) == ()
    assert len(PriceBook(book).prices([HAIKU], as_of=date(2026, 10, 7))) == 1


def test_the_package_has_a_batch_price_from_the_day_on_that_it_knows_one() -> None:
    before, after = (PriceBook().price(HAIKU, as_of=day) for day in (date(2026, 2, 15), date(2026, 11, 24)))

    assert before.batch_input_per_million is before.batch_output_per_million is None
    assert (after.batch_input_per_million, after.batch_output_per_million) == (0.5, 2.5)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("models: {a: {source: s, prices: [{since: 2026-01-01, input: -1, output: 1}]}}", "models.a.prices.0.input"),
        ("models: {a: {source: s, colour: blue}}", "models.a.colour"),
        ("models: {a: {prices: []}}", "models.a.source"),
        (
            "models: {a: {source: s, prices: [{since: 2026-01-01, input: 1, output: 1}, "
            "{since: 2026-01-01, input: 2, output: 2}]}}",
            "two prices since 2026-01-01",
        ),
        ("- a list", "is not YAML with a key"),
        ("models: [", "is not YAML with a key"),
    ],
)
def test_a_wrong_book_is_an_error_that_names_the_file_and_the_key(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(PriceBookError, match=r"mine\.yaml") as told:
        read(tmp_path, text)
    assert fault in str(told.value)


def test_a_book_that_is_not_there_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(PriceBookError, match=r"correct costs\.price_book in the profile"):
        read_own_prices(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("name", ["embedded", "h100"])
def test_the_book_of_the_bundled_profiles_tells_when_models_retire_and_leaves_all_prices_alone(name: str) -> None:
    profile = load_profile(name)
    assert profile.costs.price_book is not None
    book, day = read_own_prices(CHECKOUT / profile.costs.price_book), date(2026, 11, 24)

    assert set(book.models) <= {reference.slug for reference in profile.references}
    ours, theirs = (PriceBook(own).prices(profile.references, as_of=day) for own in (book, None))
    assert [price.input_per_million for price in ours] == [price.input_per_million for price in theirs]
    retiring = {price.model.slug: price.retires_on for price in ours if price.retires_on}
    assert retiring == {"gpt-5-nano": date(2026, 12, 11), "gpt-5-mini": date(2026, 12, 11)}
