"""The whole stage in a process of its own, against a real connection: from a task folder to both tables."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from distil_dagster.corpus import CorpusSettings, CorpusSummary, CurationSettings
from distil_dagster.serving.responses import ResponseFolder
from distil_dagster.tasks import Task, load_task
from tests.serving.scripted_server import Fault, ScriptedServer, count_characters
from tests.teachers.model.scripted_model import ScriptedModel

KILLS = 10
CONCURRENCY = 8


class Stage:
    """The worker's command line for one task and server."""

    def __init__(self, folder: Path, server: ScriptedServer, home: Path, *, count: int, **teacher: Any) -> None:
        endpoint = {"model": "a-model", "base_url": server.base_url, "input_price": 1.0, "output_price": 1.0}
        self.home = home
        said = {"kind": "endpoint", "endpoint": endpoint, "concurrency": CONCURRENCY, "smoke_rows": 8} | teacher
        settings = CorpusSettings(count=count, random_seed=1, curation=CurationSettings())
        self.command = [
            *(sys.executable, "-m", "distil_dagster.corpus.write_corpus"),
            *("--task-folder", str(folder)),
            *("--teacher", json.dumps(said)),
            *("--settings", settings.model_dump_json()),
            *("--responses", str(home / "responses")),
            *("--server-log", str(home / "server.log")),
            *("--output", str(home / "draft")),
        ]

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command, capture_output=True, text=True, check=False)

    def run_and_kill(self, server: ScriptedServer, after: float) -> None:
        """Kill it so many seconds after its first request."""
        before = len(server.requests)
        with subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while len(server.requests) == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(after)
            assert process.poll() is None, "it was done before it could be killed"
            process.kill()

    @property
    def summary(self) -> CorpusSummary:
        return CorpusSummary.model_validate_json((self.home / "draft" / "summary.json").read_text())

    @property
    def corpus(self) -> pd.DataFrame:
        return pd.read_parquet(self.home / "draft" / "corpus.parquet")


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    config = tiny_task_folder / "config.yaml"
    config.write_text(config.read_text() + "synthgen: {generation_iteration_size: 16}\n")
    return load_task(tiny_task_folder)


def test_the_corpus_has_a_plan_a_funnel_and_the_origin_of_every_row(
    task: Task, tiny_task_folder: Path, tmp_path: Path
) -> None:
    with ScriptedServer(answer=ScriptedModel(task), usage=count_characters) as server:
        stage = Stage(tiny_task_folder, server, tmp_path, count=60)
        finished = stage.run()
    assert finished.returncode == 0, finished.stderr
    assert "plan: 60 rows that pass" in finished.stderr
    assert finished.stderr.index("plan:") < finished.stderr.index("rows kept")
    summary, corpus = stage.summary, stage.corpus
    assert summary.plan is not None
    assert summary.plan.target == 60
    assert summary.spent_dollars > 0
    assert summary.funnel["generated"] == len(corpus)
    assert summary.funnel["kept"] == corpus["kept"].sum() == len(pd.read_parquet(tmp_path / "draft" / "rows.parquet"))
    assert set(corpus["design"]) <= set(summary.plan.designs)
    assert corpus["requests"].map(len).min() >= 1
    assert all(vote["request"] for votes in corpus["votes"] for vote in votes)


def test_a_bad_beginning_ends_it_in_one_sentence(task: Task, tiny_task_folder: Path, tmp_path: Path) -> None:
    with ScriptedServer(answer=lambda _: "Certainly! Here you go.", usage=count_characters) as server:
        stage = Stage(tiny_task_folder, server, tmp_path, count=60)
        finished = stage.run()
    assert finished.returncode == 1
    assert "of the first 8 rows are rejected (100%; unreadable 8)" in finished.stderr.splitlines()[-1]
    assert "Certainly!" in finished.stderr.splitlines()[-1]
    assert "Traceback" not in finished.stderr
    assert len(server.requests) == 2


def test_an_endpoint_that_refuses_the_key_is_told_at_once(task: Task, tiny_task_folder: Path, tmp_path: Path) -> None:
    with ScriptedServer([Fault.HTTP_401] * 99, answer=ScriptedModel(task)) as server:
        finished = Stage(tiny_task_folder, server, tmp_path, count=60).run()
    assert finished.returncode == 1
    assert "HTTP 401" in finished.stderr.splitlines()[-1]
    assert "Traceback" not in finished.stderr
    assert len(server.requests) <= CONCURRENCY


def test_killed_at_any_moment_it_loses_at_most_what_was_in_flight(
    task: Task, tiny_task_folder: Path, tmp_path: Path
) -> None:
    """SIGKILL ten times at random moments, then to the end: the result is that of a run without kills."""
    moments = random.Random(7)
    with ScriptedServer(answer=ScriptedModel(task), usage=count_characters, seconds=0.05) as server:
        undisturbed = Stage(tiny_task_folder, server, tmp_path / "undisturbed", count=400)
        assert undisturbed.run().returncode == 0
        server.requests.clear()
        stage = Stage(tiny_task_folder, server, tmp_path / "killed", count=400)
        for _ in range(KILLS):
            stage.run_and_kill(server, after=moments.uniform(0, 0.3))
        finished = stage.run()
        assert finished.returncode == 0, finished.stderr
        answered = len(server.requests)
    recorded = recorded_hashes(stage)
    assert len(recorded) == len(set(recorded))
    assert 0 <= answered - len(recorded) <= KILLS * CONCURRENCY
    behind = {sha256 for requests in stage.corpus["requests"] for sha256 in requests}
    behind |= {vote["request"] for votes in stage.corpus["votes"] for vote in votes}
    assert behind <= set(recorded)
    assert stage.corpus["id"].tolist() == undisturbed.corpus["id"].tolist()


def recorded_hashes(stage: Stage) -> list[str]:
    path = ResponseFolder(stage.home / "responses").path
    if not path.exists():
        return []
    with sqlite3.connect(path) as database:
        return [sha256 for (sha256,) in database.execute("SELECT sha256 FROM answers")]
