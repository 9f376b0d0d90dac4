"""The worker that measures a model behind an API: against a scripted server, and against the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.judge_settings import JudgeSettings
from distil_dagster.benchmark.reference_settings import ReferenceRunSettings, ReferenceSummary
from distil_dagster.costs.price_book import Price, PriceBook, ReferenceModel
from distil_dagster.costs.price_list import PRICE
from distil_dagster.serving.engine import running_server
from distil_dagster.serving.responses import ResponseFolder
from distil_dagster.serving.settings import TransformersServeSettings
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.tasks import Task, load_task
from tests.serving.recorded_answers import recorded_hashes
from tests.serving.scripted_server import Fault, Messages, ScriptedServer, Usage, count_characters

CHECKOUT = Path(__file__).parents[2]
SETTINGS = ReferenceRunSettings(repeats=3, concurrency=4, attempts=3, max_questions=10, sample_seed=7)


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


def reference(base_url: str, **changes: Any) -> ReferenceModel:
    fields = {"slug": "an-api", "display_name": "An API", "model": "api-1", "base_url": base_url}
    return ReferenceModel.model_validate(fields | {"input_price": 2.0, "output_price": 8.0} | changes)


def command(
    folder: Path,
    output: Path,
    model: ReferenceModel,
    settings: ReferenceRunSettings = SETTINGS,
    *,
    price: Price | None = None,
    judge: JudgeSettings | None = None,
) -> list[str]:
    price = price or PriceBook().price(model, as_of=date(2026, 3, 1))
    return [
        *(sys.executable, "-m", "distil_dagster.benchmark.run_reference"),
        *("--task-folder", str(folder), "--reference", model.model_dump_json()),
        *("--settings", settings.model_dump_json(), "--prices", PRICE.dump_json(price).decode()),
        *("--responses", str(output.parent / "responses"), "--output", str(output)),
        *(("--judge", judge.model_dump_json()) if judge else ()),
    ]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return {**kept, "PYTHONPATH": str(CHECKOUT), **variables}


def run(arguments: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, env=environment(**variables), capture_output=True, text=True, timeout=600, check=False
    )


def results(output: Path) -> tuple[pd.DataFrame, ReferenceSummary]:
    summary = ReferenceSummary.model_validate_json((output / "summary.json").read_text())
    return pd.read_parquet(output / "scores.parquet"), summary


def knows(task: Task, *, wrong_at: Callable[[int], bool] = lambda number: False) -> Callable[[Messages], str]:
    """A model that knows the answers, but for the requests of these numbers."""
    answers = {example.messages[-1].content: example.target for example in task.test_examples}
    asked = iter(range(10**6))
    return lambda messages: "no idea" if wrong_at(next(asked)) else answers[messages[-1]["content"]]


def test_every_question_is_asked_three_times_and_scored_as_a_students(
    task: Task, tiny_task_folder: Path, tmp_path: Path
) -> None:
    settings = SETTINGS.model_copy(update={"concurrency": 1})
    with ScriptedServer(
        answer=knows(task, wrong_at=lambda number: number in (0, 1, 10)), usage=count_characters
    ) as server:
        ended = run(command(tiny_task_folder, tmp_path / "out", reference(server.base_url), settings))
        assert ended.returncode == 0, ended.stderr
    table, summary = results(tmp_path / "out")
    assert (len(table), len(server.requests)) == (30, 30)
    assert table.groupby("repeat").size().to_dict() == {1: 10, 2: 10, 3: 10}
    assert table.groupby("repeat")["example_id"].nunique().to_list() == [10, 10, 10]
    assert set(table["arm"]) == {"an-api"}
    assert {"reasoning_tokens", "cost_dollars", "response_sha256", "verdict", "input_tokens"} <= set(table.columns)
    assert summary.repeats.values == (0.8, 0.9, 1.0)
    assert summary.repeats.mean == pytest.approx(0.9)
    assert summary.repeats.standard_deviation == pytest.approx(0.1)
    assert summary.low < 0.9 < summary.high
    assert (summary.n_questions, summary.n_clusters, summary.unanswered, summary.sample_seed) == (10, 10, 0, 7)
    assert (summary.usage_suspect, summary.cut_off) == (0, 0)
    assert summary.answering_models == ("api-1-2026",)
    cost = (table["input_tokens"] * 2 + table["output_tokens"] * 8) / 1e6
    pd.testing.assert_series_equal(table["cost_dollars"], cost, check_names=False)
    assert summary.dollars_spent == pytest.approx(cost.sum())
    assert summary.dollars_per_million_requests == pytest.approx(cost.mean() * 1e6)
    for digest in table["request_sha256"]:
        assert ResponseFolder(tmp_path / "responses").read(digest) is not None
    assert "an-api: 90.0% right over 3 x 10" in ended.stderr


def test_scoring_again_costs_nothing_and_gives_the_same(task: Task, tiny_task_folder: Path, tmp_path: Path) -> None:
    with ScriptedServer(answer=knows(task)) as server:
        assert run(command(tiny_task_folder, tmp_path / "one", reference(server.base_url))).returncode == 0
    again = run(command(tiny_task_folder, tmp_path / "two", reference(server.base_url)))  # nobody is there any more
    assert again.returncode == 0, again.stderr
    assert "this run spent $0.0000" in again.stderr
    for name in ("summary.json", "scores.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_run_that_was_killed_goes_on_where_it_stopped(task: Task, tiny_task_folder: Path, tmp_path: Path) -> None:
    with ScriptedServer(answer=knows(task), seconds=0.2) as server:
        arguments = command(tiny_task_folder, tmp_path / "out", reference(server.base_url))
        worker = subprocess.Popen(arguments, env=environment(), stderr=subprocess.DEVNULL)
        while len(recorded_hashes(tmp_path / "responses")) < 6:
            assert worker.poll() is None
            time.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert not list((tmp_path / "out").glob("*"))
        time.sleep(0.5)  # what the server had begun ends
        done = len(recorded_hashes(tmp_path / "responses"))
        server.requests.clear()
        assert run(arguments).returncode == 0
        assert len(server.requests) == 30 - done < 30
    assert len(results(tmp_path / "out")[0]) == 30


@pytest.mark.parametrize(
    ("usage", "suspect"),
    [
        (lambda messages, text: None, True),
        (lambda messages, text: {"prompt_tokens": 0, "completion_tokens": 0}, True),
        (lambda messages, text: {"prompt_tokens": -1, "completion_tokens": -1}, True),
        (count_characters, False),
    ],
)
def test_usage_that_can_not_be_true_is_counted_and_charged_for_the_most(
    task: Task, tiny_task_folder: Path, tmp_path: Path, usage: Callable[[Messages, str], Usage], suspect: bool
) -> None:
    with ScriptedServer(answer=knows(task), usage=usage) as server:
        ended = run(command(tiny_task_folder, tmp_path / "out", reference(server.base_url)))
        assert ended.returncode == 0, ended.stderr
    table, summary = results(tmp_path / "out")
    assert summary.usage_suspect == (30 if suspect else 0)
    assert (table["output_tokens"] >= 4096).all() == suspect
    assert summary.repeats.mean == 1.0


def test_answers_that_were_cut_off_are_counted(task: Task, tiny_task_folder: Path, tmp_path: Path) -> None:
    with ScriptedServer(answer=lambda messages: "", finish_reason="length") as server:
        assert run(command(tiny_task_folder, tmp_path / "out", reference(server.base_url))).returncode == 0
    table, summary = results(tmp_path / "out")
    assert (summary.cut_off, summary.accuracy, summary.valid_share) == (30, 0.0, 0.0)
    assert set(table["finish_reason"]) == {"length"}


def test_a_judge_looks_at_every_row_and_is_told_of_beside_the_summary(
    task: Task, tiny_task_folder: Path, tmp_path: Path
) -> None:
    description = tiny_task_folder / "job_description.json"
    content = json.loads(description.read_text()) | {"llm_as_a_judge_instructions": "The right call is good."}
    description.write_text(json.dumps(content))
    with (
        ScriptedServer(answer=knows(task, wrong_at=lambda number: number < 6)) as server,
        ScriptedServer(answer=lambda messages: '{"verdict": "good", "reason": "I like it"}') as judging,
    ):
        judge = JudgeSettings(model="judge-1", base_url=judging.base_url, input_price=0.0, output_price=0.0)
        model = reference(server.base_url)
        ended = run(command(tiny_task_folder, tmp_path / "out", model, judge=judge))
        assert ended.returncode == 0, ended.stderr
    table, summary = results(tmp_path / "out")
    assert set(table["judge_verdict"]) == {"good"}
    assert set(table["judge_model"]) == {"judge-1"}
    report = read_judge_report(tmp_path / "out")
    assert report is not None
    assert report.arms["an-api"].share_good == 1.0
    assert report.arms["an-api"].agreement.wrong_good == 6
    assert report.arms["an-api"].agreement.kappa == 0.0
    assert summary.accuracy == pytest.approx(0.8)


def failed(ended: subprocess.CompletedProcess[str], output: Path) -> str:
    """The one sentence of a run that failed and left no result."""
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert not list(output.glob("*"))
    return ended.stderr.splitlines()[-1]


def test_what_can_not_be_measured_is_one_sentence_and_no_result(
    task: Task, tiny_task_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with ScriptedServer([Fault.HTTP_400], answer=knows(task)) as server:
        url = server.base_url
        sentence = failed(run(command(tiny_task_folder, out, reference(url))), out)
        assert f"got no answer from {url}: HTTP 400" in sentence
        assert sentence.startswith("example ")

        poor = SETTINGS.model_copy(update={"budget_dollars": 0.05})
        sentence = failed(run(command(tiny_task_folder, out, reference(url, max_output_tokens=4096), poor)), out)
        assert sentence.startswith("the budget of $0.05 (reference_scoring.budget_dollars) allows no further request")

        sentence = failed(run(command(tiny_task_folder, out, reference(url, api_key_env="AN_API_KEY"))), out)
        assert sentence.startswith("the environment variable AN_API_KEY with the key to api-1 isn't set")

        short = Price(
            model=reference(url),
            input_per_million=1.0,
            output_per_million=1.0,
            valid_up_to_input_tokens=100,
            source="a test",
            as_of=date(2026, 3, 1),
        )
        sentence = failed(run(command(tiny_task_folder, out, reference(url), price=short)), out)
        assert "the price of an-api holds for prompts up to 100 tokens" in sentence

        judge = JudgeSettings(provider="openai", model="gpt-5-nano", base_url=url, api_key_env="JUDGE_API_KEY")
        server.requests.clear()
        sentence = failed(run(command(tiny_task_folder, out, reference(url), judge=judge)), out)
        assert "JUDGE_API_KEY" in sentence
        assert not server.requests  # told before anything is paid for
    sentence = failed(run(command(tiny_task_folder, out, reference(url).model_copy(update={"base_url": None}))), out)
    assert "has no base_url" in sentence
    sentence = failed(run(command(tmp_path / "nowhere", out, reference(url))), out)
    assert "no such folder" in sentence


def test_a_key_is_sent_and_recorded_nowhere(task: Task, tiny_task_folder: Path, tmp_path: Path) -> None:
    with ScriptedServer(answer=knows(task)) as server:
        model = reference(server.base_url, api_key_env="AN_API_KEY")
        ended = run(command(tiny_task_folder, tmp_path / "out", model), AN_API_KEY="very-secret")
        assert ended.returncode == 0, ended.stderr
    assert set(server.authorizations) == {"Bearer very-secret"}
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(recorded_hashes(tmp_path / "responses")) == 30
    assert not any(b"very-secret" in path.read_bytes() for path in written)


def test_the_real_engine_is_a_reference_and_a_judge_like_any_other(
    task: Task, tiny_task_folder: Path, base_model_dir: Path, tmp_path: Path
) -> None:
    description = tiny_task_folder / "job_description.json"
    content = json.loads(description.read_text()) | {"llm_as_a_judge_instructions": "The right call is good."}
    description.write_text(json.dumps(content))
    engine = TransformersServe(TransformersServeSettings())
    settings = ReferenceRunSettings(repeats=2, max_questions=4, concurrency=4)
    with running_server(engine, base_model_dir, log_path=tmp_path / "server.log") as server:
        url, name = server.endpoint.base_url, server.endpoint.model
        model = reference(url, model=name, temperature=0.0, max_output_tokens=24)
        judge = JudgeSettings(model=name, base_url=url, max_output_tokens=24, input_price=0.0, output_price=0.0)
        ended = run(command(tiny_task_folder, tmp_path / "out", model, settings, judge=judge))
        assert ended.returncode == 0, ended.stderr
    table, summary = results(tmp_path / "out")
    report = read_judge_report(tmp_path / "out")
    assert report is not None
    verdicts = report.arms["an-api"]
    assert len(table) == verdicts.n == 2 * summary.n_questions == 8
    assert verdicts.good + verdicts.bad + verdicts.unparseable == 8
    assert summary.usage_suspect == 0
    assert report.usage_suspect == 0
    assert summary.mean_input_tokens > 100
    assert 0 < summary.mean_output_tokens <= 24
    assert summary.dollars_spent > 0
    assert (table["prediction"].str.len() > 0).all()
