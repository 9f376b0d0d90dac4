"""The worker that benchmarks model folders, with a real model behind the real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.judge_settings import JudgeSettings
from distil_dagster.benchmark.run_arms import journal_path
from distil_dagster.benchmark.settings import BenchmarkSettings, BenchmarkSummary
from distil_dagster.serving.settings import VllmStudentSettings
from distil_dagster.students.precision import choose_precision
from distil_dagster.tasks import load_task
from tests.serving.scripted_server import ScriptedServer
from tests.serving.stand_in_vllm import environment_with_stand_in

CHECKOUT = Path(__file__).parents[2]
SETTINGS = BenchmarkSettings(concurrency=4, max_output_tokens=24, max_questions=5, sample_seed=7)


def run_worker(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "distil_dagster.benchmark.run_arms", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def generated(model_folder: Path, prompts: list[list[dict[str, str]]], max_output_tokens: int) -> list[str]:
    """What transformers' own `generate` writes for each prompt alone."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    texts = []
    for prompt in prompts:
        tokens = tokenizer.apply_chat_template(
            prompt, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        written = model.generate(**tokens, max_new_tokens=max_output_tokens, do_sample=False)
        texts.append(tokenizer.decode(written[0, tokens["input_ids"].shape[1] :], skip_special_tokens=True))
    return texts


def test_arms_are_served_asked_and_scored_and_a_second_run_asks_nothing(
    tiny_multi_turn_folder: Path, base_model_dir: Path, tmp_path: Path
) -> None:
    arguments = (
        *("--task-folder", tiny_multi_turn_folder, "--arm", f"base={base_model_dir}"),
        *("--settings", SETTINGS.model_dump_json(), "--journal", tmp_path / "journal"),
    )
    ended = run_worker(*arguments, "--output", tmp_path / "first")
    assert ended.returncode == 0, ended.stderr

    table = pd.read_parquet(tmp_path / "first" / "scores.parquet")
    summary = BenchmarkSummary.model_validate_json((tmp_path / "first" / "summary.json").read_text())
    (arm,) = summary.arms
    assert (arm.arm, arm.n_questions) == ("base", len(table))
    assert 1 <= arm.n_questions <= SETTINGS.max_questions
    assert (summary.test_rows, summary.sample_seed) == (20, 7)
    prompts = [json.loads(prompt) for prompt in table["prompt"]]
    expected = generated(base_model_dir, prompts, SETTINGS.max_output_tokens)
    same = [given == text for given, text in zip(table["prediction"], expected, strict=True)]
    # In bfloat16 the batching of a server rounds otherwise than one request alone, which turns a few toss-ups.
    assert all(same) or (choose_precision("cpu").dtype == torch.bfloat16 and sum(same) > len(same) / 2)
    assert f"base: {arm.correct} of {arm.n_questions} right" in ended.stderr

    assert run_worker(*arguments, "--output", tmp_path / "second").returncode == 0
    again = pd.read_parquet(tmp_path / "second" / "scores.parquet")
    pd.testing.assert_frame_equal(again, table)  # latencies included: nothing was asked again


def test_a_judge_looks_at_the_answers_of_the_arms(
    tiny_multi_turn_folder: Path, base_model_dir: Path, tmp_path: Path
) -> None:
    description = tiny_multi_turn_folder / "job_description.json"
    content = json.loads(description.read_text()) | {"llm_as_a_judge_instructions": "The right call is good."}
    description.write_text(json.dumps(content))
    with ScriptedServer(answer=lambda messages: '{"verdict": "bad", "reason": "no call"}') as server:
        judge = JudgeSettings(model="judge-1", base_url=server.base_url, input_price=0.0, output_price=0.0)
        ended = run_worker(
            *("--task-folder", tiny_multi_turn_folder, "--arm", f"base={base_model_dir}"),
            *("--settings", SETTINGS.model_copy(update={"max_output_tokens": 2}).model_dump_json()),
            *("--judge", judge.model_dump_json(), "--responses", tmp_path / "responses"),
            *("--journal", tmp_path / "journal", "--output", tmp_path / "output"),
        )
    assert ended.returncode == 0, ended.stderr
    table = pd.read_parquet(tmp_path / "output" / "scores.parquet")
    report = read_judge_report(tmp_path / "output")
    assert report is not None
    assert set(table["judge_verdict"]) == {"bad"}
    assert set(table["judge_prompt_sha256"]) == {report.prompt_sha256}
    assert (report.arms["base"].n, report.arms["base"].share_good) == (len(table), 0.0)


def test_a_student_behind_vllm_is_asked_with_the_labels_it_may_answer(
    tiny_classification_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    python = environment_with_stand_in(tmp_path / "environment")
    engine = {"kind": "vllm", "python": str(python), "constrain_labels": True}
    ended = run_worker(
        *("--task-folder", tiny_classification_folder, "--arm", f"base={tmp_path / 'model'}"),
        *("--settings", json.dumps({"engine": engine, "max_questions": 5})),
        *("--journal", tmp_path / "journal", "--output", tmp_path / "output"),
    )
    assert ended.returncode == 0, ended.stderr
    table = pd.read_parquet(tmp_path / "output" / "scores.parquet")
    first, *_ = load_task(tiny_classification_folder).classes
    assert set(table["prediction"]) == {first}, "the stand-in takes the first of the labels that it is sent"


def test_an_arm_that_can_not_be_served_leaves_no_result(tiny_multi_turn_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = run_worker(
        *("--task-folder", tiny_multi_turn_folder, "--arm", f"base={tmp_path / 'empty'}", "--settings", "{}"),
        *("--journal", tmp_path / "journal", "--output", tmp_path / "output"),
    )
    assert ended.returncode == 1
    assert "before it answered" in ended.stderr.splitlines()[-1]
    assert not list((tmp_path / "output").iterdir())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--arm", "base=/no/such/folder"), "must be NAME=FOLDER"),
        ((), "give --base-model with --cache, or --arm"),
        (("--base-model", '{"kind": "path", "path": "/tmp"}'), "give --base-model with --cache"),
        (("--responses", "/no/such/folder"), "give --judge with --responses"),
    ],
)
def test_arguments_that_say_nothing_to_measure_are_refused(
    arguments: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    ended = run_worker(
        *("--task-folder", tmp_path, "--settings", "{}", "--journal", tmp_path, "--output", tmp_path), *arguments
    )
    assert ended.returncode == 2
    assert complaint in ended.stderr


def test_other_weights_or_longer_answers_have_a_journal_of_their_own(tmp_path: Path) -> None:
    def path_of(settings: BenchmarkSettings = SETTINGS) -> Path:
        return journal_path(tmp_path / "journal", "base", tmp_path / "model", settings)

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"1")
    first = path_of()
    assert path_of() == first
    assert path_of(SETTINGS.model_copy(update={"concurrency": 1})) == first
    assert path_of(SETTINGS.model_copy(update={"max_output_tokens": 99})) != first
    assert path_of(SETTINGS.model_copy(update={"engine": VllmStudentSettings(kind="vllm")})) != first
    (tmp_path / "model" / "model.safetensors").write_bytes(b"2")
    assert path_of() != first


def test_the_base_model_is_an_arm_by_its_source(
    tiny_multi_turn_folder: Path, base_model_dir: Path, tmp_path: Path
) -> None:
    source = json.dumps({"kind": "path", "path": str(base_model_dir)})
    ended = run_worker(
        *("--task-folder", tiny_multi_turn_folder, "--base-model", source, "--cache", tmp_path / "cache"),
        *("--settings", SETTINGS.model_copy(update={"max_output_tokens": 2}).model_dump_json()),
        *("--journal", tmp_path / "journal", "--output", tmp_path / "output"),
    )
    assert ended.returncode == 0, ended.stderr
    summary = BenchmarkSummary.model_validate_json((tmp_path / "output" / "summary.json").read_text())
    assert [arm.arm for arm in summary.arms] == ["base"]
