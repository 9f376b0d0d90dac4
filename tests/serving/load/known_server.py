"""A chat server whose capacity is known: so many slots, each busy for exactly so long with a request, first come first
served. It can stand still once, or drop requests. `waited_and_served` is the same queue as arithmetic. As a program
that an engine can start:

    python tests/serving/load/known_server.py PORT SLOTS SECONDS
"""

from __future__ import annotations

import asyncio
import heapq
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BODY = json.dumps(
    {
        "model": "known",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "done"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
).encode()


@dataclass(frozen=True)
class Service:
    """What the server does."""

    slots: int
    seconds: float
    """Of each request."""
    drop_every: int | None = None
    """Each so many-th request is refused with HTTP 503."""
    stall_at: float | None = None
    """Seconds after the first request, from when on no request is begun for `stall_seconds`."""
    stall_seconds: float = 2.0

    @property
    def capacity(self) -> float:
        """Requests per second."""
        return self.slots / self.seconds


def waited_and_served(arrivals: Sequence[float] | NDArray[np.float64], service: Service) -> NDArray[np.float64]:
    """The latencies of requests that come at these times, in the order of the times."""
    free = [0.0] * service.slots
    ends = []
    for arrival in arrivals:
        end = max(arrival, heapq.heappop(free)) + service.seconds
        heapq.heappush(free, end)
        ends.append(end)
    return np.array(ends) - np.asarray(arrivals)


class KnownServer:
    """A context manager: the server in a thread of this process, on a loopback port; on a free one for 0."""

    def __init__(self, service: Service, *, port: int = 0) -> None:
        self.service = service
        self.port = port
        self.seen = 0
        self.first: float | None = None
        self.free = [0.0] * service.slots
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> KnownServer:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    async def _listen(self) -> asyncio.Server:
        return await self.loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=1024)

    def end_of(self, arrival: float) -> float:
        """When a request that arrives now will have been served."""
        if self.first is None:
            self.first = arrival
        start = max(arrival, heapq.heappop(self.free))
        stall_at = self.service.stall_at
        if stall_at is not None and stall_at <= start - self.first < stall_at + self.service.stall_seconds:
            start = self.first + stall_at + self.service.stall_seconds
        end = start + self.service.seconds
        heapq.heappush(self.free, end)
        return end


class _Connection(asyncio.Protocol):
    def __init__(self, server: KnownServer) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        if head.startswith(b"GET"):
            self._received = b""
            self._answer(b"404 Not Found", b"")
            return
        if len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            return
        self._received = b""
        server = self._server
        server.seen += 1
        if server.service.drop_every and server.seen % server.service.drop_every == 0:
            self._answer(b"503 Service Unavailable", b"dropped")
        else:
            server.loop.call_at(server.end_of(server.loop.time()), self._answer, b"200 OK", BODY)

    def _answer(self, status: bytes, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body
        )


if __name__ == "__main__":
    with KnownServer(Service(slots=int(sys.argv[2]), seconds=float(sys.argv[3])), port=int(sys.argv[1])):
        time.sleep(600)
