"""What it cost once to make a student: teacher, training and benchmarks, by the time and money that were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from distil_dagster.costs.device_cost import REQUESTS, SECONDS_PER_HOUR

Stage = Literal["teacher", "training", "benchmark"]


@dataclass(frozen=True, kw_only=True)
class MakingStep:
    """One row of `making.parquet`: an artifact behind a student, and what it took to make it."""

    student: str
    stage: Stage
    asset: str
    partition: str
    """Dagster's partition key."""
    fingerprint: str
    device_seconds: float | None
    """How long the device was taken; 0 for what ran elsewhere, None if it wasn't recorded."""
    device_dollars: float | None
    """At the device's price per hour."""
    api_dollars: float | None
    """What answers of endpoints cost; None if it wasn't recorded."""


@dataclass(frozen=True)
class Making:
    """What all steps of a student came to."""

    dollars: float
    is_complete: bool
    """False if the time or money of some step wasn't recorded: the dollars are a lower bound."""


def device_dollars(seconds: float, *, dollars_per_hour: float) -> float:
    """What a device costs for so long."""
    return seconds / SECONDS_PER_HOUR * dollars_per_hour


def cost_of_making(steps: Sequence[MakingStep]) -> Making:
    """The sum of what was recorded."""
    amounts = [amount for step in steps for amount in (step.device_dollars, step.api_dollars)]
    return Making(sum(amount or 0.0 for amount in amounts), is_complete=None not in amounts)


def making_dollars_per_million(making: Making, *, requests: float) -> float:
    """The cost of the making, spread over so many requests, for a million of them.

    Raises:
        ValueError: if there are no requests to spread it over.
    """
    if not requests > 0:
        raise ValueError(f"What a model cost is spread over more than 0 requests, not {requests}.")
    return making.dollars / requests * REQUESTS
