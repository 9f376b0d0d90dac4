"""What a run spends on one endpoint: each request's price, within the budgets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from distil_dagster.serving.budget import Budget, BudgetSpentError, Charge, TokenPrices
from distil_dagster.serving.chat import ChatError
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.serving.unanswered import BudgetExhaustedError
from distil_dagster.serving.usage import Usage


class Bill:
    """Of one request, which costs nothing unless it is sent."""

    def __init__(self, charge: Charge, prices: TokenPrices) -> None:
        self._charge = charge
        self._most = Charge(charge.dollars, charge.tokens)
        self._prices = prices
        self.waive()

    def send(self) -> None:
        """From here on it costs the most it may, until something better is known."""
        self._charge.dollars, self._charge.tokens = self._most.dollars, self._most.tokens

    def waive(self) -> None:
        """It costs nothing."""
        self._charge.dollars, self._charge.tokens = 0.0, 0

    def pay(self, usage: Usage) -> None:
        """It costs what was used."""
        self._charge.dollars = usage.dollars(self._prices)
        self._charge.tokens = usage.input_tokens + usage.output_tokens


class Account:
    """What one run has spent so far."""

    def __init__(self, prices: TokenPrices, settings: RemoteAsking, *, budget_setting: str) -> None:
        """`budget_setting` is what the profile calls the budget in dollars."""
        self.prices = prices
        self._budget_setting = budget_setting
        self._budget = Budget(settings.budget_dollars, settings.budget_tokens)
        self._failed = Charge(0.0)

    @property
    def spent_dollars(self) -> float:
        """Requests included that failed but may be billed."""
        return self._budget.spent_dollars

    @asynccontextmanager
    async def bill(self, request: ChatRequest) -> AsyncIterator[Bill]:
        """Hold the most that the request may cost, then spend what the bill says.

        A ChatError that leaves the block costs the most if the request may be billed nevertheless, else nothing.

        Raises:
            BudgetSpentError: if nothing is in flight and there isn't enough left.
        """
        most_input = request.most_input_tokens
        most = self.prices.dollars(most_input, request.max_output_tokens)
        async with self._budget.charge(most, most_input + request.max_output_tokens) as charge:
            bill = Bill(charge, self.prices)
            try:
                yield bill
            except ChatError as error:
                if not error.may_be_billed:
                    bill.waive()
                self._failed.dollars += charge.dollars
                self._failed.tokens += charge.tokens
                raise

    def exhausted(self, error: BudgetSpentError, model: str, progress: str) -> BudgetExhaustedError:
        """The error that says what was bought and how to go on; `progress` is such as `4 of 9 answers`."""
        if error.lacks_tokens:
            limit, setting = f"{self._budget.limit_tokens:,} tokens", self._budget_setting.replace("dollars", "tokens")
            spent, failed = f"used {self._budget.spent_tokens:,} tokens", f"{self._failed.tokens:,}"
        else:
            limit, setting = f"${self._budget.limit_dollars:g}", self._budget_setting
            spent, failed = f"spent ${self.spent_dollars:.4f}", f"${self._failed.dollars:.4f}"
        failed = f", {failed} of it for requests that failed but may be billed" if self._failed.tokens else ""
        return BudgetExhaustedError(
            f"the budget of {limit} ({setting}) allows no further request to {model}: {progress} are there, this run "
            f"{spent}{failed}, and {error}; raise the budget or run again with the same: recorded answers cost nothing"
        )
