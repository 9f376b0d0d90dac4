"""One request to any OpenAI-compatible chat endpoint, and what can go wrong with it. Whoever asks decides what."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from distil_dagster.tasks import Message

if TYPE_CHECKING:
    import httpx

QUOTED_CHARACTERS = 300
BUSY = (408, 429)
"""The refusals below 500 that say "not now"."""


class ChatError(RuntimeError):
    """A request without an answer.

    Attributes:
        transient: whether the same request may succeed later: the endpoint was busy, failing or unreachable.
        retry_after_seconds: how long the endpoint asked to wait; None if it didn't.
        timed_out: whether there was no answer within the time; waiting for another may be worth it or not.
        may_be_billed: whether the endpoint may have done the work, though its answer never came or can't be read.
        status: of the HTTP response by which the endpoint refused; None if there was none.
    """

    def __init__(
        self,
        reason: str,
        *,
        transient: bool,
        retry_after_seconds: float | None = None,
        timed_out: bool = False,
        may_be_billed: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.transient = transient
        self.retry_after_seconds = retry_after_seconds
        self.timed_out = timed_out
        self.may_be_billed = may_be_billed
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What came back. Tokens as the endpoint counted them."""

    text: str
    input_tokens: int
    output_tokens: int
    latency_seconds: float
    """From sending the request to its last byte."""


@dataclass(frozen=True)
class Completion:
    """The body of an answer, as the endpoint sent it; it has at least one choice with a message."""

    body: Mapping[str, Any]
    latency_seconds: float

    @property
    def text(self) -> str:
        """What the model said. One that stops at once has no content, which is an answer like any other."""
        return completion_text(self.body)


@dataclass(frozen=True)
class ChatEndpoint:
    """Where to ask, e.g. `http://127.0.0.1:8000/v1`, and for which model."""

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What is sent along with every question."""

    def client(self, *, concurrency: int) -> httpx.AsyncClient:
        """A client for so many requests at once; a context manager."""
        import httpx

        from distil_dagster.serving.connections import SmallPools

        return httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self.api_key}"} if self.api_key else {},
            transport=SmallPools(self.base_url, most_at_once=concurrency),
            timeout=None,
        )

    def greedy_request(self, messages: Sequence[Message], *, max_output_tokens: int) -> dict[str, Any]:
        """The body that asks for one whole greedy answer (temperature 0) with a natural stop."""
        return {
            "model": self.model,
            "messages": [message.as_dict() for message in messages],
            "max_completion_tokens": max_output_tokens,
            "temperature": 0,
            **self.extra_body,
        }

    async def ask(
        self,
        client: httpx.AsyncClient,
        messages: Sequence[Message],
        *,
        max_output_tokens: int,
        timeout_seconds: float,
    ) -> Answer:
        """Ask for a greedy answer (temperature 0) and wait for the whole of it.

        Raises:
            ChatError: if there is none within the time, or what came is no answer, or lacks the token counts.
        """
        request = self.greedy_request(messages, max_output_tokens=max_output_tokens)
        completion = await self.complete(client, request, timeout_seconds=timeout_seconds)
        try:
            usage = completion.body["usage"]
            return Answer(
                completion.text,
                int(usage["prompt_tokens"]),
                int(usage["completion_tokens"]),
                completion.latency_seconds,
            )
        except (ValueError, TypeError, LookupError) as error:
            quoted = str(completion.body)[:QUOTED_CHARACTERS]
            raise ChatError(f"what came has no token counts: {quoted}", transient=False) from error

    async def complete(
        self, client: httpx.AsyncClient, request: Mapping[str, Any], *, timeout_seconds: float
    ) -> Completion:
        """Send a body of the Chat Completions API as it is, and wait for the whole answer.

        Raises:
            ChatError: if there is none within the time, or what came is no answer.
        """
        import httpx

        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await client.post(f"{self.base_url}/chat/completions", json=dict(request))
        except TimeoutError as error:
            raise ChatError(
                f"no answer within {timeout_seconds:g} s", transient=False, timed_out=True, may_be_billed=True
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise ChatError(
                f"the connection failed ({type(error).__name__}: {error})",
                transient=True,
                may_be_billed=not isinstance(error, httpx.ConnectError),
            ) from error
        latency_seconds = time.perf_counter() - started
        if not response.is_success:
            raise self._refusal(response)
        return Completion(self._body(response), latency_seconds)

    def _refusal(self, response: httpx.Response) -> ChatError:
        return ChatError(
            f"HTTP {response.status_code}: {self._quoted(response)}",
            transient=response.status_code in BUSY or response.status_code >= 500,
            retry_after_seconds=_seconds_to_wait(response.headers.get("Retry-After", "")),
            status=response.status_code,
        )

    def _body(self, response: httpx.Response) -> Mapping[str, Any]:
        try:
            body: Mapping[str, Any] = response.json()
        except ValueError as error:
            # Something between here and the model has cut the answer off, or stands in for an endpoint that is down.
            reason = f"what came is no JSON: {self._quoted(response)}"
            raise ChatError(reason, transient=True, may_be_billed=True) from error
        try:
            completion_text(body)
        except (TypeError, LookupError, AttributeError) as error:
            reason = f"what came is no chat completion: {self._quoted(response)}"
            raise ChatError(reason, transient=False, may_be_billed=True) from error
        return body

    def _quoted(self, response: httpx.Response) -> str:
        """The beginning of what came, on one line and without the key should the endpoint repeat it."""
        text = " ".join(response.text.split()) or "(nothing)"
        return (text.replace(self.api_key, "[API key]") if self.api_key else text)[:QUOTED_CHARACTERS]


def completion_text(body: Mapping[str, Any]) -> str:
    """The text of a completion's first choice. Raises TypeError, LookupError or AttributeError if it isn't one."""
    content = body["choices"][0]["message"].get("content")
    if not isinstance(content, str | None):
        raise TypeError(f"content is {type(content).__name__}")
    # Half of a surrogate pair can be written in JSON, but in no file.
    return (content or "").encode(errors="replace").decode()


def _seconds_to_wait(header: str) -> float | None:
    """What a Retry-After header asks for: seconds or a date (RFC 9110, section 10.2.3)."""
    with suppress(ValueError):
        seconds = float(header)
        return seconds if math.isfinite(seconds) and seconds >= 0 else None
    with suppress(ValueError):
        when = parsedate_to_datetime(header)
        # A date that names no zone is in UTC.
        return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
    return None
