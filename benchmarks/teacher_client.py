"""Answers per second that our client gets from a teacher, beside what the teacher could give at most.

    .venv/bin/python benchmarks/teacher_client.py [--requests 5000] [--slots 32] [--latency 0.05]

The teacher is a server on this machine that answers in `latency` seconds, `slots` requests at once, and does nothing
else; so it gives slots / latency answers per second at most, which is the peer. Ours asks through a session, as the
teacher that writes a corpus does, and records every answer. Beside them stands a loop around httpx as it comes, which
records nothing. Then ours asks for the same again, which are all recorded now. Each runs in a process of its own, on
one thread.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import ChatRequest, RecordedChat, ResponseFolder, Session
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.tasks import Message

PROMPT = "You write new examples of a task. " * 100
ANSWER = "One of the examples that were asked for. " * 20
MAX_OUTPUT_TOKENS = 500
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Load:
    """What is asked: so many different requests, of a server of these slots and this latency."""

    requests: int
    slots: int
    latency_seconds: float


@dataclass(frozen=True)
class Outcome:
    """What one side needed."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def response(text: str, prompt_tokens: int) -> bytes:
    """A completion with this text, as it goes over the wire."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": len(text) // 4}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = json.dumps({"model": "teacher", "choices": [choice], "usage": usage}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Server(asyncio.Protocol):
    """Answers the requests on a connection, each after the latency and as soon as there is a slot."""

    def __init__(self, slots: asyncio.Semaphore, latency_seconds: float, respond: Callable[[bytes], bytes]) -> None:
        self._slots = slots
        self._latency_seconds = latency_seconds
        self._respond = respond
        self._received = b""
        self._answers: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if separator and len(body) == int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            self._received = b""
            answer = asyncio.create_task(self._answer(body))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)

    async def _answer(self, body: bytes) -> None:
        async with self._slots:
            await asyncio.sleep(self._latency_seconds)
        self._transport.write(self._respond(body))


def serve(load: Load, port: Connection) -> None:
    async def until_ended() -> None:
        slots = asyncio.Semaphore(load.slots)
        completion = response(ANSWER, len(PROMPT) // 4)
        server = await asyncio.get_running_loop().create_server(
            lambda: Server(slots, load.latency_seconds, lambda _: completion), "127.0.0.1", 0
        )
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(until_ended())


def requests(base_url: str, load: Load) -> Iterator[ChatRequest]:
    for number in range(load.requests):
        messages = (Message("system", PROMPT), Message("user", f"Write example {number}."))
        yield ChatRequest(base_url, "teacher", messages, MAX_OUTPUT_TOKENS, temperature=0.7)


def through_a_session(base_url: str, load: Load, folder: Path) -> Outcome:
    chat = RecordedChat(
        ChatEndpoint(base_url, "teacher"),
        ResponseFolder(folder),
        TokenPrices(0.0, 0.0),
        RemoteAsking(concurrency=load.slots),
        budget_setting="",
        report=lambda message: None,
    )
    upcoming = requests(base_url, load)

    async def ask_one_after_the_other(session: Session) -> None:
        for request in upcoming:
            await session.ask(request)

    async def ask() -> None:
        async with chat.session() as session:
            # A pipeline has more requests ready than may be under way at once.
            await asyncio.gather(*(ask_one_after_the_other(session) for _ in range(2 * load.slots)))

    return measured(ask)


def bare_httpx(base_url: str, load: Load, folder: Path) -> Outcome:
    upcoming = requests(base_url, load)

    async def ask_one_after_the_other(client: httpx.AsyncClient) -> None:
        for request in upcoming:
            messages = [message.as_dict() for message in request.messages]
            body = {"model": request.model, "messages": messages, "max_completion_tokens": MAX_OUTPUT_TOKENS}
            response = await client.post(f"{base_url}/chat/completions", json=body)
            response.json()

    async def ask() -> None:
        limits = httpx.Limits(max_connections=load.slots, max_keepalive_connections=load.slots)
        async with httpx.AsyncClient(limits=limits, timeout=None) as client:
            await asyncio.gather(*(ask_one_after_the_other(client) for _ in range(load.slots)))

    return measured(ask)


def measured(ask: Callable[[], Coroutine[Any, Any, None]]) -> Outcome:
    started, cpu_before = time.perf_counter(), time.process_time()
    asyncio.run(ask())
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Outcome(time.perf_counter() - started, time.process_time() - cpu_before, peak_mib)


def in_own_process(
    name: str, ask: Callable[[str, Load, Path], Outcome], base_url: str, load: Load, folder: Path
) -> float:
    with ProcessPoolExecutor(1, mp_context=SPAWN) as process:
        outcome = process.submit(ask, base_url, load, folder).result()
    per_second = load.requests / outcome.seconds
    print(
        f"{name}: {per_second:,.0f} answers/s, {outcome.cpu_seconds / load.requests * 1e6:,.0f} µs of the processor "
        f"for each, at most {outcome.peak_mib:,.0f} MiB",
        flush=True,
    )
    return per_second


def main() -> None:
    parser = argparse.ArgumentParser(description="Our client beside the ceiling of the server that it asks.")
    parser.add_argument("--requests", type=int, default=5_000, help="different requests")
    parser.add_argument("--slots", type=int, default=32, help="requests that the server answers at once")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds to an answer")
    options = parser.parse_args()
    load = Load(options.requests, options.slots, options.latency)
    receiving, sending = SPAWN.Pipe(duplex=False)
    server = SPAWN.Process(target=serve, args=(load, sending), daemon=True)
    server.start()
    base_url = f"http://127.0.0.1:{receiving.recv()}/v1"
    ceiling = load.slots / load.latency_seconds
    print(f"the server's ceiling: {ceiling:,.0f} answers/s")
    try:
        with tempfile.TemporaryDirectory() as folder:
            in_own_process("httpx in a loop, nothing recorded", bare_httpx, base_url, load, Path(folder))
            ours = in_own_process("a session, all recorded", through_a_session, base_url, load, Path(folder))
            in_own_process("the same again, from the records", through_a_session, base_url, load, Path(folder))
    finally:
        server.terminate()
    print(json.dumps({"ours": ours, "peer": ceiling, "ratio": ours / ceiling, "unit": "answers per second"}))


if __name__ == "__main__":
    main()
