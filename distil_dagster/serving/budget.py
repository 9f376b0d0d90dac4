"""Sums of dollars and tokens that requests sent at the same time together can't exceed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class TokenPrices:
    """US dollars per million tokens."""

    input_per_million: float
    output_per_million: float
    cached_input_per_million: float | None = None
    """Of input that the endpoint had kept from earlier requests; None if it costs as much as other input."""

    def dollars(self, input_tokens: int, output_tokens: int, *, cached_tokens: int = 0) -> float:
        """What so many tokens cost, `cached_tokens` being part of the input."""
        cached_price = self.cached_input_per_million
        if cached_price is None:
            cached_price = self.input_per_million
        fresh = (input_tokens - cached_tokens) * self.input_per_million
        return (fresh + cached_tokens * cached_price + output_tokens * self.output_per_million) / MILLION


class BudgetSpentError(RuntimeError):
    """The next request may cost more than is left.

    Attributes:
        next_dollars: how much it may cost.
        next_tokens: how many tokens it may use.
        lacks_tokens: whether it is the tokens that aren't left; else it is the dollars.
    """

    def __init__(self, next_dollars: float, next_tokens: int = 0, *, lacks_tokens: bool = False) -> None:
        most = f"use {next_tokens:,} tokens" if lacks_tokens else f"cost ${next_dollars:.4f}"
        super().__init__(f"the next request may {most}")
        self.next_dollars = next_dollars
        self.next_tokens = next_tokens
        self.lacks_tokens = lacks_tokens


@dataclass
class Charge:
    """What one request costs: the most it may cost until something better is known."""

    dollars: float
    tokens: int = 0


class Budget:
    """What is spent, and what the requests in flight may yet spend, against limits; for one event loop at a time.

    Tokens have no limit if `limit_tokens` is None.
    """

    def __init__(self, limit_dollars: float, limit_tokens: int | None = None) -> None:
        self.limit_dollars = limit_dollars
        self.limit_tokens = limit_tokens
        self.spent_dollars = 0.0
        self.spent_tokens = 0
        self._held: list[Charge] = []
        self._next_change = asyncio.Event()

    @asynccontextmanager
    async def charge(self, most_dollars: float, most_tokens: int = 0) -> AsyncIterator[Charge]:
        """Hold the most that a request may cost while it is in flight, then spend what the charge says.

        Waits while there is enough for this request only if those in flight turn out cheaper than they may be.

        Raises:
            BudgetSpentError: if nothing is in flight and there still isn't enough.
        """
        most = Charge(most_dollars, most_tokens)
        while (lacks_tokens := self._lacks_tokens(most)) or self._lacks_dollars(most):
            if not self._held:
                raise BudgetSpentError(most_dollars, most_tokens, lacks_tokens=lacks_tokens)
            await self._next_change.wait()
        self._held.append(most)
        charge = Charge(most_dollars, most_tokens)
        try:
            yield charge
        finally:
            self._held.remove(most)
            self.spent_dollars += charge.dollars
            self.spent_tokens += charge.tokens
            self._next_change.set()
            self._next_change = asyncio.Event()

    def _lacks_dollars(self, most: Charge) -> bool:
        return self.spent_dollars + sum(held.dollars for held in self._held) + most.dollars > self.limit_dollars

    def _lacks_tokens(self, most: Charge) -> bool:
        if self.limit_tokens is None:
            return False
        return self.spent_tokens + sum(held.tokens for held in self._held) + most.tokens > self.limit_tokens
