"""The real vLLM, where it is installed: what it answers, holds to and counts, and that nothing of it is left behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from distil_dagster.benchmark.run_arms import run_arms
from distil_dagster.benchmark.settings import BenchmarkSettings
from distil_dagster.profile import load_profile
from distil_dagster.progress import Progress
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.engine import running_server
from distil_dagster.serving.load.metrics import server_metrics
from distil_dagster.serving.settings import VllmStudentSettings
from distil_dagster.serving.student_engine import request_extras, student_engine
from distil_dagster.students.greedy import greedy_answers
from distil_dagster.students.merging import merge
from distil_dagster.students.precision import Precision, choose_precision
from distil_dagster.students.training import finetune
from distil_dagster.tasks import Message, load_task
from tests.serving.test_engine import ask, group_of

STEPS = 16
"""Of training: enough that the student writes calls."""
QUESTIONS = 40
"""Each takes a CPU about two seconds, both ways together."""
EXACT = Precision(torch.device("cpu"), torch.float32, "two programs give the same tokens only where rounding is small")


@pytest.fixture
def engine_settings(real_vllm: Path) -> VllmStudentSettings:
    """What the bundled profile says, with the interpreter of this machine."""
    settings = load_profile("embedded_vllm").serving.engine
    assert isinstance(settings, VllmStudentSettings)
    return settings.model_copy(update={"python": real_vllm})


def answers(endpoint: ChatEndpoint, questions: list[str]) -> list[str]:
    async def all_at_once() -> list[str]:
        async with endpoint.client(concurrency=len(questions)) as client:
            asked = (
                endpoint.ask(client, [Message("user", text)], max_output_tokens=16, timeout_seconds=60)
                for text in questions
            )
            return [answer.text for answer in await asyncio.gather(*asked)]

    return asyncio.run(all_at_once())


def test_it_answers_keeps_to_labels_counts_and_is_gone_afterwards(
    engine_settings: VllmStudentSettings, base_model_dir: Path, tiny_classification_folder: Path, tmp_path: Path
) -> None:
    task = load_task(tiny_classification_folder)
    extras = request_extras(engine_settings.model_copy(update={"constrain_labels": True}), task)
    questions = [row.question for row in task.tests[:6]]
    with running_server(student_engine(engine_settings), base_model_dir, log_path=tmp_path / "log") as server:
        assert ask(server, "What is the capital of France?").startswith("The capital of France")
        free = answers(server.endpoint, questions)
        held = answers(replace(server.endpoint, extra_body=extras), questions)
        metrics = server_metrics(server)
    assert set(held) <= set(task.classes)
    assert not set(free) <= set(task.classes), "the untrained model gives labels anyway, so this shows nothing"
    assert metrics["vllm:generation_tokens_total"] > 0
    assert metrics["memory_mib"] > 500
    assert not group_of(server.process.pid)


def test_a_merged_student_answers_as_base_and_adapter_do_under_transformers(
    engine_settings: VllmStudentSettings, base_model_dir: Path, smart_home_folder: Path, tmp_path: Path
) -> None:
    task = load_task(smart_home_folder)
    quiet = Progress(lambda message: None)
    recipe = load_profile("embedded_vllm").seeds_only.model_copy(update={"max_steps": STEPS})
    finetune(
        task,
        task.seeds,
        recipe,
        base_model=base_model_dir,
        precision=choose_precision("cpu"),
        checkpoints=tmp_path / "checkpoints",
        output=tmp_path / "trained",
        progress=quiet,
    )
    adapter, merged = tmp_path / "trained" / "adapter", tmp_path / "merged"
    merge(base_model_dir, adapter, dtype=EXACT.dtype, output=merged)
    settings = BenchmarkSettings(engine=engine_settings, max_questions=QUESTIONS)
    rows, _ = run_arms(task, {"distilled": merged}, settings, journal_folder=tmp_path / "journal", progress=quiet)
    served = {row["example_id"]: row["prediction"] for row in rows}
    examples = [example for example in task.test_examples if example.id in served]
    prompts = [task.kind.prompt(task, example) for example in examples]
    limit = task.answer_token_limit
    expected = greedy_answers(base_model_dir, adapter, prompts, max_output_tokens=limit, precision=EXACT)
    assert served == {example.id: answer for example, answer in zip(examples, expected, strict=True)}
    assert any(row["valid"] for row in rows), "the student has not learnt to write calls, so this shows little"
