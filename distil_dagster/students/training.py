"""Trains an adapter: steps, held-back loss, early stop, checkpoints, and what is written at the end.

`finetune` is its command line. Data order and schedule are in `batching`, what is minimised is an `objective`.
"""

from __future__ import annotations

import hashlib
import math
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from distil_dagster.progress import Progress
from distil_dagster.students.base_model import weights_sha256
from distil_dagster.students.batching import Schedule, hold_back, passes
from distil_dagster.students.checkpoint import CURVE_SCHEMA, CurvePoint, TrainingState, load_checkpoint, save_checkpoint
from distil_dagster.students.data_parallel import TrainingProcesses
from distil_dagster.students.encoding import (
    EncodedSequence,
    chat_template_sha256,
    decoded_example,
    encode_rows,
    tokenizer_sha256,
)
from distil_dagster.students.errors import StudentError
from distil_dagster.students.low_rank import adapter_weights, add_adapter, load_adapter, save_adapter
from distil_dagster.students.objective import Objective, RowsAsWritten
from distil_dagster.students.precision import Precision
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary
from distil_dagster.students.shared_prefix import ATTENTION, PackedRows, SharedPrefix, check_supported
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.rows import canonical_json

ALONE = TrainingProcesses()


class TrainingError(StudentError):
    """Training can't start or go on; the message says what to change."""


@dataclass(frozen=True)
class TrainingData:
    """The rows of a run as tokens: what is trained on, and what only chooses the best checkpoint."""

    prefix: tuple[int, ...]
    training: tuple[EncodedSequence, ...]
    held_back: tuple[EncodedSequence, ...]
    rows: int
    held_back_rows: int
    decoded_example: str
    tokenizer_sha256: str
    chat_template_sha256: str

    def tokens_per_step(self, recipe: FinetuneRecipe) -> float:
        """Tokens that an average step computes, those of the prefix once."""
        average = sum(len(sequence.tokens) for sequence in self.training) / len(self.training)
        return len(self.prefix) + recipe.per_step_examples * average


@dataclass(frozen=True)
class BaseModel:
    """The model that is adapted, and where it came from."""

    folder: Path
    sha256: str
    precision: Precision


def finetune(
    task: Task,
    rows: Sequence[Row],
    recipe: FinetuneRecipe,
    *,
    base_model: Path,
    precision: Precision,
    checkpoints: Path,
    output: Path,
    progress: Progress,
    processes: TrainingProcesses = ALONE,
) -> FinetuneSummary:
    """Train an adapter on rows of a task and write `adapter/`, `curve.parquet` and `summary.json` to `output`.

    A run that was killed goes on from its last checkpoint and gives the same adapter as one that was not. Of several
    processes that train together only the main one writes.

    Raises:
        EncodingError: if a row can't be made a training sequence.
        CheckpointError: if a checkpoint can't be written, or is of another run.
        TrainingError: if there are too few rows, or the loss is no number any more.
    """
    data = training_data(task, rows, recipe, base_model=base_model)
    base = BaseModel(base_model, weights_sha256(base_model), precision)
    run = TrainingRun(base, data, recipe, checkpoints=checkpoints, progress=progress, processes=processes)
    run.train()
    return run.write(output)


def training_data(task: Task, rows: Sequence[Row], recipe: FinetuneRecipe, *, base_model: Path) -> TrainingData:
    """Hold rows back and encode all of them with the base model's tokenizer."""
    try:
        to_train, held_back = hold_back(rows, recipe)
    except ValueError as error:
        raise TrainingError(str(error)) from error
    tokenizer = AutoTokenizer.from_pretrained(base_model)
    transcripts = ((row.id, task.kind.transcript(task, row)) for row in (*to_train, *held_back))
    encoded = encode_rows(tokenizer, transcripts, max_length=recipe.max_length)
    held_back_ids = {row.id for row in held_back}

    def part(*, held: bool) -> tuple[EncodedSequence, ...]:
        return tuple(sequence for sequence in encoded.sequences if (sequence.row_id in held_back_ids) == held)

    return TrainingData(
        prefix=encoded.prefix,
        training=part(held=False),
        held_back=part(held=True),
        rows=len(rows),
        held_back_rows=len(held_back),
        decoded_example=decoded_example(tokenizer, encoded),
        tokenizer_sha256=tokenizer_sha256(tokenizer),
        chat_template_sha256=chat_template_sha256(tokenizer),
    )


class TrainingRun:
    """One run of training, from its last checkpoint if there is one; given an adapter, it trains that one further."""

    def __init__(
        self,
        base: BaseModel,
        data: TrainingData,
        recipe: FinetuneRecipe,
        *,
        checkpoints: Path,
        progress: Progress,
        processes: TrainingProcesses = ALONE,
        objective: Objective | None = None,
        adapter: Path | None = None,
    ) -> None:
        self.base = base
        self.objective = objective or RowsAsWritten()
        self.processes = processes
        self.data = data
        self.recipe = recipe = recipe.on(base.precision.dtype_name, tokens_per_step=data.tokens_per_step(recipe))
        self.checkpoints = checkpoints
        self.progress = progress
        self.schedule = Schedule(len(data.training), recipe)
        self.model = _adapted_model(base, recipe, adapter)
        self.weights = adapter_weights(self.model)
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=0.0, weight_decay=recipe.weight_decay)
        self.fingerprint = self._fingerprint(adapter)
        self.curve: list[CurvePoint] = []
        self.supervised_tokens = 0
        self.best_weights: dict[str, Tensor] = {}
        self.resumed_from_step: int | None = None
        self.first_held_back_loss = self._held_back_loss(0) if adapter else None
        self._resume()

    @property
    def step(self) -> int:
        """Optimiser steps done."""
        return len(self.curve)

    @property
    def best(self) -> CurvePoint | None:
        """The step with the lowest held-back loss so far; of equals, the first."""
        return min(self._measured(), key=lambda point: point.held_back_loss or 0.0, default=None)

    def train(self) -> None:
        """Train until the planned steps are done or the held-back loss has stopped falling.

        Raises:
            CheckpointError, TrainingError: see `finetune`.
        """
        started = time.monotonic()
        before = self.curve[-1].seconds if self.curve else 0.0
        first = self.step
        while self.step < self.schedule.steps and not self._out_of_patience():
            step = self.step + 1
            learning_rate = self.schedule.learning_rate(step)
            drawn = [self.data.training[index] for index in self.schedule.indices(step)]
            sequences = self.objective.sequences(self.model, drawn, step=step)
            loss = self._update(step, sequences, learning_rate)
            due = step % self.recipe.evaluate_every_steps == 0 or step == self.schedule.steps
            held_back_loss = self._held_back_loss(step) if due else None
            elapsed = time.monotonic() - started
            last = self.curve[-1] if self.curve else None
            point = CurvePoint(
                step=step,
                examples=len(sequences) + (last.examples if last else 0),
                tokens=sum(len(sequence.tokens) for sequence in sequences) + (last.tokens if last else 0),
                loss=loss,
                learning_rate=learning_rate,
                held_back_loss=held_back_loss,
                seconds=before + elapsed,
            )
            self.curve.append(point)
            if self.best is point:
                self.best_weights = {name: weight.detach().clone() for name, weight in self.weights.items()}
            if self.processes.is_main and (
                step % self.recipe.checkpoint_every_steps == 0 or step == self.schedule.steps
            ):
                self._checkpoint()
            remaining = (self.schedule.steps - step) * elapsed / (step - first)
            self.progress.report(
                f"step {step} of {self.schedule.steps}: loss {loss:.3f}, "
                f"{point.tokens / point.seconds:.0f} tokens/s, about {remaining:.0f} s left"
            )

    def write(self, output: Path) -> FinetuneSummary:
        """Write the adapter to keep, the curve and, last, the summary: its presence means that all is there."""
        last = self.curve[-1]
        kept = last if self.recipe.keep == "last" and self.step == self.schedule.steps else self.best
        if kept is None or kept.held_back_loss is None:
            raise TrainingError("the held-back rows were never measured")
        if kept is not last:
            with torch.no_grad():
                for name, weight in self.weights.items():
                    weight.copy_(self.best_weights[name])
        summary = FinetuneSummary(
            rows=self.data.rows,
            held_back_rows=self.data.held_back_rows,
            sequences=len(self.data.training),
            prefix_tokens=len(self.data.prefix),
            planned_steps=self.schedule.steps,
            steps=self.step,
            kept_step=kept.step,
            resumed_from_step=self.resumed_from_step,
            tokens=last.tokens,
            supervised_tokens=self.supervised_tokens,
            first_loss=self.curve[0].loss,
            last_loss=last.loss,
            first_held_back_loss=self.first_held_back_loss,
            kept_held_back_loss=kept.held_back_loss,
            last_held_back_loss=self._measured()[-1].held_back_loss or 0.0,
            seconds=last.seconds,
            tokens_per_second=last.tokens / last.seconds,
            peak_memory_mib=_peak_memory_mib(self.base.precision.device),
            device=str(self.base.precision.device),
            processes=self.processes.count,
            dtype=self.base.precision.dtype_name,
            dtype_reason=self.base.precision.reason,
            trainable_parameters=sum(weight.numel() for weight in self.weights.values()),
            base_model_sha256=self.base.sha256,
            tokenizer_sha256=self.data.tokenizer_sha256,
            chat_template_sha256=self.data.chat_template_sha256,
            teacher_sha256=self.objective.teacher_sha256,
            decoded_example=self.data.decoded_example,
            versions={package: version(package) for package in ("torch", "transformers", "peft")},
        )
        if self.processes.is_main:
            output.mkdir(parents=True, exist_ok=True)
            save_adapter(self.model, output / "adapter", base_model=self.base.folder.name)
            curve = pa.Table.from_pylist([asdict(point) for point in self.curve], schema=CURVE_SCHEMA)
            pq.write_table(curve, output / "curve.parquet")
            (output / "summary.json").write_text(summary.model_dump_json(indent=2))
        return summary

    def _update(self, step: int, sequences: Sequence[EncodedSequence], learning_rate: float) -> float:
        """One optimiser step; returns the mean loss per supervised token before it."""
        supervised = sum(sequence.supervised_tokens for sequence in sequences)
        loss = 0.0
        prefix = SharedPrefix.of(self.model, self.data.prefix)
        for batch in self._own_passes(sequences):
            part = self.objective.summed_loss(self.model, prefix, self._packed(batch)) / supervised
            part.backward()
            loss += part.item()
        prefix.backward()
        loss = self.processes.sum(loss, self.base.precision.device)
        self.processes.sum_gradients(self.weights.values())
        norm = torch.nn.utils.clip_grad_norm_(self.weights.values(), self.recipe.max_gradient_norm)
        self._check_finite("loss", step, loss)
        self._check_finite("norm of the gradients", step, norm.item())
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.supervised_tokens += supervised
        return loss

    def _held_back_loss(self, step: int) -> float:
        sequences = self.data.held_back
        with torch.no_grad():
            prefix = SharedPrefix.of(self.model, self.data.prefix)
            batches = self._own_passes(sequences)
            total = sum(self.objective.summed_loss(self.model, prefix, self._packed(batch)).item() for batch in batches)
        total = self.processes.sum(total, self.base.precision.device)
        loss = total / sum(sequence.supervised_tokens for sequence in sequences)
        self._check_finite("loss of the held-back rows", step, loss)
        return loss

    def _own_passes(self, sequences: Sequence[EncodedSequence]) -> Iterator[list[EncodedSequence]]:
        return passes(self.processes.share(sequences), max_tokens=self.recipe.max_tokens_per_pass)

    def _packed(self, batch: Sequence[EncodedSequence]) -> PackedRows:
        return PackedRows.of(batch, prefix_length=len(self.data.prefix), device=self.base.precision.device)

    def _check_finite(self, what: str, step: int, value: float) -> None:
        if not math.isfinite(value):
            raise TrainingError(
                f"the {what} is {value} at step {step}, with a learning rate of up to {self.recipe.learning_rate}: "
                "lower learning_rate, or raise warmup_ratio, in the recipe"
            )

    def _measured(self) -> list[CurvePoint]:
        return [point for point in self.curve if point.held_back_loss is not None]

    def _out_of_patience(self) -> bool:
        patience, best = self.recipe.early_stop_patience, self.best
        if patience is None or best is None:
            return False
        return sum(point.step > best.step for point in self._measured()) >= patience

    def _checkpoint(self) -> None:
        state = TrainingState(
            run=self.fingerprint,
            weights={name: weight.detach() for name, weight in self.weights.items()},
            optimizer=self.optimizer.state_dict(),
            best_weights=self.best_weights,
            supervised_tokens=self.supervised_tokens,
            curve=tuple(self.curve),
        )
        save_checkpoint(state, self.checkpoints)

    def _resume(self) -> None:
        state = load_checkpoint(self.checkpoints, run=self.fingerprint)
        if state is None:
            return
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(state.weights[name])
        self.optimizer.load_state_dict(state.optimizer)
        self.best_weights = state.best_weights
        self.supervised_tokens = state.supervised_tokens
        self.curve = list(state.curve)
        self.resumed_from_step = self.step
        self.progress.report(f"going on from the checkpoint of step {self.step}", final=True)

    def _fingerprint(self, adapter: Path | None) -> str:
        """A hash of all that the adapter depends on, so that a checkpoint is never continued by another run."""
        parts = [
            self.recipe.model_dump(),
            self.base.sha256,
            self.base.precision.dtype_name,
            self.data.prefix,
            [list(vars(sequence).values()) for sequence in (*self.data.training, *self.data.held_back)],
            len(self.data.training),
            self.objective.deciding(),
            weights_sha256(adapter) if adapter else None,
        ]
        return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def _adapted_model(base: BaseModel, recipe: FinetuneRecipe, adapter: Path | None) -> PeftModel:
    model = AutoModelForCausalLM.from_pretrained(base.folder, dtype=base.precision.dtype, attn_implementation=ATTENTION)
    check_supported(model.config)
    model = model.to(base.precision.device)
    return load_adapter(model, adapter) if adapter else add_adapter(model, recipe)


def _peak_memory_mib(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
