"""The gate between a student that was trained and one that is served: what counts as the same, and what fails it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.benchmark.parity import (
    MERGED,
    PARITY,
    QUANTISED,
    ArmParity,
    ComparedAnswer,
    ParitySettings,
    ParitySummary,
    arm_parity,
    compared_answers,
)
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.run_parity import main
from distil_dagster.benchmark.scores import score_arm, summarise, write_scores
from distil_dagster.students import precision
from distil_dagster.students.greedy import greedy_answers
from distil_dagster.students.low_rank import add_adapter, save_adapter
from distil_dagster.students.precision import Precision
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Example, Task, load_task

SPACED = '{"name": "set_timer", "parameters": {"minutes": 5}}'
CALL = '{"name":"set_timer","parameters":{"minutes":5}}'
OTHER = '{"name":"set_timer","parameters":{"minutes":6}}'


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


def compare(task: Task, adapter: str, served: str) -> ComparedAnswer:
    example = task.test_examples[0]
    (row,) = compared_answers(task, [example], {example.id: adapter}, {example.id: served}, str.split)
    return row


def compared(task: Task, *, served_differently: int, of: int = 20, arm: str = MERGED) -> list[ComparedAnswer]:
    """Right answers of base and adapter, the first of which the server answers otherwise."""
    examples = task.test_examples[:of]
    adapter = {example.id: example.target for example in examples}
    served = {
        example.id: "no" if number < served_differently else example.target for number, example in enumerate(examples)
    }
    return compared_answers(task, examples, adapter, served, list, arm=arm)


def summary_of(rows: Sequence[ComparedAnswer], settings: ParitySettings | None = None) -> ArmParity:
    clusters = {row.example_id: row.example_id for row in rows}
    return arm_parity(rows, clusters, settings or ParitySettings())


class TestOneAnswer:
    def test_the_same_text_is_the_same_also_where_it_is_no_answer(self, task: Task) -> None:
        row = compare(task, "well, I", "well, I")
        assert (row.same_text, row.same_prediction, row.shared_tokens) == (True, True, 2)

    def test_another_way_to_write_the_same_call_is_the_same_prediction_and_not_the_same_text(self, task: Task) -> None:
        row = compare(task, CALL, SPACED)
        assert (row.same_text, row.same_prediction) == (False, True)

    @pytest.mark.parametrize(("adapter", "served"), [(CALL, OTHER), (CALL, "well"), ("well", CALL), ("well", "no")])
    def test_any_other_answer_differs(self, task: Task, adapter: str, served: str) -> None:
        assert not compare(task, adapter, served).same_prediction

    def test_tokens_count_up_to_the_first_difference(self, task: Task) -> None:
        assert compare(task, "a b c d", "a b x d e").shared_tokens == 2


class TestGate:
    def test_answers_that_are_all_the_same_agree(self, task: Task) -> None:
        summary = summary_of(compared(task, served_differently=0))
        assert summary.agrees
        assert (summary.prediction_agreement, summary.token_agreement, summary.score_difference) == (1, 1, 0)

    def test_too_many_that_differ_fail_it(self, task: Task) -> None:
        few, many = (summary_of(compared(task, served_differently=number)) for number in (2, 6))
        assert (few.prediction_agreement, many.prediction_agreement) == (0.9, 0.7)
        assert (few.agrees, many.agrees) == (True, False)
        assert (many.adapter_right, many.served_right) == (20, 14)

    @pytest.mark.parametrize("behind", [1, 900])
    def test_two_answers_differ_once_however_much_comes_behind(self, task: Task, behind: int) -> None:
        one, other = ("same " * 98 + first + " end" * behind for first in "ab")
        rows = [replace(compare(task, one, other), example_id="0"), compare(task, "same " * 100, "same " * 100)]
        found = arm_parity(rows, {row.example_id: row.example_id for row in rows}, ParitySettings())
        assert found.token_agreement == 198 / 199

    def test_the_profile_says_how_many_are_too_many(self, task: Task) -> None:
        strict = ParitySettings(required_prediction_agreement=0.95)
        assert not summary_of(compared(task, served_differently=2), strict).agrees
        assert summary_of(compared(task, served_differently=2)).agrees

    def test_a_loss_of_score_that_is_no_chance_fails_it_whatever_the_profile_says(self, task: Task) -> None:
        indifferent = ParitySettings(required_prediction_agreement=0, required_token_agreement=0)
        few, many = (summary_of(compared(task, served_differently=number), indifferent) for number in (5, 8))
        assert few.p_value > 0.05 > many.p_value
        assert (few.agrees, many.agrees) == (True, False)

    def test_a_quantised_model_may_differ_by_what_the_profile_allows_it(self, task: Task) -> None:
        settings = ParitySettings(
            required_prediction_agreement=0.95,
            required_quantised_prediction_agreement=0.9,
            required_quantised_token_agreement=0.8,
        )
        merged, quantised = (
            summary_of(compared(task, served_differently=2, arm=arm), settings) for arm in (MERGED, QUANTISED)
        )
        assert (merged.prediction_agreement, quantised.prediction_agreement) == (0.9, 0.9)
        assert (merged.agrees, quantised.agrees) == (False, True)

    def test_every_arm_must_agree(self, task: Task) -> None:
        same, other = (summary_of(compared(task, served_differently=number)) for number in (0, 6))
        assert ParitySummary(arms=(same,), device="cpu", dtype="float32").agrees
        assert not ParitySummary(arms=(same, other), device="cpu", dtype="float32").agrees


class TestWorker:
    @pytest.fixture(autouse=True)
    def exact(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Weights drawn at random leave tokens nearly equally likely, which bfloat16 can't tell apart."""
        import torch

        exact = Precision(torch.device("cpu"), torch.float32, "for the test")
        monkeypatch.setattr("distil_dagster.students.precision.choose_precision", lambda _: exact)

    @pytest.fixture
    def adapter(self, tiny_base: Path, tmp_path: Path) -> Path:
        """An adapter that changes what the tiny model says."""
        import torch
        from transformers import AutoModelForCausalLM

        model = add_adapter(AutoModelForCausalLM.from_pretrained(tiny_base), FinetuneRecipe(lora_r=4))
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if "lora_B" in name:
                    torch.nn.init.normal_(weight, std=0.5)
        save_adapter(model, tmp_path / "adapter", base_model=tiny_base.name)
        return tmp_path / "adapter"

    def run(
        self, folder: Path, base: Path, adapter: Path, served: dict[str, str], quantised: dict[str, str] | None = None
    ) -> ParitySummary:
        task = load_task(folder / "tiny")
        examples = [example for example in task.test_examples if example.id in served]
        rows = []
        for arm, answers in ((MERGED, served), (QUANTISED, quantised)):
            if answers:
                predictions = [Prediction(example.id, "", answers[example.id], 0.1, 9, 9) for example in examples]
                rows += score_arm(task, arm, examples, predictions)
        for name in ("scores", "output"):
            (folder / name).mkdir()
        write_scores(rows, summarise(task, rows, sample_seed=0), folder / "scores")
        arguments = {
            "--task-folder": folder / "tiny",
            "--base-model": json.dumps({"kind": "path", "path": str(base)}),
            "--cache": folder,
            "--adapter": adapter,
            "--scores": folder / "scores",
            "--max-output-tokens": 6,
            "--settings": ParitySettings(max_questions=12).model_dump_json(),
            "--device": "cpu",
            "--output": folder / "output",
        }
        assert main([str(part) for pair in arguments.items() for part in pair]) == 0
        return ParitySummary.model_validate_json((folder / "output" / "summary.json").read_text())

    def answers(self, base: Path, adapter: Path, task: Task, examples: Sequence[Example]) -> dict[str, str]:
        prompts = [task.kind.prompt(task, example) for example in examples]
        found = greedy_answers(base, adapter, prompts, max_output_tokens=6, precision=precision.choose_precision("cpu"))
        return {example.id: answer for example, answer in zip(examples, found, strict=True)}

    def test_a_server_that_gives_the_adapter_s_answers_agrees(
        self, tmp_path: Path, tiny_base: Path, adapter: Path, task: Task
    ) -> None:
        served = self.answers(tiny_base, adapter, task, task.test_examples[:15])
        assert len(set(served.values())) > 1
        summary = self.run(tmp_path, tiny_base, adapter, served)
        assert summary.agrees
        (merged,) = summary.arms
        assert (merged.arm, merged.questions, merged.same_text) == (MERGED, 12, 12)

    def test_a_quantised_model_that_answers_otherwise_fails_it_beside_a_merged_one_that_does_not(
        self, tmp_path: Path, tiny_base: Path, adapter: Path, task: Task
    ) -> None:
        served = self.answers(tiny_base, adapter, task, task.test_examples[:15])
        summary = self.run(tmp_path, tiny_base, adapter, served, dict.fromkeys(served, "no"))
        assert [(arm.arm, arm.agrees) for arm in summary.arms] == [(MERGED, True), (QUANTISED, False)]
        rows = pd.read_parquet(tmp_path / "output" / PARITY)
        assert set(rows[~rows["same_text"]]["arm"]) == {QUANTISED}
        assert len(rows) == 24

    def test_one_that_serves_the_base_model_instead_fails_and_its_rows_are_named(
        self, tmp_path: Path, tiny_base: Path, adapter: Path, task: Task
    ) -> None:
        import torch
        from safetensors.torch import load_file, save_file

        blank = tmp_path / "blank"
        blank.mkdir()
        (blank / "adapter_config.json").write_text((adapter / "adapter_config.json").read_text())
        weights = load_file(adapter / "adapter_model.safetensors")
        save_file(
            {name: torch.zeros_like(weight) for name, weight in weights.items()}, blank / "adapter_model.safetensors"
        )
        served = self.answers(tiny_base, blank, task, task.test_examples[:15])
        summary = self.run(tmp_path, tiny_base, adapter, served)
        assert not summary.agrees
        (merged,) = summary.arms
        rows = pd.read_parquet(tmp_path / "output" / PARITY)
        assert len(rows[~rows["same_text"]]) == merged.questions - merged.same_text > 0
