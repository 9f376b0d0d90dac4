"""The price book: offline, dated, and loud about models it does not know."""

from __future__ import annotations

import socket
from datetime import date

import pytest
from pydantic import ValidationError

from distil_dagster.costs.price_book import PriceBook, ReferenceModel, UnknownModelError

WINTER = date(2026, 2, 15)
AUTUMN = date(2026, 11, 24)

BENCHMARK_MODELS = [
    ("gpt-5-nano", "openai", "gpt-5-nano", (0.05, 0.40)),
    ("gpt-5-mini", "openai", "gpt-5-mini", (0.25, 2.00)),
    ("gpt-5.2", "openai", "gpt-5.2", (1.75, 14.00)),
    ("gemini-2.5-flash-lite", "google", "gemini-2.5-flash-lite", (0.10, 0.40)),
    ("gemini-2.5-flash", "google", "gemini-2.5-flash", (0.30, 2.50)),
    ("claude-haiku-4.5", "anthropic", "claude-haiku-4-5", (1.00, 5.00)),
    ("claude-sonnet-4.6", "anthropic", "claude-sonnet-4-6", (3.00, 15.00)),
    ("claude-opus-4.6", "anthropic", "claude-opus-4-6", (5.00, 25.00)),
    ("grok-4.1-fast", "x-ai", "grok-4-1-fast", (0.20, 0.50)),
    ("grok-4-0709", "x-ai", "grok-4-0709", (3.00, 15.00)),
]


def reference(slug: str, provider: str, model: str) -> ReferenceModel:
    return ReferenceModel(slug=slug, display_name=slug, provider=provider, model=model)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook()


@pytest.mark.parametrize("as_of", [WINTER, AUTUMN])
@pytest.mark.parametrize(("slug", "provider", "model", "prices"), BENCHMARK_MODELS)
def test_the_ten_models_of_the_benchmark_have_their_published_prices(
    slug: str, provider: str, model: str, prices: tuple[float, float], as_of: date
) -> None:
    price = PriceBook().price(reference(slug, provider, model), as_of=as_of)

    assert (price.input_per_million, price.output_per_million) == prices
    assert price.as_of == as_of


def test_a_price_that_was_once_tiered_says_how_long_a_prompt_it_holds_for(book: PriceBook) -> None:
    opus = reference("claude-opus-4.6", "anthropic", "claude-opus-4-6")

    assert book.price(opus, as_of=WINTER).valid_up_to_input_tokens == 200_000
    assert book.price(opus, as_of=AUTUMN).valid_up_to_input_tokens is None


def test_cached_input_is_priced_where_the_package_knows_it(book: PriceBook) -> None:
    opus = reference("claude-opus-4.6", "anthropic", "claude-opus-4-6")
    assert book.price(opus, as_of=AUTUMN).cached_input_per_million == 0.5


def test_a_price_of_the_profile_stands_before_the_packages_and_says_so(book: PriceBook) -> None:
    own = ReferenceModel(slug="mine", display_name="Mine", model="gpt-5-nano", input_price=0.01, output_price=0.02)
    for model in (own, own.model_copy(update={"provider": "openai"})):
        price = book.price(model, as_of=AUTUMN)
        assert (price.input_per_million, price.output_per_million) == (0.01, 0.02)
        assert (price.cached_input_per_million, price.valid_up_to_input_tokens) == (None, None)
        assert price.source == "input_price and output_price of the profile"


def test_a_price_names_the_package_version_and_how_fresh_its_data_is(book: PriceBook) -> None:
    price = book.price(reference("gpt-5-nano", "openai", "gpt-5-nano"), as_of=AUTUMN)

    assert price.source == f"genai-prices {book.package_version} (data checked {book.data_checked_on})"
    assert date(2026, 1, 1) < book.data_checked_on
    assert len(book.data_sha256) == 64


def test_looking_up_a_price_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a price look-up tried to open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert PriceBook().price(reference("gpt-5-nano", "openai", "gpt-5-nano"), as_of=AUTUMN)


@pytest.mark.parametrize(("provider", "model"), [("openai", "gpt-17-colossal"), ("no-such-provider", "gpt-5-nano")])
def test_a_model_the_package_does_not_know_is_an_error_that_names_it(
    book: PriceBook, provider: str, model: str
) -> None:
    with pytest.raises(UnknownModelError, match=f"{provider} model '{model}' .reference 'stranger'"):
        book.price(reference("stranger", provider, model), as_of=AUTUMN)


def test_a_model_that_is_not_priced_per_token_is_an_error(book: PriceBook) -> None:
    with pytest.raises(UnknownModelError, match="no price per token"):
        book.price(reference("voice", "x-ai", "grok-voice-latest"), as_of=AUTUMN)


def test_prices_keep_the_order_of_the_references(book: PriceBook) -> None:
    references = [reference(slug, provider, model) for slug, provider, model, *_ in BENCHMARK_MODELS]

    assert [price.model for price in book.prices(references, as_of=AUTUMN)] == references


@pytest.mark.parametrize("slug", ["", "GPT 5", "a|b", "a/b"])
def test_a_slug_that_could_not_be_a_partition_key_is_refused(slug: str) -> None:
    with pytest.raises(ValidationError, match="slug"):
        reference(slug, "openai", "gpt-5-nano")
