"""Asking again, later and later, as long as another attempt makes sense. The one loop of its kind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from distil_dagster.serving.chat import ChatError

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 60.0
LONGEST_RETRY_AFTER_SECONDS = 300.0

Result = TypeVar("Result")


async def ask_patiently(
    attempt: Callable[[], Awaitable[Result]], *, attempts: int, retry_time_outs: bool = False
) -> Result:
    """What the first attempt that succeeds returns.

    Waits twice as long after each failure, shortened by up to a half at random so that requests that failed together
    don't come back together (Brooker 2015, "Exponential backoff and jitter", AWS Architecture Blog), and never
    shorter than the endpoint asked for.

    Args:
        attempt: sends the request once.
        attempts: how often to send it at most.
        retry_time_outs: whether to send it again after a time-out: right for an API that loses a request now and
            then, wrong for a server of one's own that can't keep up.

    Raises:
        ChatError: of the last attempt, with their number.
    """
    number = 1
    while True:
        try:
            return await attempt()
        except ChatError as error:
            asked = error.retry_after_seconds or 0.0
            again = error.transient or (error.timed_out and retry_time_outs)
            if not again or number == attempts or asked > LONGEST_RETRY_AFTER_SECONDS:
                tried = f" ({number} attempts)" if number > 1 else ""
                later = f"; it asks to wait {asked:.0f} s" if again and asked > LONGEST_RETRY_AFTER_SECONDS else ""
                raise ChatError(f"{error}{tried}{later}", transient=error.transient, status=error.status) from error
        backoff = min(FIRST_BACKOFF_SECONDS * 2 ** (number - 1), LONGEST_BACKOFF_SECONDS)
        await asyncio.sleep(max(asked, backoff * random.uniform(0.5, 1.0)))
        number += 1
