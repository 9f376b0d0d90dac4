"""Training in several processes, one per GPU: each computes its share of every step, and the gradients are summed.

`accelerate launch` starts them. The adapter is small, so it is the same in all of them and only its gradients travel;
a step's sequences, its loss and its update are those of a single process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from accelerate import PartialState
from accelerate.utils import reduce
from torch import Tensor

from distil_dagster.students.encoding import EncodedSequence


@dataclass(frozen=True)
class TrainingProcesses:
    """The processes that train one adapter together, seen from one of them."""

    index: int = 0
    count: int = 1

    @property
    def is_main(self) -> bool:
        """Whether it is this one that writes files and reports."""
        return self.index == 0

    def share(self, sequences: Sequence[EncodedSequence]) -> list[EncodedSequence]:
        """This process's part of them, about as many tokens as any other's."""
        return sorted(sequences, key=lambda sequence: len(sequence.tokens))[self.index :: self.count]

    def sum_gradients(self, weights: Iterable[Tensor]) -> None:
        """Replace the gradients of the weights by their sums over all processes."""
        if self.count == 1:
            return
        weights = list(weights)
        flat = torch.cat([_gradient(weight).flatten() for weight in weights])
        summed = reduce(flat, reduction="sum").split([weight.numel() for weight in weights])
        for weight, gradient in zip(weights, summed, strict=True):
            weight.grad = gradient.view_as(weight)

    def sum(self, value: float, device: torch.device) -> float:
        """The sum of a number over all processes, the same in each."""
        if self.count == 1:
            return value
        return float(reduce(torch.tensor(value, dtype=torch.float64, device=device), reduction="sum"))


@contextmanager
def training_processes(kind: str | None) -> Iterator[TrainingProcesses]:
    """Join the processes that were started together with this one, or be alone.

    `kind` is that of the device, `cpu` or `cuda`; by default CUDA where there is one. Each process has a GPU of its
    own as its current device.
    """
    state = PartialState(cpu=kind == "cpu" or not torch.cuda.is_available())
    try:
        yield TrainingProcesses(state.process_index, state.num_processes)
    finally:
        state.destroy_process_group()


def _gradient(weight: Tensor) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad
