"""What a step of training minimises, and on which sequences: the rows as they were written, unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from peft import PeftModel
from torch import Tensor

from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.shared_prefix import PackedRows, SharedPrefix, summed_loss


class Objective(Protocol):
    """What `TrainingRun` asks in each step."""

    @property
    def teacher_sha256(self) -> str | None:
        """Of the weights of the model whose predictions are learnt; None where there is none."""

    def deciding(self) -> object:
        """What the adapter depends on besides rows, recipe and base model, as plain JSON values."""

    def sequences(self, model: PeftModel, drawn: Sequence[EncodedSequence], *, step: int) -> Sequence[EncodedSequence]:
        """What is trained on in this step, counted from 1, where the schedule has drawn these sequences."""

    def summed_loss(self, model: PeftModel, prefix: SharedPrefix, rows: PackedRows) -> Tensor:
        """The loss of all supervised tokens, summed; a scalar in nats."""


class RowsAsWritten:
    """Supervised fine-tuning: the cross-entropy of the rows' own answers."""

    teacher_sha256 = None

    def deciding(self) -> object:
        """Nothing else."""
        return None

    def sequences(self, model: PeftModel, drawn: Sequence[EncodedSequence], *, step: int) -> Sequence[EncodedSequence]:
        """The sequences as they were drawn, whatever the model and the step."""
        del model, step
        return drawn

    def summed_loss(self, model: PeftModel, prefix: SharedPrefix, rows: PackedRows) -> Tensor:
        """See `shared_prefix.summed_loss`."""
        return summed_loss(model, prefix, rows)
