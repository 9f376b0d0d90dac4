"""What a million requests to an API cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.costs.api_cost import api_dollars_per_million, batch_dollars_per_million, cached_input
from distil_dagster.costs.price_book import Price
from tests.costs.priced import HAIKU, NANO, REQUEST, price, request

dollars = st.floats(min_value=0.01, max_value=1e3)
requests = st.tuples(st.floats(min_value=0, max_value=1e5), st.floats(min_value=0, max_value=1e5))


@pytest.mark.parametrize(("listed", "expected"), [(HAIKU, 378.00), (NANO, 24.00)])
def test_208_tokens_in_and_34_out_cost_what_the_benchmark_says_to_the_cent(listed: Price, expected: float) -> None:
    assert round(api_dollars_per_million(listed, REQUEST), 2) == expected


@given(dollars, dollars, requests, requests)
def test_an_api_bill_is_linear_in_the_tokens(
    input_price: float, output_price: float, one: tuple[float, float], other: tuple[float, float]
) -> None:
    listed = price(input_price, output_price)

    def bill(input_tokens: float, output_tokens: float) -> float:
        return api_dollars_per_million(listed, request(input_tokens, output_tokens))

    together = bill(one[0] + other[0], one[1] + other[1])
    assert together == pytest.approx(bill(*one) + bill(*other))
    assert together >= bill(*one)


@pytest.mark.parametrize(("input_tokens", "output_tokens"), [(-1, 0), (0, float("nan"))])
def test_impossible_token_counts_are_refused(input_tokens: float, output_tokens: float) -> None:
    with pytest.raises(ValueError, match="0 or more tokens"):
        api_dollars_per_million(NANO, request(input_tokens, output_tokens))


def test_more_cached_input_than_input_is_refused() -> None:
    with pytest.raises(ValueError, match="300 cached"):
        api_dollars_per_million(NANO, request(208, 34, cached_input_tokens=300))


def test_a_prompt_longer_than_the_price_holds_for_is_refused() -> None:
    with pytest.raises(ValueError, match="up to 200 tokens"):
        api_dollars_per_million(price(1, 5, valid_up_to_input_tokens=200), REQUEST)


class TestCachedInput:
    CACHING = price(1.0, 5.0, cached_input_per_million=0.1, cache_minimum_tokens=1024)

    def test_below_the_providers_minimum_there_is_none(self) -> None:
        short = request(1500, 10, common_prefix_tokens=1023)

        assert cached_input(self.CACHING, short) == 0
        assert api_dollars_per_million(self.CACHING, short) == pytest.approx(1550)

    def test_from_the_minimum_on_the_common_beginning_is_billed_as_cached(self) -> None:
        long = request(1500, 10, common_prefix_tokens=1024)

        assert cached_input(self.CACHING, long) == 1024
        assert api_dollars_per_million(self.CACHING, long) == pytest.approx(476 + 102.4 + 50)

    def test_a_provider_whose_minimum_is_not_known_gives_no_discount(self) -> None:
        unknown = price(1.0, 5.0, cached_input_per_million=0.1)

        assert cached_input(unknown, request(9000, 10, common_prefix_tokens=8000)) == 0

    def test_what_the_provider_billed_as_cached_goes_before_any_reckoning(self) -> None:
        asked = request(1500, 10, cached_input_tokens=640, common_prefix_tokens=1400)

        assert cached_input(self.CACHING, asked) == 640

    def test_cached_input_without_a_price_of_its_own_costs_as_much_as_other_input(self) -> None:
        assert api_dollars_per_million(HAIKU, request(208, 34, cached_input_tokens=100)) == pytest.approx(378)


def test_a_batch_is_priced_by_its_own_price_and_not_at_all_without_one() -> None:
    halved = price(1.0, 5.0, batch_input_per_million=0.5, batch_output_per_million=2.5)

    assert batch_dollars_per_million(halved, REQUEST) == pytest.approx(189)
    assert batch_dollars_per_million(HAIKU, REQUEST) is None
