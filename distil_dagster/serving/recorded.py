"""Asking an endpoint that costs money: never twice for the same answer, and never for more than the budget.

Every answer is kept in a file of its own, under the hash of the request, in a folder that outlives the run:

    <folder>/<model>/<first two digits>/<hash>.json

A file per answer rather than lines of one journal, because runs of several tasks ask the same model at the same time:
a file appears whole by being renamed, so that there is no line to tear, nothing to heal, and no lock.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distil_dagster.serving.budget import Budget, BudgetSpentError, TokenPrices
from distil_dagster.serving.chat import ChatEndpoint, ChatError, Completion, completion_text
from distil_dagster.serving.patience import ask_patiently
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.serving.usage import Usage, most_input_tokens, read_usage
from distil_dagster.tasks import Message
from distil_dagster.tasks.rows import canonical_json

if TYPE_CHECKING:
    import httpx

LIMIT_PARAMETERS = ("max_completion_tokens", "max_tokens")
"""Today's name of the limit, and the former one, which some endpoints still want."""


class UnansweredError(RuntimeError):
    """A question got no answer, or the budget ran out; the message says which, and how to go on."""


@dataclass(frozen=True)
class ChatRequest:
    """One question to one model. Equal requests have the same answer; to have another one, count `repeat` up."""

    base_url: str
    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    temperature: float | None
    """The endpoint's default if None."""
    repeat: int = 0
    name: str = field(default="", compare=False)
    """What errors call it."""

    def as_dict(self) -> dict[str, Any]:
        """All that the answer depends on."""
        return {
            "base_url": self.base_url,
            "model": self.model,
            "messages": [message.as_dict() for message in self.messages],
            "max_output_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "repeat": self.repeat,
        }

    @property
    def sha256(self) -> str:
        """The hash under which the answer is kept."""
        return hashlib.sha256(canonical_json(self.as_dict()).encode()).hexdigest()


@dataclass(frozen=True)
class RecordedAnswer:
    """An answer as it was recorded, and what it cost at the prices of today's run."""

    text: str
    model: str | None
    """The model that the endpoint said it answered with."""
    finish_reason: str | None
    """Why the model stopped, in the endpoint's words; `length` if it was cut off."""
    usage: Usage
    dollars: float
    latency_seconds: float
    request_sha256: str
    response_sha256: str


class ResponseFolder:
    """The recorded answers of all models."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, request: ChatRequest) -> Path:
        """Where the request's answer is, or will be."""
        digest = request.sha256
        model = re.sub(r"[^A-Za-z0-9._-]+", "_", request.model).strip(".") or "_"
        return self._folder / model / digest[:2] / f"{digest}.json"

    def read(self, request: ChatRequest) -> Completion | None:
        """The answer, or None if there is none yet.

        Raises:
            UnansweredError: if the file can't be read: then something else has written to it.
        """
        path = self.path(request)
        try:
            content = json.loads(path.read_bytes())
            completion_text(content["response"])
            return Completion(content["response"], float(content["latency_seconds"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise UnansweredError(f"{path} is no recorded answer ({reason}): delete it to ask again") from error

    def write(self, request: ChatRequest, completion: Completion) -> None:
        """Keep the answer; it is there whole or not at all, also after a power cut."""
        path = self.path(request)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "request": request.as_dict(),
            "response": completion.body,
            "latency_seconds": completion.latency_seconds,
            "answered_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        partial_path = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
        try:
            with partial_path.open("w", encoding="ascii") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            partial_path.rename(path)
        finally:
            partial_path.unlink(missing_ok=True)


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
        """`budget_setting` is what the profile calls the budget, for the error that tells how to go on."""
        self._endpoint = endpoint
        self._folder = folder
        self._prices = prices
        self._settings = settings
        self._budget_setting = budget_setting
        self._report = report
        self._budget = Budget(settings.budget_dollars)
        self._failed_dollars = 0.0
        self._limit_parameter = LIMIT_PARAMETERS[0]
        self._failures: list[UnansweredError] = []

    @property
    def spent_dollars(self) -> float:
        """What this run has spent, requests included that failed but may be billed."""
        return self._budget.spent_dollars

    async def ask_all(self, requests: Sequence[ChatRequest]) -> list[RecordedAnswer]:
        """The answers to all requests, in their order.

        A request that can't be answered ends the asking, but those in flight are waited for and recorded: they are
        paid for.

        Raises:
            UnansweredError: if one got no answer, or the budget is spent. What came before is recorded.
        """
        answers: dict[str, RecordedAnswer] = {}
        missing: dict[str, ChatRequest] = {}
        for request in requests:
            completion = self._folder.read(request)
            if completion is None:
                missing[request.sha256] = request
            else:
                answers[request.sha256] = self._answer(request, completion)
        total, slots = len(answers) + len(missing), asyncio.Semaphore(self._settings.concurrency)
        if answers:
            self._report(f"{len(answers)} of {total} answers were recorded before")

        async def ask_one(client: httpx.AsyncClient, digest: str, request: ChatRequest) -> None:
            async with slots:
                if self._failures:
                    return
                try:
                    answers[digest] = await ask_patiently(
                        partial(self._attempt, client, request), attempts=self._settings.attempts, retry_time_outs=True
                    )
                except BudgetSpentError as error:
                    self._failures.append(self._out_of_money(len(answers), total, error))
                    return
                except ChatError as error:
                    self._failures.append(
                        UnansweredError(f"{request.name} got no answer from {self._endpoint.base_url}: {error}")
                    )
                    return
            self._report(f"{len(answers)} of {total} answers, ${self.spent_dollars:.4f} spent")

        async with (
            self._endpoint.client(concurrency=self._settings.concurrency) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for digest, request in missing.items():
                tasks.create_task(ask_one(client, digest, request))
        if self._failures:
            raise self._failures[0]
        return [answers[request.sha256] for request in requests]

    async def _attempt(self, client: httpx.AsyncClient, request: ChatRequest) -> RecordedAnswer:
        """Send the request once, within the budget, and record the answer."""
        if self._failures:
            raise ChatError("another request failed", transient=False)
        most = self._prices.dollars(most_input_tokens(request.messages), request.max_output_tokens)
        async with self._budget.charge(most) as charge:
            try:
                completion = await self._complete(client, request)
            except ChatError as error:
                charge.dollars = most if error.may_be_billed else 0.0
                self._failed_dollars += charge.dollars
                raise
            answer = self._answer(request, completion)
            charge.dollars = answer.dollars
            self._folder.write(request, completion)
        return answer

    async def _complete(self, client: httpx.AsyncClient, request: ChatRequest) -> Completion:
        """Send the request; where the endpoint refuses the limit's name, once more under the former one."""
        limit_parameter = self._limit_parameter
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [message.as_dict() for message in request.messages],
            limit_parameter: request.max_output_tokens,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        try:
            return await self._endpoint.complete(client, body, timeout_seconds=self._settings.request_timeout_seconds)
        except ChatError as error:
            today, former = LIMIT_PARAMETERS
            if error.transient or limit_parameter != today or today not in str(error):
                raise
            self._limit_parameter = former
        return await self._complete(client, request)

    def _answer(self, request: ChatRequest, completion: Completion) -> RecordedAnswer:
        usage = read_usage(
            completion.body,
            messages=request.messages,
            text=completion.text,
            max_output_tokens=request.max_output_tokens,
        )
        return RecordedAnswer(
            text=completion.text,
            model=_text_or_none(completion.body.get("model")),
            finish_reason=_text_or_none(completion.body["choices"][0].get("finish_reason")),
            usage=usage,
            dollars=self._prices.dollars(usage.input_tokens, usage.output_tokens, cached_tokens=usage.cached_tokens),
            latency_seconds=completion.latency_seconds,
            request_sha256=request.sha256,
            response_sha256=hashlib.sha256(canonical_json(completion.body).encode(errors="replace")).hexdigest(),
        )

    def _out_of_money(self, answered: int, total: int, error: BudgetSpentError) -> UnansweredError:
        failed = f", ${self._failed_dollars:.4f} of it for requests that failed but may be billed"
        return UnansweredError(
            f"the budget of ${self._budget.limit_dollars:g} ({self._budget_setting}) allows no further request to "
            f"{self._endpoint.model}: {answered} of {total} answers are there, this run spent "
            f"${self.spent_dollars:.4f}{failed if self._failed_dollars else ''}, and the next request may cost "
            f"${error.next_dollars:.4f}; raise the budget or run again with the same: recorded answers cost nothing"
        )


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
