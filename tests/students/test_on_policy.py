"""Teachers are fine-tuned copies of their students, so that there is something to learn from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from distil_dagster.progress import Progress
from distil_dagster.students.merging import merge
from distil_dagster.students.on_policy import main
from distil_dagster.students.on_policy_training import distil_on_policy
from distil_dagster.students.precision import Precision, choose_precision
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary, LocalModel, OnPolicySettings
from distil_dagster.students.training import finetune
from distil_dagster.tasks import Task, load_task
from distil_dagster.tasks.seed_set import write_rows

CPU = Precision(torch.device("cpu"), torch.float32, "a test")
RECIPE = FinetuneRecipe(
    lora_r=4, learning_rate=5e-3, per_step_examples=4, max_steps=2, num_train_epochs=20, train_eval_split=0.2
)


class Killed(Exception):  # noqa: N818 - not an error but a stand-in for SIGKILL
    """Ends a run in the middle, as a kill would."""


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


def train(task: Task, base_model: Path, recipe: FinetuneRecipe, folder: Path, precision: Precision = CPU) -> Path:
    """Fine-tune an adapter on the seeds; returns its folder."""
    finetune(
        task,
        task.seeds,
        recipe,
        base_model=base_model,
        precision=precision,
        checkpoints=folder / "checkpoints",
        output=folder,
        progress=Progress(print),
    )
    return folder / "adapter"


def fine_tuned_copy(
    task: Task, base_model: Path, recipe: FinetuneRecipe, folder: Path, precision: Precision = CPU
) -> Path:
    """Fine-tune the base model and merge it; returns the model's folder."""
    adapter = train(task, base_model, recipe, folder, precision)
    merge(base_model, adapter, dtype=precision.dtype, output=folder / "merged")
    return folder / "merged"


@pytest.fixture
def adapter(task: Task, tiny_llama: Path, tmp_path: Path) -> Path:
    return train(task, tiny_llama, RECIPE, tmp_path / "student")


@pytest.fixture
def teacher(task: Task, tiny_llama: Path, tmp_path: Path) -> Path:
    return fine_tuned_copy(task, tiny_llama, RECIPE.model_copy(update={"max_steps": 30}), tmp_path / "teacher")


@pytest.fixture
def settings(teacher: Path) -> OnPolicySettings:
    return OnPolicySettings(
        teacher=LocalModel(kind="path", path=teacher),
        max_steps=12,
        per_step_examples=4,
        learning_rate=5e-3,
        evaluate_every_steps=4,
    )


@pytest.fixture
def distil(
    task: Task, tiny_llama: Path, adapter: Path, settings: OnPolicySettings, tmp_path: Path
) -> Callable[..., FinetuneSummary]:
    """Trains the tiny student further; `die_after` ends the run once so many steps were reported."""

    def run(name: str, *, checkpoints: str = "", die_after: int = 0, **changes: object) -> FinetuneSummary:
        reported = 0

        class EveryMessage(Progress):
            def report(self, message: str, *, final: bool = False) -> None:
                nonlocal reported
                reported += message.startswith("step")
                if die_after and reported == die_after:
                    raise Killed

        return distil_on_policy(
            task,
            task.seeds,
            RECIPE.model_copy(update={"checkpoint_every_steps": 2}),
            settings.model_copy(update=changes),
            base_model=tiny_llama,
            adapter=adapter,
            teacher=tmp_path / "teacher" / "merged",
            precision=CPU,
            checkpoints=tmp_path / (checkpoints or f"{name}_checkpoints"),
            output=tmp_path / name,
            progress=EveryMessage(print),
        )

    return run


@pytest.mark.parametrize("beta", [0.5, 1.0])
def test_the_student_comes_nearer_to_its_teacher_on_rows_it_was_not_trained_on(
    distil: Callable[..., FinetuneSummary], tmp_path: Path, beta: float
) -> None:
    summary = distil("run", beta=beta)
    assert summary == FinetuneSummary.model_validate_json((tmp_path / "run" / "summary.json").read_text())
    assert summary.first_held_back_loss is not None
    assert summary.kept_held_back_loss < 0.8 * summary.first_held_back_loss
    curve = pq.read_table(tmp_path / "run" / "curve.parquet").to_pandas()
    assert list(curve["step"]) == list(range(1, 13))
    assert list(curve.dropna(subset="held_back_loss")["step"]) == [4, 8, 12]
    # Ten questions of the five rows held back; twenty rows of two questions each are answered, four in a step.
    assert (summary.rows, summary.held_back_rows, summary.sequences) == (25, 5, 40)
    assert curve["examples"].iloc[-1] == 12 * 4


def test_a_killed_run_goes_on_and_gives_the_same_adapter(
    distil: Callable[..., FinetuneSummary], tmp_path: Path
) -> None:
    whole = distil("whole")
    with pytest.raises(Killed):
        distil("killed", die_after=7)
    resumed = distil("resumed", checkpoints="killed_checkpoints")
    assert resumed.resumed_from_step == 6
    unchanged = {"steps", "tokens", "supervised_tokens", "first_held_back_loss", "last_loss", "kept_held_back_loss"}
    assert resumed.model_dump(include=unchanged) == pytest.approx(whole.model_dump(include=unchanged))
    expected = load_file(tmp_path / "whole" / "adapter" / "adapter_model.safetensors")
    for name, weight in load_file(tmp_path / "resumed" / "adapter" / "adapter_model.safetensors").items():
        torch.testing.assert_close(weight, expected[name], rtol=0, atol=1e-6)


def test_the_base_model_is_no_part_of_it(distil: Callable[..., FinetuneSummary], tmp_path: Path) -> None:
    """What is written is an adapter of the base that the first one was trained on."""
    distil("run", max_steps=1)
    configs = [
        json.loads((tmp_path / run / "adapter" / "adapter_config.json").read_text()) for run in ("student", "run")
    ]
    assert configs[0]["base_model_name_or_path"] == configs[1]["base_model_name_or_path"]
    first, second = (load_file(tmp_path / run / "adapter" / "adapter_model.safetensors") for run in ("student", "run"))
    assert first.keys() == second.keys()
    assert any(not torch.equal(weight, second[name]) for name, weight in first.items())


@pytest.fixture
def arguments(
    tiny_multi_turn_folder: Path, tiny_llama: Path, adapter: Path, settings: OnPolicySettings, tmp_path: Path
) -> list[str]:
    """A command line of the worker."""
    write_rows(list(load_task(tiny_multi_turn_folder).seeds), tmp_path / "rows.parquet")
    (tmp_path / "recipe.json").write_text(RECIPE.model_dump_json())
    return [
        *("--rows", str(tmp_path / "rows.parquet")),
        *("--task-folder", str(tiny_multi_turn_folder)),
        *("--recipe", str(tmp_path / "recipe.json")),
        *("--settings", settings.model_copy(update={"max_steps": 1}).model_dump_json()),
        *("--adapter", str(adapter)),
        *("--base-model", json.dumps({"kind": "path", "path": str(tiny_llama)})),
        *("--cache", str(tmp_path / "cache")),
        *("--output", str(tmp_path / "output")),
        *("--checkpoints", str(tmp_path / "checkpoints")),
        *("--device", "cpu"),
    ]


def test_the_worker_says_how_far_the_student_was_and_is_from_its_teacher(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(arguments) == 0
    summary = FinetuneSummary.model_validate_json((tmp_path / "output" / "summary.json").read_text())
    assert (
        f"{summary.first_held_back_loss:.4f} before, {summary.kept_held_back_loss:.4f} after" in capsys.readouterr().err
    )


def test_a_teacher_with_another_tokenizer_is_refused_in_a_sentence(
    arguments: list[str], teacher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = teacher / "tokenizer.json"
    content = json.loads(path.read_text())
    words = content["model"]["vocab"]
    first, second = list(words)[:2]
    words[first], words[second] = words[second], words[first]
    path.write_text(json.dumps(content))
    assert Tokenizer.from_file(str(path)).get_vocab_size() == len(words)
    assert main(arguments) == 1
    assert "has another tokenizer than the base model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        (
            "--settings",
            '{"teacher": {"kind": "path", "path": "/nowhere"}}',
            "on_policy.teacher can't be had: there is no folder /nowhere",
        ),
        ("--settings", '{"teacher": {"kind": "path", "path": "/nowhere"}, "beta": 2}', "beta: Input should be less"),
        ("--adapter", "/nowhere", "the adapter /nowhere can't be trained on"),
    ],
)
def test_a_wrong_argument_ends_the_worker_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str], option: str, value: str, sentence: str
) -> None:
    arguments[arguments.index(option) + 1] = value
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().err


def test_the_packaged_student_comes_nearer_to_a_fine_tuned_copy_of_itself(
    base_model_dir: Path, tiny_task_folder: Path, tmp_path: Path
) -> None:
    task, precision = load_task(tiny_task_folder), choose_precision("cpu")
    recipe = FinetuneRecipe(
        lora_r=8, per_step_examples=2, max_steps=1, warmup_ratio=0.0, max_held_back_rows=2, num_train_epochs=4
    )
    adapter = train(task, base_model_dir, recipe, tmp_path / "student", precision)
    copied = fine_tuned_copy(
        task, base_model_dir, recipe.model_copy(update={"max_steps": 4}), tmp_path / "teacher", precision
    )
    summary = distil_on_policy(
        task,
        task.seeds,
        recipe,
        OnPolicySettings(teacher=LocalModel(kind="path", path=copied), max_steps=2, learning_rate=1e-3),
        base_model=base_model_dir,
        adapter=adapter,
        teacher=copied,
        precision=precision,
        checkpoints=tmp_path / "checkpoints",
        output=tmp_path / "output",
        progress=Progress(print),
    )
    assert summary.first_held_back_loss is not None
    assert summary.kept_held_back_loss < summary.first_held_back_loss
