"""Money: what tokens cost, and a limit that requests in flight can't exceed together."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.serving.budget import Budget, BudgetSpentError, TokenPrices


def test_cached_input_costs_its_own_price() -> None:
    prices = TokenPrices(3.0, 15.0, 0.75)
    assert prices.dollars(1_000_000, 0) == 3.0
    assert prices.dollars(1_000_000, 0, cached_tokens=1_000_000) == 0.75
    assert prices.dollars(2000, 100, cached_tokens=1000) == pytest.approx(0.003 + 0.00075 + 0.0015)


def test_cached_input_costs_as_much_as_other_input_where_no_price_is_known() -> None:
    assert TokenPrices(3.0, 15.0).dollars(1000, 0, cached_tokens=1000) == pytest.approx(0.003)


def test_a_request_in_flight_holds_the_most_it_may_cost_and_gives_the_rest_back() -> None:
    async def spend() -> Budget:
        budget = Budget(1.0)
        for _ in range(50):
            async with budget.charge(0.9) as charge:
                charge.dollars = 0.002
        return budget

    assert asyncio.run(spend()).spent_dollars == pytest.approx(0.1)


def test_a_request_that_fails_is_charged_in_full_unless_something_better_is_known() -> None:
    async def spend() -> float:
        budget = Budget(1.0)
        with pytest.raises(RuntimeError, match="cut off"):
            async with budget.charge(0.6):
                raise RuntimeError("cut off")
        with pytest.raises(BudgetSpentError, match=r"may cost \$0\.6000"):
            async with budget.charge(0.6):
                pytest.fail("there is no money left")
        return budget.spent_dollars

    assert asyncio.run(spend()) == 0.6


def test_tokens_have_a_limit_of_their_own() -> None:
    async def spend() -> Budget:
        budget = Budget(1.0, 1000)
        for _ in range(3):
            async with budget.charge(0.1, 900) as charge:
                charge.dollars, charge.tokens = 0.01, 40
        with pytest.raises(BudgetSpentError, match=r"may use 900 tokens") as caught:
            async with budget.charge(0.1, 900):
                pytest.fail("there are no tokens left")
        assert caught.value.lacks_tokens
        return budget

    budget = asyncio.run(spend())
    assert (budget.spent_tokens, budget.spent_dollars) == (120, pytest.approx(0.03))


def test_a_request_waits_for_the_tokens_that_another_gives_back() -> None:
    async def spend() -> int:
        budget, at_once, most_at_once = Budget(1.0, 250), 0, 0

        async def request() -> None:
            nonlocal at_once, most_at_once
            async with budget.charge(0.0, 100) as charge:
                at_once += 1
                most_at_once = max(most_at_once, at_once)
                await asyncio.sleep(0.001)
                charge.tokens = 1
                at_once -= 1

        await asyncio.gather(*(request() for _ in range(20)))
        assert budget.spent_tokens == 20
        return most_at_once

    assert asyncio.run(spend()) == 2


def test_a_budget_serves_one_event_loop_after_another() -> None:
    budget = Budget(1.0)

    async def request() -> None:
        async with budget.charge(0.8) as charge:
            await asyncio.sleep(0.001)
            charge.dollars = 0.0

    async def two_at_once() -> None:
        await asyncio.gather(request(), request())

    asyncio.run(two_at_once())
    asyncio.run(two_at_once())
    assert budget.spent_dollars == 0.0


def test_nothing_costs_nothing() -> None:
    async def spend() -> float:
        budget = Budget(0.0)
        async with budget.charge(0.0) as charge:
            charge.dollars = 0.0
        return budget.spent_dollars

    assert asyncio.run(spend()) == 0.0


@given(st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.0, 1.0)), max_size=30), st.floats(0.1, 3.0), st.integers())
def test_no_order_of_requests_spends_more_than_the_limit(
    requests: list[tuple[float, float]], limit: float, seed: int
) -> None:
    order = random.Random(seed)
    refused: list[float] = []

    async def spend() -> Budget:
        budget = Budget(limit)

        async def request(most: float, share: float) -> None:
            try:
                async with budget.charge(most) as charge:
                    for _ in range(order.randrange(4)):
                        await asyncio.sleep(0)
                    charge.dollars = most * share
            except BudgetSpentError:
                refused.append(most)

        await asyncio.gather(*(request(most, share) for most, share in requests))
        return budget

    budget = asyncio.run(spend())
    assert budget.spent_dollars <= limit * (1 + 1e-9)
    # Whoever was refused could not have been paid for, as nothing was given back later.
    assert all(budget.spent_dollars + most > limit * (1 - 1e-9) for most in refused)
