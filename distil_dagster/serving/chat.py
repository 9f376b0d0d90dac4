"""One request to any OpenAI-compatible chat endpoint, and what can go wrong with it. Whoever asks decides what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from distil_dagster.tasks import Message

if TYPE_CHECKING:
    import httpx

QUOTED_CHARACTERS = 300


class ChatError(RuntimeError):
    """A request without an answer.

    Attributes:
        transient: whether the same request may succeed later: the endpoint was busy, failing or unreachable.
        retry_after_seconds: how long the endpoint asked to wait; None if it didn't.
    """

    def __init__(self, reason: str, *, transient: bool, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.transient = transient
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Answer:
    """What came back. Tokens as the endpoint counted them."""

    text: str
    input_tokens: int
    output_tokens: int
    latency_seconds: float
    """From sending the request to its last byte."""


@dataclass(frozen=True)
class ChatEndpoint:
    """Where to ask, e.g. `http://127.0.0.1:8000/v1`, and for which model. Answers are greedy (temperature 0)."""

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)

    def client(self, *, concurrency: int) -> httpx.AsyncClient:
        """A client for so many requests at once; a context manager."""
        import httpx

        return httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self.api_key}"} if self.api_key else {},
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            timeout=None,
        )

    async def ask(
        self,
        client: httpx.AsyncClient,
        messages: Sequence[Message],
        *,
        max_output_tokens: int,
        timeout_seconds: float,
    ) -> Answer:
        """Send one request and wait for the whole answer.

        Raises:
            ChatError: if there is none within the time, or what came is no answer.
        """
        import httpx

        request = {
            "model": self.model,
            "messages": [message.as_dict() for message in messages],
            "max_completion_tokens": max_output_tokens,
            "temperature": 0,
        }
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await client.post(f"{self.base_url}/chat/completions", json=request)
        except TimeoutError as error:
            raise ChatError(f"no answer within {timeout_seconds:g} s", transient=False) from error
        except httpx.TransportError as error:
            reason = f"the connection failed ({type(error).__name__}: {error})"
            raise ChatError(reason, transient=True) from error
        latency_seconds = time.perf_counter() - started
        if not response.is_success:
            raise _refusal(response)
        return _answer(response, latency_seconds)


def _refusal(response: httpx.Response) -> ChatError:
    wait = response.headers.get("Retry-After", "")
    return ChatError(
        f"HTTP {response.status_code}: {response.text[:QUOTED_CHARACTERS]}",
        transient=response.status_code == 429 or response.status_code >= 500,
        retry_after_seconds=float(wait) if wait.isdigit() else None,
    )


def _answer(response: httpx.Response, latency_seconds: float) -> Answer:
    try:
        body: Any = response.json()
        return Answer(
            # A model that stops at once has no content, which is an answer like any other.
            text=body["choices"][0]["message"].get("content") or "",
            input_tokens=int(body["usage"]["prompt_tokens"]),
            output_tokens=int(body["usage"]["completion_tokens"]),
            latency_seconds=latency_seconds,
        )
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        quoted = response.text[:QUOTED_CHARACTERS]
        raise ChatError(f"what came is no chat completion: {quoted}", transient=False) from error
