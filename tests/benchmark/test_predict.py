"""Predictions over HTTP: all of them or an error, patient with an endpoint, and continued after a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from distil_dagster.benchmark.predict import Journal, Prediction, PredictionError, predict, prompt_sha256
from distil_dagster.benchmark.settings import AskingSettings
from distil_dagster.serving import patience
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.tasks import Task, load_task
from tests.serving.scripted_server import Fault, ScriptedServer

CHECKOUT = Path(__file__).parents[2]
SETTINGS = AskingSettings(concurrency=4, attempts=3)


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_BACKOFF_SECONDS", 0.01)


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


def run(
    server: ScriptedServer,
    task: Task,
    journal: Path,
    settings: AskingSettings = SETTINGS,
    messages: list[str] | None = None,
) -> list[Prediction]:
    return asyncio.run(
        predict(
            ChatEndpoint(server.base_url, "student"),
            task,
            task.test_examples,
            settings,
            journal=Journal(journal),
            report=(messages if messages is not None else []).append,
        )
    )


def test_every_question_is_asked_with_its_whole_prompt_and_answered_in_order(task: Task, tmp_path: Path) -> None:
    messages: list[str] = []
    with ScriptedServer(seconds=0.01) as server:
        predictions = run(server, task, tmp_path / "journal.jsonl", messages=messages)
    count = len(task.test_examples)
    assert [prediction.example_id for prediction in predictions] == [example.id for example in task.test_examples]
    assert [prediction.text for prediction in predictions] == [
        example.messages[-1].content for example in task.test_examples
    ]
    asked = [request["messages"] for request in server.requests]
    assert len(asked) == count
    for example in task.test_examples:
        assert [message.as_dict() for message in task.kind.prompt(task, example)] in asked
    assert {request["temperature"] for request in server.requests} == {0}
    assert server.most_at_once == 4
    assert messages[-1] == f"{count} of {count} answers"


@pytest.mark.parametrize("fault", [Fault.HTTP_429, Fault.HTTP_500, Fault.CLOSED, Fault.TRUNCATED])
def test_a_request_that_may_yet_succeed_is_sent_again(task: Task, tmp_path: Path, fault: Fault) -> None:
    with ScriptedServer([fault, fault]) as server:
        predictions = run(server, task, tmp_path / "journal.jsonl", AskingSettings(concurrency=1, attempts=3))
    assert len(predictions) == len(task.test_examples)
    assert len(server.requests) == len(predictions) + 2


@pytest.mark.parametrize(
    ("script", "reason", "requests"),
    [
        ([Fault.HTTP_500] * 3, r"HTTP 500: .* \(3 attempts\)", 3),
        ([Fault.HTTP_400], "HTTP 400", 1),
        ([Fault.NO_COMPLETION], "what came is no chat completion", 1),
        ([Fault.HANGS], r"no answer within 0\.3 s", 1),
    ],
)
def test_a_question_without_an_answer_ends_the_benchmark_and_is_named(
    task: Task, tmp_path: Path, script: list[Fault], reason: str, requests: int
) -> None:
    settings = AskingSettings(concurrency=1, attempts=3, request_timeout_seconds=0.3)
    first = task.test_examples[0].id
    with ScriptedServer(script) as server:
        with pytest.raises(PredictionError, match=f"example {first} got no answer from {server.base_url}: {reason}"):
            run(server, task, tmp_path / "journal.jsonl", settings)
        assert len(server.requests) == requests


def test_a_second_run_asks_only_what_the_first_left_open(task: Task, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    settings = AskingSettings(concurrency=1, attempts=1)
    with ScriptedServer([Fault.NONE] * 7 + [Fault.HTTP_400]) as server, pytest.raises(PredictionError):
        run(server, task, journal, settings)
    with ScriptedServer() as server:
        predictions = run(server, task, journal, settings)
    assert len(server.requests) == len(task.test_examples) - 7
    with ScriptedServer() as server:
        assert run(server, task, journal, settings) == predictions
    assert not server.requests


def test_a_line_torn_by_a_kill_is_asked_again(task: Task, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with ScriptedServer() as server:
        complete = run(server, task, journal)
    journal.write_bytes(journal.read_bytes()[:-20])
    with ScriptedServer() as server:
        again = run(server, task, journal)
    assert len(server.requests) == 1
    assert [prediction.text for prediction in again] == [prediction.text for prediction in complete]
    assert len(Journal(journal).read()) == len(complete)


def test_a_journal_that_something_else_wrote_to_is_an_error_that_names_it(task: Task, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text("not a prediction\n")
    with ScriptedServer() as server, pytest.raises(PredictionError, match=r"journal\.jsonl is no journal"):
        run(server, task, journal)


def test_a_prediction_for_another_prompt_does_not_count(task: Task, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with ScriptedServer() as server:
        run(server, task, journal)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    lines[0]["prompt_sha256"] = prompt_sha256([])
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with ScriptedServer() as server:
        run(server, task, journal)
    assert len(server.requests) == 1


WORKER = """
import asyncio, sys
from pathlib import Path
from distil_dagster.benchmark.predict import Journal, predict
from distil_dagster.benchmark.settings import AskingSettings
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.tasks import load_task

base_url, folder, journal = sys.argv[1:]
task = load_task(Path(folder))
asyncio.run(predict(ChatEndpoint(base_url, "student"), task, task.test_examples, AskingSettings(concurrency=2),
    journal=Journal(Path(journal)), report=lambda message: None))
"""


def test_a_killed_run_is_continued(task: Task, tiny_multi_turn_folder: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with ScriptedServer(seconds=0.1) as server:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, server.base_url, str(tiny_multi_turn_folder), str(journal)],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        while not journal.exists() or journal.read_bytes().count(b"\n") < 5:
            assert worker.poll() is None
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    done = journal.read_bytes().count(b"\n")
    with ScriptedServer() as server:
        predictions = run(server, task, journal)
    assert len(predictions) == len(task.test_examples)
    assert len(server.requests) == len(predictions) - done < len(predictions)
