"""Two runs on the same rows: how far apart they are, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distil_dagster.benchmark.statistics.clustered import RESAMPLES, Interval, cluster_bootstrap, mean_of_clusters
from distil_dagster.benchmark.statistics.rows import ClusterTotals, Outcomes, cluster_totals, shared_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class PairedComparison:
    """What two runs scored on the same rows; the difference is the first's mean less the second's."""

    n: int
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    """The four count rows; a partial score isn't right."""
    difference: float
    low: float
    high: float
    """The ends of the 95 % interval of the difference."""
    p_value: float
    """Two-sided, of no difference. It decides: an exact test errs on the side of caution, so at the margin the interval
    may exclude 0 where the test finds nothing yet."""
    method: str


def paired_comparison(
    first: Outcomes, second: Outcomes, clusters: Mapping[str, str] | None = None, *, seed: int = 0
) -> PairedComparison:
    """Compare two runs row by row.

    The p value comes from McNemar's exact test where rows are independent and outcomes 0 or 1. Otherwise from flipping
    the signs of whole clusters' differences, of which McNemar's is the case of single rows: exact for outcomes of 0
    and 1 and for few clusters, else by random flips.

    The interval is Tango's score interval (Tango 1998, Statistics in Medicine 17; recommended by Fagerland et al. 2014,
    ibid. 33), whose counts are first divided by the design effect of the clusters (Rao & Scott 1992, Biometrics 48).
    A bootstrap fails where few clusters differ: if the first run is better in four and worse in none, no resample can
    show the second ahead, though p is 0.125. Of 1000 simulated comparisons of equally good runs over 50 conversations,
    each side alone right on 6 % of the rows, Tango's interval excluded 0 in 50, the percentile bootstrap's in 70, BCa's
    in 122, and 29 were significant. Partial scores have no such counts; theirs is the percentile bootstrap of clusters,
    or Tango's over clusters where resampling shows no spread.

    Args:
        first: outcomes in 0..1 by row id.
        second: the same for the other run.
        clusters: the cluster of each row, by row id; without them the rows are independent.
        seed: of random sign flips and resamples, where partial scores need them.

    Raises:
        ValueError: if a row is missing on one side or in `clusters` (some are named), there are no rows, or an outcome
            lies outside 0..1.
    """
    import numpy as np

    outcomes, names = shared_rows({"the first run": first, "the second run": second}, clusters)
    totals = cluster_totals(outcomes, names)
    right = outcomes == 1
    n = len(names)
    both, only_first = int((right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())
    only_second = int((~right[0] & right[1]).sum())
    difference = float((totals.sums[0].sum() - totals.sums[1].sum()) / n)
    binary = bool(np.isin(outcomes, (0, 1)).all())
    if binary and len(totals) == n:
        interval, interval_method = _tango(only_first, only_second, n), "Tango score interval"
        p_value, test_method = _mcnemar(only_first, only_second), "exact McNemar test"
    elif binary:
        effect = _design_effect(totals, only_first + only_second)
        interval = _tango(only_first / effect, only_second / effect, n / effect)
        interval_method = f"Tango score interval at a design effect of {effect:.2f}"
        differences = (totals.sums[0] - totals.sums[1]).round().astype(np.int64)
        p_value, test_method = _exact_sign_flip(differences), "exact sign-flip test of clusters"
    else:
        interval, interval_method = _interval_of_partial_scores(totals, seed)
        p_value, test_method = _sign_flip(totals, seed)
    return PairedComparison(
        n=n,
        both_right=both,
        only_first=only_first,
        only_second=only_second,
        both_wrong=n - both - only_first - only_second,
        difference=difference,
        low=interval.low,
        high=interval.high,
        p_value=p_value,
        method=f"{test_method}, {interval_method}",
    )


def _mcnemar(only_first: int, only_second: int) -> float:
    from statsmodels.stats.contingency_tables import mcnemar

    return float(mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)


def _exact_sign_flip(differences: NDArray[np.int64]) -> float:
    """Two-sided p of a sum of whole numbers whose signs are tosses of a coin, over all tosses."""
    import numpy as np

    chances = np.ones(1)  # of the sums -reach..reach, one size after another
    for size in np.abs(differences[differences != 0]):
        step = np.zeros(2 * size + 1)
        step[[0, -1]] = 0.5
        chances = np.convolve(chances, step)
    reach = len(chances) // 2
    as_extreme = np.abs(np.arange(-reach, reach + 1)) >= abs(differences.sum())
    return min(1.0, float(chances[as_extreme].sum()))


def _sign_flip(totals: ClusterTotals, seed: int) -> tuple[float, str]:
    import numpy as np
    from scipy.stats import permutation_test

    first, second = totals.sums[:, np.abs(totals.sums[0] - totals.sums[1]) > 1e-12]
    if len(first) < 2:  # a sign alone is as likely as its opposite
        return 1.0, "exact sign-flip test of clusters"
    result = permutation_test(
        (first, second),
        lambda left, right, axis=-1: (left - right).sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=1000,
        rng=np.random.default_rng(seed),
    )
    flips = "exact" if 2 ** len(first) <= RESAMPLES else f"{RESAMPLES:,} random flips"
    return float(result.pvalue), f"sign-flip test of clusters ({flips})"


def _interval_of_partial_scores(totals: ClusterTotals, seed: int) -> tuple[Interval, str]:
    import numpy as np

    differences = totals.sums[0] - totals.sums[1]
    if np.ptp(differences / totals.sizes) < 1e-12:
        mean = float(differences.sum() / totals.sizes.sum())
        count = len(totals)
        return _tango(max(mean, 0) * count, max(-mean, 0) * count, count), "Tango score interval over clusters"
    interval = cluster_bootstrap(
        (differences, totals.sizes),
        mean_of_clusters,
        method="percentile",
        seed=seed,
    )
    return interval, "percentile bootstrap of clusters"


def _design_effect(totals: ClusterTotals, discordant: int) -> float:
    """How many clustered rows tell as much about the difference as one independent row; at least 1.

    The variance of the mean difference between clusters over that of independent rows. Where no row varies, a whole
    cluster counts as one row.
    """
    n, clusters = float(totals.sizes.sum()), len(totals)
    differences = totals.sums[0] - totals.sums[1]
    mean = float(differences.sum()) / n
    of_rows = (discordant / n - mean**2) / n
    if clusters == 1 or of_rows < 1e-12:
        return n / clusters
    of_clusters = clusters / (clusters - 1) * float(((differences - mean * totals.sizes) ** 2).sum()) / n**2
    return max(1.0, of_clusters / of_rows)


def _tango(only_first: float, only_second: float, n: float) -> Interval:
    """Tango's 95 % score interval of a paired difference: all differences that his score test does not reject."""
    from math import sqrt

    from scipy.optimize import brentq
    from scipy.stats import norm

    def score(difference: float) -> float:
        # Under this difference, `chance` is the likeliest probability that only the second is right (Tango 1998).
        linear = (2 * n - only_first + only_second) * difference - only_first - only_second
        constant = -only_second * difference * (1 - difference)
        chance = (sqrt(max(0.0, linear**2 - 8 * n * constant)) - linear) / (4 * n)
        variance = n * (2 * chance + difference * (1 - difference))
        distance = only_first - only_second - n * difference
        return 0.0 if abs(distance) < 1e-12 * n else distance / sqrt(max(variance, 1e-300))

    quantile = float(norm.ppf(0.975))
    mean, edge = (only_first - only_second) / n, 1 - 1e-12
    low = brentq(lambda x: score(x) - quantile, -edge, mean) if mean > -edge else -1.0
    high = brentq(lambda x: score(x) + quantile, mean, edge) if mean < edge else 1.0
    return Interval(float(low), float(high))
