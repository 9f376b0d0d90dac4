"""Asks a chat endpoint without waiting: any thread hands questions over, one event loop sends them all.

aiohttp on uvloop, because a request costs it far less than it costs httpx (`benchmarks/load_client.py` shows both), and
a client that is slower than the server measures itself.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import uvloop

from distil_dagster.serving.chat import completion_text

CONNECTIONS = 1024
"""The most requests on the wire. Whoever waits for a place is late, and that counts as latency."""
QUOTED_CHARACTERS = 200
HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """How one question ended. Tokens as the server counted them, 0 without an answer."""

    error: str | None
    input_tokens: int = 0
    output_tokens: int = 0


class LoadClient:
    """A context manager; leaving it closes the connections."""

    def __init__(self, base_url: str, *, timeout_seconds: float) -> None:
        self._address = f"{base_url}/chat/completions"
        self._timeout_seconds = timeout_seconds
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._asking: set[asyncio.Task[None]] = set()

    def __enter__(self) -> LoadClient:
        self._thread.start()
        self._session = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def ask(self, body: bytes, last_byte: Callable[[], object], ended: Callable[[Reply], object]) -> None:
        """Send a body from any thread, and come back at once.

        Args:
            body: of the Chat Completions API.
            last_byte: called when the answer has come whole, or the question is given up, before anything is parsed.
            ended: called after it with what came.
        """
        self._loop.call_soon_threadsafe(self._start, body, last_byte, ended)

    async def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        # No proxies: the server is on this machine, and looking for them costs two changes of thread for each request.
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))

    def _start(self, body: bytes, last_byte: Callable[[], object], ended: Callable[[Reply], object]) -> None:
        task = self._loop.create_task(self._ask(body, last_byte, ended))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, body: bytes, last_byte: Callable[[], object], ended: Callable[[Reply], object]) -> None:
        status, content, error = 0, b"", None
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                self._session.post(self._address, data=body, headers=HEADERS) as response,
            ):
                status, content = response.status, await response.read()
        except TimeoutError:
            error = f"no answer within {self._timeout_seconds:g} s"
        except (aiohttp.ClientError, OSError) as failure:
            error = f"the connection failed ({type(failure).__name__}: {failure})"
        last_byte()
        ended(Reply(error) if error else _read(status, content))


def _read(status: int, content: bytes) -> Reply:
    quoted = content[:QUOTED_CHARACTERS].decode(errors="replace")
    if not 200 <= status < 300:
        return Reply(f"HTTP {status}: {quoted}")
    try:
        body: Any = json.loads(content)
        completion_text(body)
        usage = body["usage"]
        return Reply(None, int(usage["prompt_tokens"]), int(usage["completion_tokens"]))
    except (ValueError, TypeError, LookupError, AttributeError):
        return Reply(f"what came is no chat completion with token counts: {quoted}")
