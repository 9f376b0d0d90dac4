"""One request: what counts as an answer, and which failures may pass."""

from __future__ import annotations

import asyncio

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
        (Fault.NO_JSON, False, "no chat completion: <html>"),
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


def test_an_endpoint_that_is_not_there_may_come_back() -> None:
    with ScriptedServer() as server:
        pass
    with pytest.raises(ChatError, match="the connection failed") as caught:
        ask(server)
    assert caught.value.transient


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(ChatEndpoint("http://127.0.0.1/v1", "student", "secret"))
