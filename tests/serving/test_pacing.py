"""How many requests are sent at once: fewer after a failure, more after successes, none during a pause."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.serving import pacing
from distil_dagster.serving.chat import ChatError
from distil_dagster.serving.pacing import Pace

BUSY = ChatError("busy", transient=True)


async def take_turn(pace: Pace, failure: ChatError | None = None) -> float:
    """One request, which is on its way for a moment; the time at which it was sent."""
    with suppress(ChatError):
        async with pace.turn():
            sent_at = asyncio.get_running_loop().time()
            await asyncio.sleep(0.001)
            if failure is not None:
                raise failure
    return sent_at


async def take_turns(pace: Pace, count: int, failure: ChatError | None = None) -> list[float]:
    return await asyncio.gather(*(take_turn(pace, failure) for _ in range(count)))


class TestTheLimit:
    def test_it_begins_with_the_most(self) -> None:
        assert Pace(7).at_once == 7

    def test_failures_of_requests_that_were_under_way_together_halve_it_once(self) -> None:
        async def limits() -> list[int]:
            pace, found = Pace(16), []
            for _ in range(6):
                await take_turns(pace, pace.at_once, BUSY)
                found.append(pace.at_once)
            return found

        assert asyncio.run(limits()) == [8, 4, 2, 1, 1, 1]

    def test_a_failure_that_is_no_sign_of_congestion_leaves_it(self) -> None:
        async def limit() -> int:
            pace = Pace(16)
            await take_turns(pace, 16, ChatError("refused", transient=False))
            return pace.at_once

        assert asyncio.run(limit()) == 16

    def test_each_round_of_successes_raises_it_by_one_up_to_the_most(self) -> None:
        async def limits() -> list[int]:
            pace = Pace(8)
            for _ in range(3):
                await take_turns(pace, pace.at_once, BUSY)
            found = [pace.at_once]
            for _ in range(12):
                await take_turns(pace, pace.at_once + 1)
                found.append(pace.at_once)
            return found

        found = asyncio.run(limits())
        assert found[0] == 1
        assert all(later - earlier in (0, 1) for earlier, later in pairwise(found))
        assert found[7:] == [8] * 6

    @given(st.integers(1, 9), st.lists(st.booleans(), max_size=60), st.integers())
    def test_no_more_are_sent_than_it_allows(self, most: int, failures: list[bool], seed: int) -> None:
        order = random.Random(seed)

        async def run() -> None:
            pace, under_way = Pace(most), 0

            async def request(fails: bool) -> None:
                nonlocal under_way
                with suppress(ChatError):
                    async with pace.turn():
                        under_way += 1
                        assert under_way <= pace.at_once <= most
                        for _ in range(order.randrange(4)):
                            await asyncio.sleep(0)
                        under_way -= 1
                        if fails:
                            raise BUSY

            await asyncio.gather(*map(request, failures))
            assert under_way == 0

        asyncio.run(run())

    def test_whoever_is_cancelled_while_waiting_leaves_the_turn_to_the_next(self) -> None:
        async def run() -> None:
            pace = Pace(1)
            async with pace.turn():
                waiting = [asyncio.create_task(take_turn(pace)) for _ in range(3)]
                await asyncio.sleep(0)
                waiting[0].cancel()
            waiting[1].cancel()
            async with asyncio.timeout(10):
                await waiting[2]

        asyncio.run(run())


class TestAPause:
    def test_no_request_is_sent_before_the_time_that_one_was_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pacing, "JITTER", 1.0)

        async def run() -> tuple[float, list[float]]:
            pace = Pace(8)
            await take_turn(pace, ChatError("busy", transient=True, retry_after_seconds=0.1))
            told_at = asyncio.get_running_loop().time()
            return told_at, await take_turns(pace, 8)

        told_at, sent_at = asyncio.run(run())
        assert min(sent_at) >= told_at + 0.09
        assert len({round(moment, 3) for moment in sent_at}) > 1  # they don't come back together

    def test_a_pause_that_begins_while_another_is_sat_out_counts_too(self) -> None:
        async def run() -> float:
            pace = Pace(8)
            began = asyncio.get_running_loop().time()

            async def fails_later() -> None:
                with suppress(ChatError):
                    async with pace.turn():
                        await take_turn(pace, ChatError("busy", transient=True, retry_after_seconds=0.05))
                        waiting.append(asyncio.create_task(take_turn(pace)))
                        await asyncio.sleep(0.01)
                        raise ChatError("busy", transient=True, retry_after_seconds=0.2)

            waiting: list[asyncio.Task[float]] = []
            await fails_later()
            return await waiting[0] - began

        assert asyncio.run(run()) >= 0.2

    def test_one_that_is_too_long_to_wait_for_is_left_to_the_request_that_was_told(self) -> None:
        async def run() -> None:
            pace = Pace(2)
            await take_turn(pace, ChatError("quota", transient=True, retry_after_seconds=3600.0))
            async with asyncio.timeout(10):
                await take_turn(pace)

        asyncio.run(run())
