"""Connections are kept and used again, no more of them than requests at once, also after a failure."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from distil_dagster.serving.chat import ChatEndpoint, ChatError
from distil_dagster.serving.connections import environment_proxy
from distil_dagster.tasks import Message
from tests.serving.scripted_server import Fault, ScriptedServer


class CountingServer(ScriptedServer):
    connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


async def ask(endpoint: ChatEndpoint, client: httpx.AsyncClient, number: int, *, timeout_seconds: float = 20.0) -> str:
    messages = [Message("user", f"question {number}")]
    return (await endpoint.ask(client, messages, max_output_tokens=9, timeout_seconds=timeout_seconds)).text


@pytest.mark.parametrize("at_once", [1, 4, 8, 13])
def test_as_many_connections_as_requests_at_once_are_used_again_and_again(at_once: int) -> None:
    async def ask_all(endpoint: ChatEndpoint) -> list[str]:
        async with endpoint.client(concurrency=at_once) as client:
            return await asyncio.gather(*(ask(endpoint, client, number) for number in range(60)))

    with CountingServer(seconds=0.005) as server:
        answers = asyncio.run(ask_all(ChatEndpoint(server.base_url, "student")))
        assert answers == [f"question {number}" for number in range(60)]
        assert server.most_at_once <= server.connections == at_once


@pytest.mark.parametrize("fault", [Fault.CLOSED, Fault.TRUNCATED, Fault.HANGS])
def test_after_a_failure_the_next_request_has_a_new_one(fault: Fault) -> None:
    async def ask_one_after_the_other(endpoint: ChatEndpoint) -> list[str]:
        async with endpoint.client(concurrency=1) as client:
            with pytest.raises(ChatError):
                await ask(endpoint, client, 0, timeout_seconds=0.5)
            return [await ask(endpoint, client, number) for number in (1, 2, 3)]

    with CountingServer([fault]) as server:
        answers = asyncio.run(ask_one_after_the_other(ChatEndpoint(server.base_url, "student")))
        assert answers == ["question 1", "question 2", "question 3"]
        assert server.connections == 2


class TestProxy:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)

    def test_there_is_none_unless_the_environment_names_one(self) -> None:
        assert environment_proxy("https://api.example.com/v1") is None

    def test_it_is_that_of_the_scheme(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
        assert environment_proxy("https://api.example.com/v1") == "http://proxy:3128"
        assert environment_proxy("http://api.example.com/v1") is None
        monkeypatch.setenv("ALL_PROXY", "http://other:3128")
        assert environment_proxy("http://api.example.com/v1") == "http://other:3128"

    def test_addresses_may_be_exempt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,.example.com")
        assert environment_proxy("http://127.0.0.1:8000/v1") is None
        assert environment_proxy("http://api.example.com/v1") is None
        assert environment_proxy("http://api.example.org/v1") == "http://proxy:3128"
