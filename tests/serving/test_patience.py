"""The one loop that asks again: how often, how long between, and what it says when it gives up."""

from __future__ import annotations

import asyncio

import pytest

from distil_dagster.serving import patience
from distil_dagster.serving.chat import ChatError
from distil_dagster.serving.patience import ask_patiently

BUSY = ChatError("busy", transient=True)
TIMED_OUT = ChatError("silent", transient=False, timed_out=True)


class Endpoint:
    """Fails as the script says, and then answers."""

    def __init__(self, *failures: ChatError) -> None:
        self.failures = list(failures)
        self.attempts = 0

    async def attempt(self) -> str:
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited, which here take no time."""
    recorded: list[float] = []

    async def sleep(seconds: float) -> None:
        recorded.append(seconds)

    monkeypatch.setattr(patience.asyncio, "sleep", sleep)
    return recorded


def ask(endpoint: Endpoint, *, attempts: int = 8, retry_time_outs: bool = False) -> str:
    return asyncio.run(ask_patiently(endpoint.attempt, attempts=attempts, retry_time_outs=retry_time_outs))


def test_it_waits_about_twice_as_long_each_time_up_to_a_minute(waits: list[float]) -> None:
    assert ask(Endpoint(*[BUSY] * 11), attempts=12) == "answer"
    for number, seconds in enumerate(waits):
        longest = min(0.5 * 2**number, 60)
        assert longest / 2 <= seconds <= longest


def test_it_never_waits_shorter_than_the_endpoint_asked(waits: list[float]) -> None:
    assert ask(Endpoint(ChatError("busy", transient=True, retry_after_seconds=123.0))) == "answer"
    assert waits == [123.0]


def test_an_endpoint_that_asks_to_wait_too_long_is_given_up(waits: list[float]) -> None:
    endpoint = Endpoint(ChatError("HTTP 429: quota", transient=True, retry_after_seconds=3600.0))
    with pytest.raises(ChatError, match=r"^HTTP 429: quota; it asks to wait 3600 s$"):
        ask(endpoint)
    assert not waits


def test_the_last_failure_is_told_with_the_number_of_attempts(waits: list[float]) -> None:
    endpoint = Endpoint(BUSY, BUSY, ChatError("down", transient=True))
    with pytest.raises(ChatError, match=r"^down \(3 attempts\)$"):
        ask(endpoint, attempts=3)
    assert endpoint.attempts == 3


def test_what_will_not_pass_is_tried_once(waits: list[float]) -> None:
    endpoint = Endpoint(ChatError("refused", transient=False))
    with pytest.raises(ChatError, match=r"^refused$"):
        ask(endpoint)
    assert endpoint.attempts == 1


def test_a_time_out_is_tried_again_only_where_that_is_asked_for(waits: list[float]) -> None:
    assert ask(Endpoint(TIMED_OUT), retry_time_outs=True) == "answer"
    with pytest.raises(ChatError, match="silent"):
        ask(Endpoint(TIMED_OUT))
