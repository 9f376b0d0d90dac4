from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file

from distil_dagster.launch import launch_command
from distil_dagster.progress import Progress
from distil_dagster.students.checkpoint import FILE, CheckpointError
from distil_dagster.students.finetune import main
from distil_dagster.students.precision import Precision
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary
from distil_dagster.students.training import TrainingError, finetune
from distil_dagster.tasks import load_task
from distil_dagster.tasks.seed_set import write_rows

CPU = Precision(torch.device("cpu"), torch.float32, "a test")
RECIPE = FinetuneRecipe(
    lora_r=4,
    learning_rate=5e-3,
    per_step_examples=4,
    max_steps=12,
    num_train_epochs=4,
    evaluate_every_steps=3,
    checkpoint_every_steps=2,
    train_eval_split=0.2,
)


class Killed(Exception):  # noqa: N818 - not an error but a stand-in for SIGKILL
    """Ends a run in the middle, as a kill would."""


@pytest.fixture
def train(tiny_multi_turn_folder: Path, tiny_llama: Path, tmp_path: Path) -> Callable[..., FinetuneSummary]:
    """Trains a tiny model on the small task; `die_after` ends the run once so many steps were reported."""

    def run(
        name: str, recipe: FinetuneRecipe = RECIPE, *, checkpoints: str = "", die_after: int = 0
    ) -> FinetuneSummary:
        task = load_task(tiny_multi_turn_folder)
        reported = 0

        def report(message: str) -> None:
            nonlocal reported
            reported += message.startswith("step")
            if die_after and reported == die_after:
                raise Killed

        class EveryMessage(Progress):
            def report(self, message: str, *, final: bool = False) -> None:
                report(message)

        return finetune(
            task,
            task.seeds,
            recipe,
            base_model=tiny_llama,
            precision=CPU,
            checkpoints=tmp_path / (checkpoints or f"{name}_checkpoints"),
            output=tmp_path / name,
            progress=EveryMessage(report),
        )

    return run


def adapter_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


@pytest.mark.parametrize("die_after", [1, 5, 7, 12])
def test_a_killed_run_goes_on_and_gives_the_same_adapter(
    train: Callable[..., FinetuneSummary], tmp_path: Path, die_after: int
) -> None:
    whole = train("whole")
    with pytest.raises(Killed):
        train("killed", die_after=die_after)
    resumed = train("resumed", checkpoints="killed_checkpoints")
    assert resumed.resumed_from_step == (die_after // 2 * 2 or None)
    expected = adapter_of(tmp_path / "whole")
    for name, weight in adapter_of(tmp_path / "resumed").items():
        torch.testing.assert_close(weight, expected[name], rtol=0, atol=1e-6)
    unchanged = {"steps", "kept_step", "tokens", "supervised_tokens", "first_loss", "last_loss", "kept_held_back_loss"}
    assert resumed.model_dump(include=unchanged) == pytest.approx(whole.model_dump(include=unchanged))


def test_the_loss_falls_and_the_output_says_what_was_done(
    train: Callable[..., FinetuneSummary], tmp_path: Path
) -> None:
    summary = train("run")
    assert summary == FinetuneSummary.model_validate_json((tmp_path / "run" / "summary.json").read_text())
    curve = pq.read_table(tmp_path / "run" / "curve.parquet").to_pandas()
    assert list(curve["step"]) == list(range(1, 13))
    assert summary.last_loss == curve["loss"].iloc[-1] < 0.95 * summary.first_loss
    measured = curve.dropna(subset="held_back_loss")
    assert list(measured["step"]) == [3, 6, 9, 12]
    assert summary.kept_held_back_loss == measured["held_back_loss"].min()
    assert summary.kept_step == measured["step"][measured["held_back_loss"].idxmin()]
    assert (summary.rows, summary.held_back_rows, summary.sequences) == (25, 5, 20)
    assert summary.tokens == curve["tokens"].iloc[-1]
    assert "⟦" in summary.decoded_example
    assert summary.resumed_from_step is None


def test_the_adapter_kept_is_the_one_with_the_lowest_held_back_loss_or_the_last(
    train: Callable[..., FinetuneSummary], tmp_path: Path
) -> None:
    # A learning rate that overshoots: later steps are worse than earlier ones.
    overshooting = {"learning_rate": 0.3, "learning_rate_scheduler": "constant", "evaluate_every_steps": 1}
    recipe = RECIPE.model_copy(update={**overshooting, "max_steps": 8, "keep": "best"})
    train("long", recipe)
    losses = pq.read_table(tmp_path / "long" / "curve.parquet")["held_back_loss"].to_pylist()
    # Where it rises depends on the number format; a run up to there has its best step behind it.
    risen = next(step for step in range(2, 9) if losses[step - 1] > min(losses[: step - 1]))
    summary = train("overshot", recipe.model_copy(update={"max_steps": risen}))
    assert summary.kept_step < summary.steps
    assert summary.kept_held_back_loss < summary.last_held_back_loss
    stopped = train("stopped", recipe.model_copy(update={"max_steps": summary.kept_step}))
    assert stopped.steps == stopped.kept_step == summary.kept_step
    expected = adapter_of(tmp_path / "stopped")
    for name, weight in adapter_of(tmp_path / "overshot").items():
        torch.testing.assert_close(weight, expected[name], rtol=0, atol=1e-6)
    last = train("last", recipe.model_copy(update={"max_steps": risen, "keep": "last"}))
    assert last.kept_step == last.steps == risen
    assert last.kept_held_back_loss == last.last_held_back_loss == summary.last_held_back_loss
    assert any(not torch.equal(weight, expected[name]) for name, weight in adapter_of(tmp_path / "last").items())


def test_training_stops_early_when_the_held_back_loss_no_longer_falls(train: Callable[..., FinetuneSummary]) -> None:
    recipe = RECIPE.model_copy(
        update={"learning_rate": 0.3, "learning_rate_scheduler": "constant", "evaluate_every_steps": 1}
    )
    summary = train("patient", recipe.model_copy(update={"early_stop_patience": 2}))
    assert summary.steps < summary.planned_steps
    assert summary.kept_step == summary.steps - 2, "a run that was stopped keeps its best step"


def test_several_passes_a_step_train_the_same_as_one(train: Callable[..., FinetuneSummary], tmp_path: Path) -> None:
    one = train("one")
    several = train("several", RECIPE.model_copy(update={"max_tokens_per_pass": 1}))
    assert several.tokens == one.tokens
    expected = adapter_of(tmp_path / "one")
    for name, weight in adapter_of(tmp_path / "several").items():
        torch.testing.assert_close(weight, expected[name], rtol=1e-3, atol=1e-4)


def test_a_loss_that_is_no_number_ends_training_and_says_what_to_change(
    train: Callable[..., FinetuneSummary], tmp_path: Path
) -> None:
    recipe = RECIPE.model_copy(update={"learning_rate": 1e30, "warmup_ratio": 0.0})
    with pytest.raises(TrainingError, match=r"(nan|inf) at step \d+.*lower learning_rate"):
        train("diverged", recipe)


def test_a_checkpoint_of_another_run_is_refused(train: Callable[..., FinetuneSummary]) -> None:
    train("one")
    with pytest.raises(CheckpointError, match="belongs to a run with other rows, recipe"):
        train("other", RECIPE.model_copy(update={"learning_rate": 1e-4}), checkpoints="one_checkpoints")


def test_a_damaged_checkpoint_is_reported_and_not_overwritten(
    train: Callable[..., FinetuneSummary], tmp_path: Path
) -> None:
    train("one")
    path = tmp_path / "one_checkpoints" / FILE
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"can't be read .* delete it"):
        train("one")
    assert path.stat().st_size == 1000


@pytest.fixture
def arguments(tiny_multi_turn_folder: Path, tiny_llama: Path, tmp_path: Path) -> list[str]:
    """A command line of the worker."""
    write_rows(list(load_task(tiny_multi_turn_folder).seeds), tmp_path / "rows.parquet")
    (tmp_path / "recipe.json").write_text(RECIPE.model_dump_json())
    return [
        *("--rows", str(tmp_path / "rows.parquet")),
        *("--task-folder", str(tiny_multi_turn_folder)),
        *("--recipe", str(tmp_path / "recipe.json")),
        *("--base-model", json.dumps({"kind": "path", "path": str(tiny_llama)})),
        *("--cache", str(tmp_path / "cache")),
        *("--output", str(tmp_path / "output")),
        *("--checkpoints", str(tmp_path / "checkpoints")),
        *("--device", "cpu"),
    ]


def worker(arguments: list[str], *, before: str = "") -> subprocess.Popen[str]:
    code = f"import sys; from distil_dagster.students.finetune import main{before}; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, text=True)


def test_a_worker_killed_by_sigkill_resumes_to_the_adapter_of_one_that_was_not(
    arguments: list[str], tmp_path: Path
) -> None:
    long = RECIPE.model_copy(update={"max_steps": 300, "num_train_epochs": 1000, "checkpoint_every_steps": 5})
    (tmp_path / "recipe.json").write_text(long.model_dump_json())
    killed = worker(arguments)
    while not (tmp_path / "checkpoints" / FILE).exists():
        assert killed.poll() is None, killed.stderr and killed.stderr.read()
        time.sleep(0.01)
    time.sleep(0.3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (tmp_path / "output" / "summary.json").exists()
    assert main(arguments) == 0
    summary = FinetuneSummary.model_validate_json((tmp_path / "output" / "summary.json").read_text())
    assert summary.resumed_from_step is not None
    resumed = adapter_of(tmp_path / "output")
    shutil.rmtree(tmp_path / "checkpoints")
    assert main(arguments) == 0
    for name, weight in adapter_of(tmp_path / "output").items():
        torch.testing.assert_close(weight, resumed[name], rtol=0, atol=1e-6)


def test_a_full_disk_ends_the_worker_with_one_sentence_and_the_checkpoint_stays_usable(
    arguments: list[str], tmp_path: Path
) -> None:
    # A limit on the size of files stands in for a full disk: the second checkpoint, which holds the best weights
    # too, no longer fits.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (130_000, 130_000))"
    process = worker(arguments, before=f"; {limit}")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert "free some space and run again" in errors.strip().splitlines()[-1]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [FILE]
    assert main(arguments) == 0
    summary = FinetuneSummary.model_validate_json((tmp_path / "output" / "summary.json").read_text())
    assert summary.resumed_from_step == 2


IN_FLOAT32 = """
import sys, torch
from distil_dagster.students import finetune, precision
precision.choose_precision = lambda kind: precision.Precision(torch.device(kind), torch.float32, "a test")
sys.exit(finetune.main(sys.argv[1:]))
"""


def test_two_processes_together_train_as_one_does(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on two GPUs: `accelerate launch` starts them, each computes its share of every step."""
    (tmp_path / "worker_in_float32.py").write_text(IN_FLOAT32)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for processes in (1, 2):
        for option in ("--output", "--checkpoints"):
            arguments[arguments.index(option) + 1] = str(tmp_path / f"{option} of {processes}")
        command = launch_command("worker_in_float32", processes=processes)
        ended = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=300)
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.count("kept step") == 1, "only one of them reports"
    alone, together = (
        pq.read_table(tmp_path / f"--output of {count}" / "curve.parquet").to_pandas() for count in (1, 2)
    )
    for column in ("step", "examples", "tokens", "loss", "learning_rate", "held_back_loss"):
        assert list(together[column]) == pytest.approx(list(alone[column]), rel=1e-5, nan_ok=True), column
    expected = adapter_of(tmp_path / "--output of 1")
    for name, weight in adapter_of(tmp_path / "--output of 2").items():
        torch.testing.assert_close(weight, expected[name], rtol=1e-3, atol=1e-4)
    summary = FinetuneSummary.model_validate_json((tmp_path / "--output of 2" / "summary.json").read_text())
    assert summary.processes == 2


def test_too_little_memory_ends_the_worker_with_one_sentence(arguments: list[str]) -> None:
    # The prefix alone asks for more than any machine has, as a far too long one would.
    limit = (
        "import torch, distil_dagster.students.training as training; "
        "training.SharedPrefix.of = lambda *_: torch.empty(2**50)"
    )
    process = worker(arguments, before=f"; {limit}")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert "there is not enough memory: lower max_tokens_per_pass" in errors


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--base-model", '{"kind": "path", "path": "/nowhere"}', "there is no folder /nowhere"),
        ("--base-model", '{"kind": "path"}', "path: Field required"),
        ("--task-folder", "/nowhere", "no such folder"),
        ("--rows", "/nowhere.parquet", "/nowhere.parquet"),
    ],
)
def test_a_wrong_argument_ends_the_worker_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str], option: str, value: str, sentence: str
) -> None:
    arguments[arguments.index(option) + 1] = value
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().err


def test_the_packaged_model_learns_in_a_few_steps(
    base_model_dir: Path, tiny_multi_turn_folder: Path, tmp_path: Path
) -> None:
    task = load_task(tiny_multi_turn_folder)
    recipe = FinetuneRecipe(lora_r=8, per_step_examples=4, max_steps=4, warmup_ratio=0.0, max_held_back_rows=2)
    summary = finetune(
        task,
        task.seeds,
        recipe,
        base_model=base_model_dir,
        precision=CPU,
        checkpoints=tmp_path / "checkpoints",
        output=tmp_path / "output",
        progress=Progress(print),
    )
    assert summary.last_loss < 0.8 * summary.first_loss
