"""A sum of dollars that requests sent at the same time together can't exceed."""

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
    """The next request may cost more than is left; `next_dollars` is how much it may cost."""

    def __init__(self, next_dollars: float) -> None:
        super().__init__(f"the next request may cost ${next_dollars:.4f}")
        self.next_dollars = next_dollars


@dataclass
class Charge:
    """What one request costs: the most it may cost until something better is known."""

    dollars: float


class Budget:
    """What is spent, and what the requests in flight may yet spend, against a limit; for one event loop."""

    def __init__(self, limit_dollars: float) -> None:
        self.limit_dollars = limit_dollars
        self.spent_dollars = 0.0
        self._held: list[float] = []
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def charge(self, most_dollars: float) -> AsyncIterator[Charge]:
        """Hold the most that a request may cost while it is in flight, then spend what the charge says.

        Waits while there is enough for this request only if those in flight turn out cheaper than they may be.

        Raises:
            BudgetSpentError: if nothing is in flight and there still isn't enough.
        """
        while self.spent_dollars + sum(self._held) + most_dollars > self.limit_dollars:
            if not self._held:
                raise BudgetSpentError(most_dollars)
            self._changed.clear()
            await self._changed.wait()
        self._held.append(most_dollars)
        charge = Charge(most_dollars)
        try:
            yield charge
        finally:
            self._held.remove(most_dollars)
            self.spent_dollars += charge.dollars
            self._changed.set()
