"""Asking an endpoint that costs money: never twice for the same answer, and never for more than the budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from distil_dagster.serving.account import Account
from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.journal import open_journal
from distil_dagster.serving.recorded_answer import RecordedAnswer
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.serving.responses import RecordedResponse, ResponseFolder
from distil_dagster.serving.session import Session
from distil_dagster.serving.unanswered import (
    BudgetExhaustedError,
    EndpointRefusedError,
    UnansweredError,
    UnrecordedError,
)

__all__ = [
    "BudgetExhaustedError",
    "ChatRequest",
    "EndpointRefusedError",
    "RecordedAnswer",
    "RecordedChat",
    "RecordedResponse",
    "ResponseFolder",
    "Session",
    "UnansweredError",
    "UnrecordedError",
]


class RecordedChat:
    """Asks one model; what it has answered before is read from the folder."""

    def __init__(
        self,
        endpoint: ChatEndpoint,
        folder: ResponseFolder,
        prices: TokenPrices,
        settings: RemoteAsking,
        *,
        budget_setting: str,
        report: Callable[[str], object],
    ) -> None:
        """`budget_setting` is what the profile calls the budget in dollars, for the error that tells how to go on."""
        self._endpoint = endpoint
        self._folder = folder
        self._settings = settings
        self._report = report
        self._account = Account(prices, settings, budget_setting=budget_setting)

    @property
    def spent_dollars(self) -> float:
        """What this run has spent, requests included that failed but may be billed."""
        return self._account.spent_dollars

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open for requests that come one by one; at the end, those on the wire are waited for and recorded.

        A block that is cancelled doesn't wait for them.

        Raises:
            UnansweredError: if the recorded answers can't be opened.
        """
        async with (
            open_journal(self._folder) as journal,
            self._endpoint.client(concurrency=self._settings.concurrency) as client,
        ):
            session = Session(self._endpoint, client, journal, self._account, self._settings, report=self._report)
            try:
                yield session
            except asyncio.CancelledError:
                await session.abandon()
                raise
            finally:
                await session.close()

    async def ask_all(self, requests: Sequence[ChatRequest]) -> list[RecordedAnswer]:
        """The answers to all requests, in their order.

        A request that can't be answered ends the asking, but those in flight are waited for and recorded: they are
        paid for.

        Raises:
            UnansweredError: if one got no answer, or the budget is spent. What came before is recorded.
        """
        distinct = {request.sha256: request for request in requests}
        answers: dict[str, RecordedAnswer] = {}
        failures: list[UnansweredError] = []
        async with self.session() as session:
            session.expected, session.ends_at_failure = len(distinct), True
            for sha256, request in distinct.items():
                recorded = session.recorded(request)
                if recorded is not None:
                    answers[sha256] = recorded
            if answers:
                self._report(f"{len(answers)} of {len(distinct)} answers were recorded before")
            missing = iter([request for sha256, request in distinct.items() if sha256 not in answers])

            async def ask_one_after_the_other() -> None:
                for request in missing:
                    try:
                        answers[request.sha256] = await session.ask(request)
                    except UnansweredError as error:
                        failures.append(error)
                        return

            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._settings.concurrency):
                    tasks.create_task(ask_one_after_the_other())
        if failures:
            raise failures[0]
        return [answers[request.sha256] for request in requests]
