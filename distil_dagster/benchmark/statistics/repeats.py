"""What another training, or another run, would change; and apart from it, what another test set would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from distil_dagster.benchmark.statistics.clustered import Interval, clustered_interval
from distil_dagster.benchmark.statistics.rows import Outcomes, shared_rows


@dataclass(frozen=True)
class RepeatSummary:
    """Mean scores of repetitions that differ by their random seed alone."""

    mean: float
    standard_deviation: float | None
    """Of the repetitions, with n - 1; None for a single one, whose spread nobody knows."""
    values: tuple[float, ...]


@dataclass(frozen=True)
class SeedSpread:
    """The two reasons why a score may come out otherwise, which do not add up to one error bar."""

    seeds: RepeatSummary
    """Other training seeds on these test rows."""
    items: Interval
    """Other test rows under these seeds: the 95 % interval of the rows' mean over the seeds."""


def repeat_summary(values: Sequence[float]) -> RepeatSummary:
    """Sum up the scores of repetitions.

    Raises:
        ValueError: if there is none.
    """
    if not values:
        raise ValueError("there are no repetitions")
    return RepeatSummary(fmean(values), stdev(values) if len(values) > 1 else None, tuple(values))


def between_seeds(
    runs: Mapping[str, Outcomes], clusters: Mapping[str, str] | None = None, *, seed: int = 0
) -> SeedSpread:
    """Tell the spread between training seeds from that between test rows.

    Args:
        runs: outcomes in 0..1 by row id, under each training seed's name; all over the same rows.
        clusters: the cluster of each row, by row id; without them the rows are independent.
        seed: of the bootstrap.

    Raises:
        ValueError: if there is no run, or a run lacks a row that another has (some are named).
    """
    if not runs:
        raise ValueError("there are no repetitions")
    outcomes, names = shared_rows(runs, clusters)
    return SeedSpread(
        repeat_summary([float(mean) for mean in outcomes.mean(axis=1)]),
        clustered_interval(list(outcomes.mean(axis=0)), names, seed=seed),
    )
