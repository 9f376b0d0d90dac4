"""Examples per second and memory of training a student, and of TRL's SFTTrainer on the same rows.

    .venv/bin/python benchmarks/training.py [--tasks smart_home text2sql] [--steps 2]

Both train the same adapter of the same model in the same precision on the same tokens with the same loss mask, with
about the same number of examples in each optimiser step. The peer packs (best-fit decreasing, in packs of its default
length or of the longest row) and runs twice, with its activations recomputed (its default, for less memory) and kept
(for speed); it is credited with the better of both in each respect. Each run has a process of its own, and its first
step is not counted. Leave the machine alone meanwhile.
"""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

from distil_dagster.home import CHECKOUT, Home
from distil_dagster.profile import load_profile
from distil_dagster.progress import Progress
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.students.training import BaseModel, TrainingData, TrainingRun, training_data
from distil_dagster.students.training_rows import training_rows
from distil_dagster.tasks import load_task
from distil_dagster.teachers.recombination import recombination_teacher

CORPUS_ROWS = 500
TRL_PACK_TOKENS = 1024
"""The default of SFTConfig.max_length."""


@dataclass(frozen=True)
class Step:
    """What one optimiser step trained on, and how long it took."""

    examples: int
    tokens: int
    """Of its examples, as a server sees them: with the shared prefix in each."""
    seconds: float
    loss: float


@dataclass(frozen=True)
class Outcome:
    """What a trainer did in the steps that count."""

    examples_per_second: float
    tokens_per_second: float
    examples_per_step: float
    peak_mib: float
    first_loss: float
    """Per supervised token, of the untrained adapter."""


def ours(task_name: str, steps: int) -> Outcome:
    base, data, recipe = _prepared(task_name)
    # The last step measures the held-back rows as well.
    recipe = recipe.model_copy(update={"max_steps": steps + 2, "evaluate_every_steps": steps + 2})
    with tempfile.TemporaryDirectory() as checkpoints:
        run = TrainingRun(base, data, recipe, checkpoints=Path(checkpoints), progress=Progress(lambda _: None))
        run.train()
    curve = run.curve[: steps + 1]
    done = [
        Step(
            examples=after.examples - before.examples,
            tokens=after.tokens - before.tokens + (after.examples - before.examples) * len(data.prefix),
            seconds=after.seconds - before.seconds,
            loss=after.loss,
        )
        for before, after in pairwise(curve)
    ]
    return _outcome(done, first_loss=curve[0].loss)


def trl(task_name: str, steps: int, *, recompute: bool) -> Outcome:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    base, data, recipe = _prepared(task_name)
    rows = [
        {
            "input_ids": [*data.prefix, *sequence.tokens],
            "completion_mask": [0] * len(data.prefix) + [int(learnt) for learnt in sequence.supervised],
        }
        for sequence in data.training
    ]
    lengths = [len(row["input_ids"]) for row in rows]
    pack_tokens = max(TRL_PACK_TOKENS, *lengths)
    done: list[Step] = []

    class Watched(SFTTrainer):  # type: ignore[misc]
        """Notes what is in each pass, and when each step ends."""

        passes: list[tuple[int, int]]
        began: float

        def compute_loss(self, model: Any, inputs: dict[str, Any], *others: Any, **settings: Any) -> Any:
            positions = inputs["position_ids"]
            self.passes.append((int((positions == 0).sum()), positions.numel()))
            return super().compute_loss(model, inputs, *others, **settings)

        def log(self, logs: dict[str, float], *others: Any, **settings: Any) -> None:
            if "loss" in logs:
                now = time.monotonic()
                examples, tokens = (sum(numbers) for numbers in zip(*self.passes, strict=True))
                done.append(Step(examples, tokens, now - self.began, logs["loss"]))
                self.passes, self.began = [], now
            super().log(logs, *others, **settings)

    torch.manual_seed(recipe.random_seed)
    with tempfile.TemporaryDirectory() as output:
        trainer = Watched(
            model=AutoModelForCausalLM.from_pretrained(base.folder, dtype=base.precision.dtype),
            processing_class=AutoTokenizer.from_pretrained(base.folder),
            train_dataset=Dataset.from_list(rows),
            peft_config=LoraConfig(
                r=recipe.lora_r,
                lora_alpha=recipe.lora_r * recipe.lora_alpha_multiplier,
                target_modules="all-linear",
                task_type="CAUSAL_LM",
            ),
            args=SFTConfig(
                output_dir=output,
                packing=True,
                max_length=pack_tokens,
                completion_only_loss=True,
                per_device_train_batch_size=1,
                gradient_accumulation_steps=round(recipe.per_step_examples / max(1, pack_tokens // mean(lengths))),
                gradient_checkpointing=recompute,
                learning_rate=recipe.learning_rate,
                max_grad_norm=recipe.max_gradient_norm,
                max_steps=steps + 1,
                logging_steps=1,
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
                bf16=False,
                use_cpu=base.precision.device.type == "cpu",
            ),
        )
        trainer.passes, trainer.began = [], time.monotonic()
        trainer.train()
    return _outcome(done[1:], first_loss=done[0].loss)


def trl_recomputing(task_name: str, steps: int) -> Outcome:
    return trl(task_name, steps, recompute=True)


def trl_keeping(task_name: str, steps: int) -> Outcome:
    return trl(task_name, steps, recompute=False)


def _prepared(task_name: str) -> tuple[BaseModel, TrainingData, FinetuneRecipe]:
    """The base model, and rows of the task as the embedded profile draws and encodes them; the same in each process."""
    from distil_dagster.students.base_model import resolve_base_model, weights_sha256
    from distil_dagster.students.precision import choose_precision

    profile = load_profile("embedded")
    task = load_task(CHECKOUT / "tasks" / task_name)
    recipe = profile.distilled.tuned(task.settings.tuning)
    student = next(iter(profile.students.values()))
    folder = resolve_base_model(student.base_model, Home.from_environment().base_models)
    corpus = [row.row for row in recombination_teacher(task).generate(count=CORPUS_ROWS, seed=1).rows]
    data = training_data(task, training_rows(task, corpus, recipe), recipe, base_model=folder)
    return BaseModel(folder, weights_sha256(folder), choose_precision()), data, recipe


def _outcome(steps: Sequence[Step], *, first_loss: float) -> Outcome:
    return Outcome(
        examples_per_second=median(step.examples / step.seconds for step in steps),
        tokens_per_second=median(step.tokens / step.seconds for step in steps),
        examples_per_step=mean(step.examples for step in steps),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
        first_loss=first_loss,
    )


def alone(trainer: Callable[[str, int], Outcome], task_name: str, steps: int) -> Outcome:
    """The outcome of a trainer in a process of its own, printed."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        outcome = process.submit(trainer, task_name, steps).result()
    print(
        f"{task_name:20s} {trainer.__name__:16s} {outcome.examples_per_second:8.3f} examples/s "
        f"{outcome.tokens_per_second:8.0f} tokens/s {outcome.peak_mib:8.0f} MiB "
        f"{outcome.examples_per_step:6.1f} examples a step, first loss {outcome.first_loss:.3f}",
        flush=True,
    )
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=["smart_home", "text2sql"], help="bundled tasks")
    parser.add_argument("--steps", type=int, default=2, help="optimiser steps that count, in each run")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    tasks = {}
    for name in options.tasks:
        mine, recomputing, keeping = (
            alone(trainer, name, options.steps) for trainer in (ours, trl_recomputing, trl_keeping)
        )
        peer = max(recomputing.examples_per_second, keeping.examples_per_second)
        tasks[name] = {
            "ours": mine.examples_per_second,
            "peer": peer,
            "ratio": mine.examples_per_second / peer,
            "memory_ratio": min(recomputing.peak_mib, keeping.peak_mib) / mine.peak_mib,
            "outcomes": {
                "ours": asdict(mine),
                "peer, recomputing": asdict(recomputing),
                "peer, keeping": asdict(keeping),
            },
        }
    worst = min(tasks.values(), key=lambda task: float(str(task["ratio"])))
    print(
        json.dumps(
            {
                "ours": worst["ours"],
                "peer": worst["peer"],
                "ratio": worst["ratio"],
                "unit": "examples per second, on the task with the lowest ratio",
                "tasks": tasks,
            }
        )
    )


if __name__ == "__main__":
    main()
