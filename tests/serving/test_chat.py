"""One request: what counts as an answer, and which failures may pass."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from distil_dagster.serving.chat import Answer, ChatEndpoint, ChatError
from distil_dagster.tasks import Message
from tests.serving.scripted_server import Fault, ScriptedServer

CHAT = [Message("system", "be brief"), Message("user", "two words")]


def ask(server: ScriptedServer, *, api_key: str | None = None, timeout_seconds: float = 30.0) -> Answer:
    async def question() -> Answer:
        endpoint = ChatEndpoint(server.base_url, "student", api_key)
        async with endpoint.client(concurrency=1) as client:
            return await endpoint.ask(client, CHAT, max_output_tokens=7, timeout_seconds=timeout_seconds)

    return asyncio.run(question())


def test_an_answer_comes_with_its_tokens_and_its_time() -> None:
    with ScriptedServer() as server:
        answer = ask(server, api_key="secret")
    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("two words", 4, 2)
    assert answer.latency_seconds > 0
    assert server.authorizations == ["Bearer secret"]
    assert server.requests == [
        {
            "model": "student",
            "messages": [message.as_dict() for message in CHAT],
            "max_completion_tokens": 7,
            "temperature": 0,
        }
    ]


def test_a_model_that_says_nothing_has_answered() -> None:
    with ScriptedServer([Fault.EMPTY]) as server:
        assert ask(server).text == ""


@pytest.mark.parametrize(
    ("fault", "transient", "reason"),
    [
        (Fault.HTTP_400, False, "HTTP 400: .*scripted"),
        (Fault.HTTP_429, True, "HTTP 429"),
        (Fault.HTTP_500, True, "HTTP 500"),
        (Fault.TRUNCATED, True, "the connection failed"),
        (Fault.CLOSED, True, "the connection failed"),
        (Fault.NO_COMPLETION, False, "no chat completion: .*choices"),
        (Fault.NO_JSON, True, "no JSON: <html>"),
        (Fault.HALF_JSON, True, "no JSON: .*choices"),
    ],
)
def test_a_failure_says_what_it_was_and_whether_it_may_pass(fault: Fault, transient: bool, reason: str) -> None:
    with ScriptedServer([fault]) as server, pytest.raises(ChatError, match=reason) as caught:
        ask(server)
    assert caught.value.transient is transient


def test_a_request_has_a_time_as_a_whole() -> None:
    with ScriptedServer([Fault.HANGS]) as server, pytest.raises(ChatError, match=r"no answer within 0\.2 s") as caught:
        ask(server, timeout_seconds=0.2)
    assert not caught.value.transient
    assert caught.value.timed_out


@pytest.mark.parametrize(
    ("fault", "billed"),
    [
        (Fault.HTTP_400, False),
        (Fault.HTTP_429, False),
        (Fault.HTTP_500, False),
        (Fault.TRUNCATED, True),
        (Fault.HALF_JSON, True),
        (Fault.NO_COMPLETION, True),
        (Fault.HANGS, True),
    ],
)
def test_a_failure_after_the_work_may_be_billed(fault: Fault, billed: bool) -> None:
    with ScriptedServer([fault]) as server, pytest.raises(ChatError) as caught:
        ask(server, timeout_seconds=0.5)
    assert caught.value.may_be_billed is billed


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("0.25", 0.25, 0.25), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0)],
)
def test_how_long_a_busy_endpoint_asks_to_wait_is_told(header: str, low: float, high: float) -> None:
    with ScriptedServer([Fault.HTTP_429], retry_after=header) as server, pytest.raises(ChatError) as caught:
        ask(server)
    assert caught.value.retry_after_seconds is not None
    assert low <= caught.value.retry_after_seconds <= high


def test_an_endpoint_may_name_the_time_until_which_to_wait() -> None:
    in_ten_minutes = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    test_how_long_a_busy_endpoint_asks_to_wait_is_told(in_ten_minutes, 500, 601)


@pytest.mark.parametrize("header", ["", "soon", "-1", "nan", "inf"])
def test_what_is_no_time_to_wait_is_ignored(header: str) -> None:
    with ScriptedServer([Fault.HTTP_429], retry_after=header) as server, pytest.raises(ChatError) as caught:
        ask(server)
    assert caught.value.retry_after_seconds is None


def test_an_answer_without_token_counts_is_none_where_they_are_needed() -> None:
    with ScriptedServer(usage=lambda messages, text: None) as server, pytest.raises(ChatError, match="no token counts"):
        ask(server)


def test_half_of_a_surrogate_pair_becomes_something_that_can_be_written() -> None:
    with ScriptedServer(answer=lambda messages: "a\ud83db") as server:
        assert ask(server).text == "a?b"


def test_a_key_that_an_endpoint_repeats_is_not_quoted() -> None:
    with (
        ScriptedServer(refused_parameter="max_completion_tokens") as server,
        pytest.raises(ChatError, match=r"Unsupported parameter: .\[API key\]. is not") as caught,
    ):
        ask(server, api_key="max_completion_tokens")
    assert "max_completion_tokens" not in str(caught.value)


def test_an_endpoint_that_is_not_there_may_come_back() -> None:
    with ScriptedServer() as server:
        pass
    with pytest.raises(ChatError, match="the connection failed") as caught:
        ask(server)
    assert caught.value.transient
    assert not caught.value.may_be_billed


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(ChatEndpoint("http://127.0.0.1/v1", "student", "secret"))
