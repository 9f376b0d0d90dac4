"""What will be asked of the teacher, decided before anything is spent: cells of design and mutators, dealt to requests.

A cell is one design (a class, a call's signature, a concept of SQL) with one value of each mutator. Requests are dealt
so that every cell has its share, whatever a model would prefer to write about.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from pydantic import BaseModel, ConfigDict

from distil_dagster.teachers.model.mutators import Mutators
from distil_dagster.teachers.teacher import NoRowsError


@dataclass(frozen=True)
class Design:
    """The shape of the answer that is to be written for.

    Attributes:
        name: what the row's lineage shows.
        instruction: what the request says the examples' answers must be.
        seeds: the positions of the seeds that have this design: examples to show.
    """

    name: str
    instruction: str
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A design with one value of each mutator."""

    design: Design
    mutators: Mutators


@dataclass(frozen=True)
class Order:
    """One call on the teacher: so many rows of one cell. `number` counts the calls of a run."""

    number: int
    cell: Cell
    count: int
    seed: str
    """What random choices of the call, such as which seeds are shown, are drawn with."""

    def random(self) -> Random:
        """A generator that gives the same choices for the same order."""
        return Random(f"{self.seed} order {self.number}")


class MostSpent(BaseModel):
    """What a plan can come to at most, were every answer as long as it may be and every second row rejected."""

    model_config = ConfigDict(frozen=True)

    requests: int
    input_tokens: int
    output_tokens: int
    dollars: float
    budget_dollars: float
    """The run ends before it spends more, whatever the plan may come to; likewise the tokens."""
    budget_tokens: int | None


class Plan(BaseModel):
    """The plan as it is shown and kept."""

    model_config = ConfigDict(frozen=True)

    target: int
    """Rows that pass, which the run is after."""
    rows_per_call: int
    calls: int
    """Calls that it takes if every row passes."""
    most_calls: int
    designs: dict[str, int]
    """Rows of each design that are asked for in those calls."""
    mutators: dict[str, tuple[str, ...]]
    cells: int
    empty_cells: int
    """Cells that get no call, because there are more cells than calls."""
    fewest_rows: int
    """Rows of the cell that gets fewest, and most."""
    most_rows: int
    most: MostSpent

    def __str__(self) -> str:
        """The plan in three sentences."""
        spread = (
            f"{self.fewest_rows}" if self.fewest_rows == self.most_rows else f"{self.fewest_rows} to {self.most_rows}"
        )
        left_out = f" ({self.empty_cells:,} of them none: more cells than calls)" if self.empty_cells else ""
        most = self.most
        tokens = f" and {most.budget_tokens:,} tokens" if most.budget_tokens is not None else ""
        return (
            f"{self.target:,} rows that pass, {self.rows_per_call} a call: {self.calls:,} calls, {self.most_calls:,} "
            f"at most. {self.cells:,} cells of {len(self.designs)} designs with {len(self.mutators)} mutators, "
            f"{spread} rows each{left_out}. At most {most.requests:,} requests, {most.input_tokens:,} tokens in and "
            f"{most.output_tokens:,} out, ${most.dollars:,.2f}; the budget stops at "
            f"${most.budget_dollars:,.2f}{tokens}."
        )


def deal(
    designs: Sequence[Design],
    combinations: Sequence[Mutators],
    *,
    calls: int,
    rows_per_call: int,
    seed: str,
    weights: Mapping[str, float] | None = None,
    combination_weights: Sequence[float] | None = None,
) -> list[Order]:
    """So many calls, dealt to the cells evenly, in an order in which every part of the run looks like the whole.

    Args:
        designs: what is to be written.
        combinations: of mutators; each design meets every one before it meets one again.
        calls: how many.
        rows_per_call: rows of a call.
        seed: equal seeds give equal orders.
        weights: of the designs by name, which otherwise weigh the same.
        combination_weights: one for each combination, which are then drawn with these, again and again.
    """
    random = Random(f"{seed} deal")
    share = _apportioned([1.0 if weights is None else weights.get(design.name, 0.0) for design in designs], calls)
    cells: list[Cell] = []
    for design, number in zip(designs, share, strict=True):
        dealt: list[Mutators] = []
        if combination_weights is not None:
            dealt = random.choices(combinations, combination_weights, k=number)
        while len(dealt) < number:
            dealt += random.sample(combinations, len(combinations))
        cells += [Cell(design, mutators) for mutators in dealt[:number]]
    random.shuffle(cells)
    return [Order(number, cell, rows_per_call, seed) for number, cell in enumerate(cells)]


def _apportioned(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to the weights, by largest remainders (Hamilton's method), that sum to the total."""
    whole = sum(weights)
    if whole <= 0:
        raise NoRowsError("no design has a weight above zero: nothing could be asked for")
    quotas = [weight * total / whole for weight in weights]
    shares = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda index: (shares[index] - quotas[index], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def described(
    orders: Sequence[Order],
    designs: Sequence[Design],
    combinations: Sequence[Mutators],
    *,
    target: int,
    most_calls: int,
    most: MostSpent,
) -> Plan:
    """The plan of the orders that it takes if every row passes."""
    rows_per_call = orders[0].count
    by_cell = Counter(order.cell for order in orders)
    by_design = Counter(order.cell.design.name for order in orders)
    cells = len(designs) * len(combinations)
    names = [name for name, _ in combinations[0]]
    return Plan(
        target=target,
        rows_per_call=rows_per_call,
        calls=len(orders),
        most_calls=most_calls,
        designs={design.name: by_design[design.name] * rows_per_call for design in designs},
        mutators={
            name: tuple(dict.fromkeys(dict(combination)[name] for combination in combinations)) for name in names
        },
        cells=cells,
        empty_cells=cells - len(by_cell),
        fewest_rows=rows_per_call * (min(by_cell.values()) if len(by_cell) == cells else 0),
        most_rows=rows_per_call * max(by_cell.values()),
        most=most,
    )
