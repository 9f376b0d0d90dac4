"""The closed loop: what it counts, what it leaves out, and that it hides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.closed_loop import ClosedLoopTest, run_closed_loop
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.settings import ServingSettings
from distil_dagster.tasks import Message
from tests.serving.scripted_server import Fault, ScriptedServer


def prompts(count: int) -> list[list[Message]]:
    return [[Message("user", f"question {number}")] for number in range(count)]


def run(
    server: ScriptedServer,
    questions: Sequence[Sequence[Message]],
    settings: ServingSettings,
    messages: list[str] | None = None,
) -> ClosedLoopTest:
    endpoint = ChatEndpoint(server.base_url, "student")
    report = (messages if messages is not None else []).append
    return asyncio.run(run_closed_loop(endpoint, questions, settings, max_output_tokens=7, report=report))


def test_every_question_is_asked_once_by_clients_that_are_always_busy() -> None:
    messages: list[str] = []
    with ScriptedServer(seconds=0.02) as server:
        test = run(server, prompts(30), ServingSettings(concurrency=4, warm_up_requests=5), messages)
    asked = [request["messages"][0]["content"] for request in server.requests]
    assert sorted(asked) == sorted(f"question {number}" for number in range(30))
    assert server.most_at_once == 4
    assert messages[-1] == "load test: 30 of 30 requests"
    assert all(record.ok and record.input_tokens == record.output_tokens == 2 for record in test.records)
    assert all(record.latency_seconds >= 0.02 for record in test.records)


def test_the_first_answers_and_those_after_the_last_question_are_not_measured() -> None:
    with ScriptedServer(seconds=0.02) as server:
        test = run(server, prompts(30), ServingSettings(concurrency=4, warm_up_requests=5))
    phases = [record.phase for record in test.records]
    assert len(phases) == 30
    assert phases[:5] == ["warm-up"] * 5
    assert phases == sorted(phases, key=["warm-up", "measured", "draining"].index)
    assert 1 <= phases.count("draining") <= 4
    ends = [record.started_seconds + record.latency_seconds for record in test.measured]
    assert max(ends) - ends[0] <= test.seconds


def test_measuring_ends_after_its_time() -> None:
    settings = ServingSettings(concurrency=2, warm_up_requests=2, max_seconds=0.3)
    with ScriptedServer(seconds=0.02) as server:
        test = run(server, prompts(1000), settings)
    assert len(test.records) < 1000
    assert test.seconds >= 0.3


def test_no_more_questions_are_asked_than_set() -> None:
    with ScriptedServer() as server:
        run(server, prompts(50), ServingSettings(concurrency=2, warm_up_requests=2, max_requests=20))
    assert len(server.requests) == 20


def test_a_failed_request_is_recorded_with_its_reason_and_not_sent_again() -> None:
    script = [Fault.NONE] * 8 + [Fault.HTTP_500, Fault.TRUNCATED]
    with ScriptedServer(script) as server:
        test = run(server, prompts(20), ServingSettings(concurrency=1, warm_up_requests=4))
    assert len(server.requests) == len(test.records) == 20
    failed = [record for record in test.measured if not record.ok]
    assert [str(record.error)[:8] for record in failed] == ["HTTP 500", "the conn"]
    assert {record.output_tokens for record in failed} == {0}


def test_a_server_that_only_fails_is_no_measurement() -> None:
    with ScriptedServer([Fault.HTTP_500] * 20) as server, pytest.raises(LoadTestError, match="HTTP 500"):
        run(server, prompts(20), ServingSettings(concurrency=2, warm_up_requests=4))


def test_too_few_questions_are_no_measurement() -> None:
    with ScriptedServer() as server, pytest.raises(LoadTestError, match="10 distinct prompts are too few"):
        run(server, prompts(10), ServingSettings(concurrency=6, warm_up_requests=4))
    assert not server.requests
