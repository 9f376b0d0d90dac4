"""The state of a training run on disk: complete or absent, whenever the process is killed."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from distil_dagster.students.errors import StudentError

FILE = "checkpoint.pt"
CURVE_SCHEMA = pa.schema(
    [
        ("step", pa.int64()),
        ("examples", pa.int64()),
        ("tokens", pa.int64()),
        ("loss", pa.float64()),
        ("learning_rate", pa.float64()),
        ("held_back_loss", pa.float64()),
        ("seconds", pa.float64()),
    ]
)


class CheckpointError(StudentError):
    """A checkpoint that can't be written, or that belongs to another run."""


@dataclass(frozen=True)
class CurvePoint:
    """One optimiser step on the training curve; the columns of `curve.parquet`."""

    step: int
    examples: int
    """Sequences trained on so far."""
    tokens: int
    """Tokens behind the prefix trained on so far."""
    loss: float
    """Mean loss per supervised token of the step, in nats, before its update."""
    learning_rate: float
    held_back_loss: float | None
    """The same over the held-back rows, after the step's update, where it was measured."""
    seconds: float
    """Training time so far, also that before a resume."""


@dataclass(frozen=True)
class TrainingState:
    """All that a run needs to go on: what was learnt so far. The data order follows from the recipe."""

    run: str
    """Fingerprint of what makes the run: rows, recipe, base model, precision."""
    weights: dict[str, Tensor]
    optimizer: dict[str, Any]
    best_weights: dict[str, Tensor]
    """The weights after the step with the lowest held-back loss; empty before the first measurement."""
    supervised_tokens: int
    curve: tuple[CurvePoint, ...]


def save_checkpoint(state: TrainingState, folder: Path) -> None:
    """Replace the folder's checkpoint at one stroke.

    Raises:
        CheckpointError: if the disk takes no more; the checkpoint before it stays usable.
    """
    draft = folder / f".{FILE}"
    content = {**vars(state), "curve": [asdict(point) for point in state.curve]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / FILE)
    except (OSError, RuntimeError) as error:
        # torch's writer hides the operating system's error in a RuntimeError of its own.
        draft.unlink(missing_ok=True)
        cause = next((e for e in (error, error.__cause__, error.__context__) if isinstance(e, OSError)), error)
        raise CheckpointError(
            f"the checkpoint of step {len(state.curve)} can't be written to {folder} ({cause}): free some space "
            "and run again, training goes on from the checkpoint before it"
        ) from error


def load_checkpoint(folder: Path, *, run: str) -> TrainingState | None:
    """The checkpoint of this run, or None if there is none yet.

    Raises:
        CheckpointError: if the folder holds the checkpoint of another run, or one that can't be read.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        points = tuple(CurvePoint(**point) for point in content.pop("curve"))
        state = TrainingState(**content, curve=points)
    except Exception as error:
        raise CheckpointError(f"the checkpoint {path} can't be read ({error}): delete it to train afresh") from error
    if state.run != run:
        raise CheckpointError(
            f"the checkpoint {path} belongs to a run with other rows, recipe, base model or precision: "
            "choose another --checkpoints folder, or delete it to train afresh"
        )
    return state
