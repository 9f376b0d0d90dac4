"""What a teacher is to write more of: designs and mutators with weights, and how they decide what is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log, prod
from random import Random

from distil_dagster.tasks import Task
from distil_dagster.teachers.teacher import GeneratedRow

UNNAMED = "no design"
"""The design of rows that have none, whose answers have neither label nor structure."""


@dataclass(frozen=True)
class Emphasis:
    """How much each design and each value of a mutator is wanted; all weights are above zero.

    Attributes:
        designs: weights by the design's name.
        mutators: weights by mutator and value, such as `("topic", "invoices")`.
        other: the weight of whatever is not named.
        batch: which further batch is written so, from 1: no request of it is one that a batch before has recorded.
    """

    designs: Mapping[str, float]
    mutators: Mapping[tuple[str, str], float]
    other: float
    batch: int

    def of_design(self, name: str) -> float:
        """The weight of a design."""
        return self.designs.get(name, self.other)

    def of_mutators(self, mutators: Sequence[tuple[str, str]]) -> float:
        """The weight of a combination, as a multiple of that of one of which nothing is known."""
        return prod(self.mutators.get(pair, self.other) / self.other for pair in mutators)


def design_of(task: Task, generated: GeneratedRow) -> str:
    """What a row was to be: its design, or for a recombined row its answer's structure, else its label."""
    kind = task.kind
    return generated.origin.design or kind.structure(generated.row) or kind.label(generated.row.answer) or UNNAMED


def emphasised(
    task: Task, rows: Sequence[GeneratedRow], emphasis: Emphasis, *, count: int, random: Random
) -> list[GeneratedRow]:
    """So many of the rows, in their order, drawn without replacement with the weights of their designs and mutators.

    Each row draws the key u^(1/weight), u uniform in 0..1, and the greatest keys win (Efraimidis & Spirakis 2006,
    "Weighted random sampling with a reservoir", algorithm A-Res); keys are compared by their logarithms.
    """
    keys = [
        log(1.0 - random.random())
        / (emphasis.of_design(design_of(task, row)) * emphasis.of_mutators(row.origin.mutators))
        for row in rows
    ]
    drawn = nlargest(count, range(len(rows)), key=keys.__getitem__)
    return [rows[position] for position in sorted(drawn)]
