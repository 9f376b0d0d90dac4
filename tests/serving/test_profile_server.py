"""The worker that profiles a model: its questions, its figures, its files and its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.serving.load import LoadTest, RequestRecord
from distil_dagster.serving.profile_server import distinct_prompts, summarise
from distil_dagster.serving.settings import ServingSettings, ServingSummary, TransformersServeSettings
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.tasks import load_task

CHECKOUT = Path(__file__).parents[2]
ENGINE = TransformersServe(TransformersServeSettings())


def record(latency: float, *, ok: bool = True, phase: str = "measured") -> RequestRecord:
    return RequestRecord(0.0, latency, ok, None if ok else "HTTP 500", 100 if ok else 0, 20 if ok else 0, phase)  # type: ignore[arg-type]


def test_the_questions_are_those_of_the_tests_and_then_those_of_the_seeds_each_once(
    tiny_multi_turn_folder: Path,
) -> None:
    task = load_task(tiny_multi_turn_folder)
    prompts = distinct_prompts(task)
    of_tests = {tuple(task.kind.prompt(task, example)) for example in task.test_examples}
    of_seeds = {tuple(task.kind.prompt(task, example)) for row in task.seeds for example in task.kind.expand(row)}
    assert len(prompts) == len(set(prompts)) == len(of_tests | of_seeds)
    assert set(prompts[: len(of_tests)]) == of_tests
    assert prompts == distinct_prompts(task)


def test_the_figures_are_those_of_the_measured_answers() -> None:
    records = [
        record(99.0, phase="warm-up"),
        *(record(number / 10) for number in range(1, 102)),
        record(0.01, ok=False),
        record(99.0, phase="draining"),
    ]
    test = LoadTest(tuple(records), seconds=10.0, memory_mib=1234.5, memory_measure="pss")
    summary = summarise(test, ENGINE, ServingSettings(concurrency=8), device="a CPU")
    assert (summary.requests, summary.failed) == (102, 1)
    assert summary.requests_per_second == pytest.approx(10.1)
    assert summary.p50_seconds == pytest.approx(5.1)
    assert summary.p95_seconds == pytest.approx(9.6)
    assert summary.p99_seconds == pytest.approx(10.0)
    assert (summary.mean_input_tokens, summary.mean_output_tokens) == (100, 20)
    assert (summary.method, summary.concurrency, summary.device) == ("closed loop", 8, "a CPU")
    assert ("--page-tokens", "16") in zip(summary.flags, summary.flags[1:], strict=False)


def run_worker(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "distil_dagster.serving.profile_server", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_real_model_is_profiled_from_the_command_line(
    tiny_task_folder: Path, base_model_dir: Path, tmp_path: Path
) -> None:
    settings = ServingSettings(concurrency=3, warm_up_requests=3, max_requests=12, max_seconds=600, max_output_tokens=6)
    output = tmp_path / "output"
    ended = run_worker(
        *("--model", base_model_dir, "--task-folder", tiny_task_folder, "--device", "this CPU"),
        *("--settings", settings.model_dump_json(), "--output", output),
    )
    assert ended.returncode == 0, ended.stderr
    summary = ServingSummary.model_validate_json((output / "summary.json").read_text())
    requests = pd.read_parquet(output / "requests.parquet")
    measured = requests[requests["phase"] == "measured"]
    assert len(requests) == 12
    assert (summary.requests, summary.failed) == (len(measured), 0)
    assert summary.requests_per_second == pytest.approx(len(measured) / summary.seconds)
    assert requests["ok"].all()
    assert requests["error"].isna().all()
    assert (requests["output_tokens"] <= 6).all()
    assert summary.memory_mib > 500
    assert f"{summary.requests_per_second:.2f} requests/s, 3 at a time, 0 of {len(measured)} failed" in ended.stderr


def test_a_folder_that_is_no_model_is_one_error_that_ends_with_a_sentence(
    tiny_task_folder: Path, tmp_path: Path
) -> None:
    ended = run_worker(
        *("--model", tmp_path, "--task-folder", tiny_task_folder, "--device", "this CPU"),
        *("--settings", "{}", "--output", tmp_path / "output"),
    )
    assert ended.returncode == 1
    assert "ended with exit code 1 before it answered" in ended.stderr.splitlines()[-1]
    assert not (tmp_path / "output" / "summary.json").exists()


def test_settings_that_are_not_known_are_refused() -> None:
    ended = run_worker("--settings", json.dumps({"clients": 3}))
    assert ended.returncode == 2
    assert "--settings" in ended.stderr
