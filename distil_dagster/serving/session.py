"""Asking one model while its answers stream in: each request once, within the budget, at the pace it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from distil_dagster.serving.account import Account
from distil_dagster.serving.budget import BudgetSpentError
from distil_dagster.serving.chat import ChatEndpoint, ChatError, Completion
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.dialect import Dialect
from distil_dagster.serving.journal import Journal
from distil_dagster.serving.pacing import Pace
from distil_dagster.serving.patience import ask_patiently
from distil_dagster.serving.recorded_answer import RecordedAnswer, billed_usage, recorded_answer
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.serving.unanswered import EndpointRefusedError, UnansweredError, UnrecordedError

if TYPE_CHECKING:
    import httpx

REFUSES_ALL = (401, 403, 404)
"""A key or a model that the endpoint doesn't know: no request escapes these."""


class Session:
    """One model, open for requests; see `RecordedChat.session`."""

    def __init__(
        self,
        endpoint: ChatEndpoint,
        client: httpx.AsyncClient,
        journal: Journal,
        account: Account,
        settings: RemoteAsking,
        *,
        report: Callable[[str], object],
    ) -> None:
        self.answered = 0
        """Answers that were given here, recorded ones included."""
        self.expected: int | None = None
        """How many there are to be, if that is known."""
        self.ends_at_failure = False
        """Whether a request without an answer is the end of the session."""
        self._endpoint = endpoint
        self._client = client
        self._journal = journal
        self._account = account
        self._settings = settings
        self._report = report
        self._places = asyncio.Semaphore(settings.concurrency)
        self._pace = Pace(settings.concurrency)
        self._dialect = Dialect()
        self._under_way: dict[str, asyncio.Task[RecordedAnswer]] = {}
        self._waiting: set[asyncio.Task[RecordedAnswer]] = set()
        """Those under way that are not on the wire: to be sent, or sent again."""
        self._end: UnansweredError | None = None

    @property
    def progress(self) -> str:
        """Such as `4 of 9 answers`."""
        return f"{self.answered:,} answers" if self.expected is None else f"{self.answered} of {self.expected} answers"

    def recorded(self, request: ChatRequest) -> RecordedAnswer | None:
        """The answer, if it is recorded.

        Raises:
            UnansweredError: if the record can't be read.
        """
        completion = self._journal.find(request.sha256)
        if completion is None:
            return None
        self.answered += 1
        return recorded_answer(request, completion, self._account.prices)

    async def ask(self, request: ChatRequest) -> RecordedAnswer:
        """The answer: the recorded one, or one that is asked for now and recorded before it is returned.

        Equal requests that are asked at the same time are sent once. Whoever is cancelled while waiting here doesn't
        take the answer from the others; nor is it lost if it is paid for already.

        Raises:
            BudgetExhaustedError: if the budget doesn't allow the request.
            EndpointRefusedError: if the endpoint would refuse any other request too.
            UnrecordedError: if the answer can't be recorded.
            UnansweredError: if this request got no answer. After this error the session goes on; after those above,
                every request that isn't recorded fails at once.
        """
        asking = self._under_way.get(request.sha256)
        if asking is None:
            recorded = self.recorded(request)
            if recorded is not None:
                return recorded
            self._require_open()
            asking = asyncio.create_task(self._answer(request))
            self._under_way[request.sha256] = asking
            asking.add_done_callback(partial(self._done, request.sha256))
        return await asyncio.shield(asking)

    def end(self, reason: UnansweredError) -> None:
        """Send nothing further: whoever waits to be sent, or asks later, gets this error."""
        if self._end is not None:
            return
        self._end = reason
        for asking in self._waiting - {asyncio.current_task()}:
            asking.cancel()

    async def close(self) -> None:
        """End, and wait for what is on the wire: it is paid for."""
        self.end(UnansweredError(f"nothing more is asked of {self._endpoint.model}: the session is closed"))
        if self._under_way:
            await asyncio.wait(self._under_way.values())

    async def abandon(self) -> None:
        """End without waiting for what is on the wire."""
        for asking in self._under_way.values():
            asking.cancel()
        await self.close()

    def _require_open(self, cause: BaseException | None = None) -> None:
        if self._end is not None:
            raise type(self._end)(*self._end.args) from cause

    def _done(self, sha256: str, asking: asyncio.Task[RecordedAnswer]) -> None:
        del self._under_way[sha256]
        self._waiting.discard(asking)
        if not asking.cancelled():
            asking.exception()  # nobody may be left to take it

    async def _answer(self, request: ChatRequest) -> RecordedAnswer:
        self._waiting.add(_this_task())
        try:
            async with self._places:
                # Until it is recorded, so that a kill loses no more answers than there are places.
                completion = await self._journal.record(request, await self._completion(request))
        except asyncio.CancelledError as error:
            self._require_open(error)
            raise
        except UnrecordedError as error:
            self.end(error)
            raise
        self._report(f"{self.progress}, ${self._account.spent_dollars:.4f} spent")
        return recorded_answer(request, completion, self._account.prices)

    async def _completion(self, request: ChatRequest) -> Completion:
        """Send the request as often as it takes; what ends the session ends it before another takes the place."""
        try:
            completion = await ask_patiently(
                partial(self._attempt, request), attempts=self._settings.attempts, retry_time_outs=True
            )
        except BudgetSpentError as error:
            exhausted = self._account.exhausted(error, self._endpoint.model, self.progress)
            self.end(exhausted)
            raise exhausted from error
        except ChatError as error:
            kind = EndpointRefusedError if error.status in REFUSES_ALL else UnansweredError
            failure = kind(f"{request.name} got no answer from {self._endpoint.base_url}: {error}")
            if self.ends_at_failure or kind is EndpointRefusedError:
                self.end(failure)
            raise failure from error
        self.answered += 1
        return completion

    async def _attempt(self, request: ChatRequest) -> Completion:
        """Send the request once, within the budget and at the endpoint's pace."""
        self._require_open()
        try:
            async with self._account.bill(request) as bill, self._pace.turn():
                self._require_open()
                with self._wire():
                    bill.send()
                    completion = await self._complete(request)
                    bill.pay(billed_usage(request, completion))
        except ChatError as error:
            self._require_open(error)  # after the end nothing is sent again
            raise
        return completion

    async def _complete(self, request: ChatRequest) -> Completion:
        """Send the request, again at once where the endpoint refuses a word that can be said otherwise."""
        while True:
            body = self._dialect.body(request)
            try:
                return await self._endpoint.complete(
                    self._client, body, timeout_seconds=self._settings.request_timeout_seconds
                )
            except ChatError as error:
                if not self._dialect.learn(body, error):
                    raise

    @contextmanager
    def _wire(self) -> Iterator[None]:
        this = _this_task()
        self._waiting.discard(this)
        try:
            yield
        except BaseException:
            self._waiting.add(this)
            raise


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task
