"""How many requests at once an endpoint is sent: as many as it takes without complaint.

Additive increase, multiplicative decrease (Chiu & Jain 1989, "Analysis of the increase and decrease algorithms for
congestion avoidance in computer networks", Computer Networks and ISDN Systems 17): of all linear rules the one by which
those who share a server, without knowing of each other, come to equal shares of it.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from distil_dagster.serving.chat import ChatError
from distil_dagster.serving.patience import LONGEST_RETRY_AFTER_SECONDS

JITTER = 0.1
"""The part of a pause over which requests come back at random moments after it."""


@dataclass(frozen=True)
class _Pause:
    until: float
    """On the event loop's clock."""
    spread_seconds: float


class Pace:
    """The requests at once, from 1 to `most_at_once`, with which it begins; for one event loop."""

    def __init__(self, most_at_once: int) -> None:
        self._most = most_at_once
        self._limit = float(most_at_once)
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._sent = 0
        self._sent_before_decrease = 0
        self._pause = _Pause(0.0, 0.0)

    @property
    def at_once(self) -> int:
        """How many requests may be under way now."""
        return int(self._limit)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until one more request may be sent; it is under way until the block ends.

        A ChatError that leaves the block and is transient halves the limit, unless the request was sent before it was
        halved last: then it tells of the same congestion. If the endpoint said when to come back, no request is sent
        earlier. A block that ends well raises the limit, by about one for each round of requests.
        """
        await self._wait_for_turn()
        self._under_way += 1
        self._sent += 1
        number = self._sent
        try:
            yield
            self._limit = min(float(self._most), self._limit + 1 / self._limit)
        except ChatError as error:
            if error.transient:
                self._slow_down(number, error.retry_after_seconds or 0.0)
            raise
        finally:
            self._under_way -= 1
            self._wake_waiting()

    async def _wait_for_turn(self) -> None:
        while True:
            await self._sit_out_pause()
            if self._under_way < self.at_once:
                return
            woken = asyncio.get_running_loop().create_future()
            self._waiting.append(woken)
            try:
                await woken
            except asyncio.CancelledError:
                self._wake_waiting()  # the turn may have been this one's
                raise

    def _wake_waiting(self) -> None:
        """Wake as many as may be sent now; they look for themselves whether it is still so."""
        free = self.at_once - self._under_way
        while self._waiting and free > 0:
            woken = self._waiting.popleft()
            if not woken.done():
                woken.set_result(None)
                free -= 1

    def _slow_down(self, number: int, retry_after_seconds: float) -> None:
        if number > self._sent_before_decrease:
            self._limit = max(1.0, self._limit / 2)
            self._sent_before_decrease = self._sent
        until = asyncio.get_running_loop().time() + retry_after_seconds
        # An endpoint that asks for longer isn't asked again at all; the others hear that from it themselves.
        if until > self._pause.until and retry_after_seconds <= LONGEST_RETRY_AFTER_SECONDS:
            self._pause = _Pause(until, JITTER * retry_after_seconds)

    async def _sit_out_pause(self) -> None:
        sat_out = None
        while sat_out is not self._pause:
            sat_out = self._pause
            resume_at = sat_out.until + random.uniform(0.0, sat_out.spread_seconds)
            await asyncio.sleep(resume_at - asyncio.get_running_loop().time())
