"""The second number, a closed loop over HTTP: N clients, each asking its next question as soon as it has its answer.

A closed loop finds the rate that a server sustains at a given number of clients. It says little about latency under
arrivals at a given rate: a slow server is asked less (coordinated omission). So its latencies are labelled with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from distil_dagster.serving.chat import ChatEndpoint, ChatError
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.settings import ServingSettings
from distil_dagster.tasks import Message

if TYPE_CHECKING:
    import httpx

Phase = Literal["warm-up", "measured", "draining"]


@dataclass(frozen=True)
class RequestRecord:
    """One request, a row of closed_loop.parquet."""

    started_seconds: float
    """After the start of the test."""
    latency_seconds: float
    """Until the answer, or until the request was given up."""
    ok: bool
    error: str | None
    input_tokens: int
    output_tokens: int
    phase: Phase
    """Whether it ended while warming up, while measuring, or when there was nothing more to ask."""


@dataclass(frozen=True)
class ClosedLoopTest:
    """What a closed loop saw."""

    records: tuple[RequestRecord, ...]
    """All requests in the order of their ends, those of warming up and draining included."""
    seconds: float
    """How long the measured phase lasted."""

    @property
    def measured(self) -> tuple[RequestRecord, ...]:
        """The requests that ended while all clients were busy."""
        return tuple(record for record in self.records if record.phase == "measured")


async def run_closed_loop(
    endpoint: ChatEndpoint,
    prompts: Sequence[Sequence[Message]],
    settings: ServingSettings,
    *,
    max_output_tokens: int,
    report: Callable[[str], object],
) -> ClosedLoopTest:
    """Ask the prompts in order, each once, `settings.concurrency` at a time.

    The first `warm_up_requests` answers are not measured. Measuring ends when the last prompt has been sent, for from
    then on fewer clients are busy, or after `max_seconds`.

    Raises:
        LoadTestError: if there are too few prompts to measure anything, or no measured request had an answer.
    """
    prompts = prompts[: settings.max_requests]
    needed = settings.warm_up_requests + settings.concurrency
    if len(prompts) <= needed:
        raise LoadTestError(
            f"{len(prompts)} distinct prompts are too few for a load test: lower serving.concurrency"
            f" ({settings.concurrency}) or serving.warm_up_requests ({settings.warm_up_requests})"
        )
    loop = _ClosedLoop(endpoint, prompts, settings, max_output_tokens, report)
    await loop.run()
    test = ClosedLoopTest(tuple(loop.records), loop.closed - loop.opened)
    if not any(record.ok for record in test.measured):
        errors = {record.error for record in test.records if record.error}
        raise LoadTestError(f"none of {len(test.measured)} measured requests was answered: {'; '.join(sorted(errors))}")
    return test


class _ClosedLoop:
    """The clients and the clock that they share."""

    def __init__(
        self,
        endpoint: ChatEndpoint,
        prompts: Sequence[Sequence[Message]],
        settings: ServingSettings,
        max_output_tokens: int,
        report: Callable[[str], object],
    ) -> None:
        self.records: list[RequestRecord] = []
        self.opened = self.closed = float("inf")
        self._endpoint = endpoint
        self._settings = settings
        self._max_output_tokens = max_output_tokens
        self._report = report
        self._count = len(prompts)
        self._prompts = iter(prompts)
        self._started = time.perf_counter()

    async def run(self) -> None:
        """Run all clients to their ends."""
        async with (
            self._endpoint.client(concurrency=self._settings.concurrency) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for _ in range(self._settings.concurrency):
                tasks.create_task(self._ask_one_after_the_other(client))

    async def _ask_one_after_the_other(self, client: httpx.AsyncClient) -> None:
        for prompt in self._questions():
            await self._ask(client, prompt)

    def _questions(self) -> Iterator[Sequence[Message]]:
        while self._now() < self.opened + self._settings.max_seconds:
            prompt = next(self._prompts, None)
            if prompt is None:
                break
            yield prompt
        self.closed = min(self.closed, self._now())

    async def _ask(self, client: httpx.AsyncClient, prompt: Sequence[Message]) -> None:
        settings = self._settings
        started = self._now()
        error: str | None = None
        input_tokens = output_tokens = 0
        try:
            answer = await self._endpoint.ask(
                client,
                prompt,
                max_output_tokens=self._max_output_tokens,
                timeout_seconds=settings.request_timeout_seconds,
            )
            input_tokens, output_tokens = answer.input_tokens, answer.output_tokens
        except ChatError as failure:
            error = str(failure)
        ended = self._now()
        phase: Phase = "warm-up" if ended < self.opened else "measured" if ended < self.closed else "draining"
        self.records.append(
            RequestRecord(started, ended - started, error is None, error, input_tokens, output_tokens, phase)
        )
        if len(self.records) == settings.warm_up_requests:
            self.opened = ended
        self._report(f"load test: {len(self.records)} of {self._count} requests")

    def _now(self) -> float:
        return time.perf_counter() - self._started
