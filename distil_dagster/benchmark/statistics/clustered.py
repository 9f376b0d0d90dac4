"""How sure a mean score is whose rows come in clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from distil_dagster.benchmark.statistics.rows import checked_outcomes, cluster_totals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 10_000
CELLS_AT_ONCE = 2_000_000
"""Resampled clusters held in memory together: 16 MB per column."""


class Interval(NamedTuple):
    """Both ends of a confidence interval."""

    low: float
    high: float


def clustered_interval(
    outcomes: Sequence[float],
    clusters: Sequence[str],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The interval of a mean outcome, by a bootstrap that draws whole clusters (Field & Welsh 2007, JRSS B 69).

    BCa (Efron 1987, JASA 82), since scores near 1 are skewed: in 1000 simulated test sets of 50 conversations of one to
    five turns, 90 % right and alike within a conversation, it holds the truth 933 times, the percentile interval 902
    times and Wilson's over rows 754 times. With few clusters, or few that hold a miss, every one of them is somewhat
    too narrow (916 times at 150 conversations and 98 % right).

    Of outcomes that are 0 or 1 it is nowhere narrower than Wilson's interval over rows: where all misses sit in two or
    three clusters, resampling knows less than it says. Where it can show no spread at all, because there is one cluster
    or all have the same mean, it is Wilson's interval with the clusters as trials. Where each row is its own cluster
    and outcomes are 0 or 1, it is Wilson's over the rows.

    Args:
        outcomes: 0 or 1, or partial scores between them, one per row.
        clusters: the cluster of each row, as a name.
        confidence: of the interval, 0..1.
        resamples: bootstrap samples.
        seed: of the resampling. The order of the rows changes nothing.

    Raises:
        ValueError: if there are no rows, not as many clusters as outcomes, or an outcome outside 0..1.
    """
    import numpy as np

    values = checked_outcomes(outcomes)
    if len(clusters) != len(values):
        raise ValueError(f"{len(values)} outcomes have {len(clusters)} clusters")
    totals = cluster_totals(values, clusters)
    share = float(totals.sums.sum() / totals.sizes.sum())
    binary = bool(np.isin(values, (0, 1)).all())
    if (binary and len(totals) == len(values)) or np.ptp(totals.sums / totals.sizes) < 1e-12:
        return _wilson(share, len(totals), confidence)
    low, high = cluster_bootstrap(
        (totals.sums, totals.sizes),
        mean_of_clusters,
        method="BCa",
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )
    over_rows = _wilson(share, len(values), confidence) if binary else Interval(share, share)
    return Interval(min(low, over_rows.low), max(high, over_rows.high))


def cluster_bootstrap(
    columns: Sequence[NDArray[np.float64]],
    statistic: Callable[..., NDArray[np.float64]],
    *,
    method: Literal["BCa", "percentile"],
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The bootstrap interval of a statistic of clusters that are drawn whole, with replacement.

    Args:
        columns: totals per cluster, each of shape (clusters,), which stay together when a cluster is drawn.
        statistic: a function of the columns and `axis`, the axis of the clusters.
        method: how the resampled values become an interval.
        confidence: of the interval, 0..1.
        resamples: bootstrap samples.
        seed: of the resampling.
    """
    import numpy as np
    from scipy.stats import bootstrap

    ends = bootstrap(
        columns,
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, CELLS_AT_ONCE // len(columns[0])),
        confidence_level=confidence,
        method=method,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(ends.low), float(ends.high))


def mean_of_clusters(sums: NDArray[np.float64], sizes: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """The mean over the rows of clusters, from their sums and sizes along an axis."""
    mean: NDArray[np.float64] = sums.sum(axis=axis) / sizes.sum(axis=axis)
    return mean


def _wilson(share: float, trials: int, confidence: float) -> Interval:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(share * trials, trials, alpha=1 - confidence, method="wilson")
    return Interval(max(0.0, float(low)), min(1.0, float(high)))
