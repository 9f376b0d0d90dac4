"""Whether a distilled student may replace its teacher: how much of the gap from base model to teacher it closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Literal

from distil_dagster.benchmark.statistics.clustered import Interval, cluster_bootstrap
from distil_dagster.benchmark.statistics.paired import PairedComparison, paired_comparison
from distil_dagster.benchmark.statistics.rows import Outcomes, cluster_totals, shared_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Word = Literal["deploy", "retune", "redo", "undecided"]

DEPLOY_FROM, RETUNE_FROM = 0.8, 0.4
"""Shares of the gap closed from which Distil Labs' platform lets a student be deployed, or retuned on the same data."""

SIGNIFICANT_BELOW = 0.05


@dataclass(frozen=True)
class Verdict:
    """What to do with a distilled student."""

    closed: float | None
    """(distilled - base) / (teacher - base): 1 equals the teacher; None where there is no gap to speak of."""
    interval: Interval | None
    """The 95 % interval of `closed`, where the outcomes of rows were given and could tell."""
    word: Word
    reason: str
    """One sentence for a person, with the figures in it."""


def distillation_verdict(
    base: float,
    distilled: float,
    teacher: float | None,
    gap: PairedComparison | Interval | None,
    closed_interval: Interval | None = None,
) -> Verdict:
    """Judge a student by mean scores.

    Deploy from 0.8 of the gap closed, retune from 0.4, redo below. Undecided where the teacher has no score, or is not
    better than the base model beyond chance: a share of noise is noise.

    Args:
        base: the untuned student's mean score, 0..1.
        distilled: the tuned student's.
        teacher: the teacher's, or None.
        gap: how sure teacher less base is: their comparison over the same rows, whose p value decides, or the interval
            of their difference (`unpaired_difference`), which must exclude 0. None only without a teacher.
        closed_interval: of the share closed, to be quoted.

    Raises:
        ValueError: if there is a teacher but no gap.
    """
    course = f"the student went from {_percent(base)} to {_percent(distilled)}"
    if teacher is None:
        return Verdict(None, None, "undecided", f"The teacher has no score, so there is no gap to close; {course}.")
    if gap is None:
        raise ValueError("a verdict needs to know how sure the gap between teacher and base model is")
    sure = gap.p_value < SIGNIFICANT_BELOW if isinstance(gap, PairedComparison) else not gap.low <= 0 <= gap.high
    if not sure or teacher <= base:
        finding = "worse than" if sure else "not distinguishable from"
        evidence = (
            f"difference {100 * (teacher - base):+.1f} points, 95 % interval {100 * gap.low:+.1f} to "
            f"{100 * gap.high:+.1f}" + (f", p = {gap.p_value:.2g}" if isinstance(gap, PairedComparison) else "")
        )
        reason = (
            f"The teacher's {_percent(teacher)} is {finding} the base model's {_percent(base)} ({evidence}), "
            f"so there is no gap to close; {course}."
        )
        return Verdict(None, None, "undecided", reason)
    closed = (distilled - base) / (teacher - base)
    word = _word(closed)
    reason = f"T{course[1:]}, {_percent(closed)} of the way to its teacher's {_percent(teacher)}"
    if closed_interval is not None:
        allowed = {_word(closed_interval.low): None, _word(closed_interval.high): None}
        allowed.pop(word, None)
        also = f", which also allows {' or '.join(allowed)}" if allowed else ""
        reason += f" (95 % interval {_percent(closed_interval.low)} to {_percent(closed_interval.high)}{also})"
    return Verdict(closed, closed_interval, word, reason + ".")


def verdict_from_rows(
    base: Outcomes,
    distilled: Outcomes,
    teacher: Outcomes | None,
    clusters: Mapping[str, str] | None = None,
    *,
    seed: int = 0,
) -> Verdict:
    """Judge a student by what base model, student and teacher scored on the same rows.

    The gap is tested pairwise, and the share closed has an interval: the percentile bootstrap over clusters of all
    three together. There is no interval where resamples show no spread, or too many of them no gap.

    Args:
        base: the untuned student's outcomes in 0..1 by row id.
        distilled: the tuned student's.
        teacher: the teacher's, or None.
        clusters: the cluster of each row, by row id; without them the rows are independent.
        seed: of the bootstrap.

    Raises:
        ValueError: if one lacks a row that another has (some are named), there are no rows, or an outcome lies outside
            0..1.
    """
    runs = {"the base model": base, "the student": distilled}
    if teacher is None:
        outcomes, _ = shared_rows(runs, clusters)
        base_mean, distilled_mean = outcomes.mean(axis=1)
        return distillation_verdict(float(base_mean), float(distilled_mean), None, None)
    outcomes, names = shared_rows({**runs, "the teacher": teacher}, clusters)
    base_mean, distilled_mean, teacher_mean = (float(mean) for mean in outcomes.mean(axis=1))
    gap = paired_comparison(teacher, base, clusters, seed=seed)
    sums = cluster_totals(outcomes, names).sums
    closed_interval = _closed_interval(sums, seed) if gap.p_value < SIGNIFICANT_BELOW and gap.difference > 0 else None
    return distillation_verdict(base_mean, distilled_mean, teacher_mean, gap, closed_interval)


def unpaired_difference(first: float, of_first: Interval, second: float, of_second: Interval) -> Interval:
    """The interval of first - second from the intervals of both, measured independently at the same confidence.

    Square and add (Newcombe 1998, Statistics in Medicine 17, 873-890, method 10; Zou & Donner 2008, ibid. 27). Over
    the same rows it is wider than a paired comparison.
    """
    difference = first - second
    return Interval(
        difference - sqrt((first - of_first.low) ** 2 + (of_second.high - second) ** 2),
        difference + sqrt((of_first.high - first) ** 2 + (second - of_second.low) ** 2),
    )


def _closed_interval(sums: NDArray[np.float64], seed: int) -> Interval | None:
    """Of totals per cluster of base, distilled and teacher, (3, clusters)."""
    import numpy as np

    def closed(gains: NDArray[np.float64], gaps: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
        gain, gap = gains.sum(axis=axis), gaps.sum(axis=axis)
        # A resample without a gap knows no share; as infinite it is beyond either end, and enough of them void it.
        share: NDArray[np.float64] = np.where(gain < 0, -np.inf, np.inf)
        np.divide(gain, gap, out=share, where=gap > 1e-12)
        return share

    base, distilled, teacher = sums
    if len(base) < 2:
        return None
    with np.errstate(invalid="ignore"):
        interval = cluster_bootstrap((distilled - base, teacher - base), closed, method="percentile", seed=seed)
    told = isfinite(interval.low) and isfinite(interval.high) and interval.high - interval.low > 1e-12
    return interval if told else None


def _word(closed: float) -> Word:
    share = round(closed, 9)  # 0.32 of 0.40 is 0.8 to a person, and a hair less in binary
    return "deploy" if share >= DEPLOY_FROM else "retune" if share >= RETUNE_FROM else "redo"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
