"""What the client can do at most: the same processes against a server on the loopback address that does nothing.

    python -m distil_dagster.serving.load.ceiling

serves such a server, and prints its port.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.prompts import PromptFile
from distil_dagster.serving.load.traffic import Traffic, own_process

HOST = "127.0.0.1"
OFFERED_PER_SECOND = 20_000.0
"""To each process; more than any gets done."""
QUERIES = 6_000
"""Of each process: two to three seconds."""
REQUIRED = 2.0
"""The ceiling that a point asks for, as a multiple of its rate."""
TIMEOUT_SECONDS = 60.0


def client_ceiling(prompts: PromptFile, *, processes: int, logs: Path) -> float:
    """Requests per second that the client's processes issue and have answered, sharing the machine with a no-op server.

    Raises:
        LoadTestError: if a process of the client failed, or any request: what was not answered is no throughput.
    """
    with no_op_server() as base_url:
        traffic = Traffic(base_url, prompts, processes=processes, timeout_seconds=TIMEOUT_SECONDS, logs=logs)
        offered = OFFERED_PER_SECOND * processes
        requests = traffic.arrivals(offered, QUERIES * processes / offered, run=0, name="client-ceiling")
    error = next((error for error in requests.error if error is not None), None)
    if error is not None:
        raise LoadTestError(
            f"the client could not be measured, a request to a server that does nothing failed: {error}"
        )
    return len(requests) / float((requests.scheduled + requests.latency).max())


@contextmanager
def no_op_server() -> Iterator[str]:
    """A server in a process of its own that answers every chat request at once with the same; yields its base URL."""
    command = own_process("distil_dagster.serving.load.ceiling")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://{HOST}:{int(server.stdout.readline())}/v1"
        finally:
            server.kill()


class _NoOp(asyncio.Protocol):
    _BODY = json.dumps(
        {
            "model": "none",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1},
        }
    ).encode()
    _ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY) + _BODY

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if separator and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            self._received = b""
            self._transport.write(self._ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_NoOp, HOST, 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve())
