"""Percentiles of latencies, with intervals that know that neighbouring requests wait in the same queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_SECONDS = 1.0
REPLICATES = 1_000
COVERAGE = 0.95
SEED = 0


def percentiles(latencies: NDArray[Any], shares: Sequence[float]) -> NDArray[Any]:
    """The smallest latency that at least each share of the requests does not exceed, as LoadGen takes percentiles."""
    import numpy as np

    measured: NDArray[Any] = np.quantile(latencies, shares, method="inverted_cdf")
    return measured


def bootstrapped(scheduled: NDArray[Any], latencies: NDArray[Any], shares: Sequence[float]) -> NDArray[Any]:
    """[replicates, shares]: percentiles of requests drawn in whole blocks of a second, with replacement.

    Künsch 1989, "The jackknife and the bootstrap for general stationary observations", with blocks that don't overlap:
    requests within a second share a queue, so that drawing them one by one would give intervals far too narrow.

    Args:
        scheduled: [requests], seconds; the blocks are seconds of this.
        latencies: [requests].
        shares: in 0..1, such as 0.99.
    """
    import numpy as np

    _, block = np.unique(np.floor_divide(scheduled, BLOCK_SECONDS), return_inverse=True)
    blocks = int(block.max()) + 1
    order = np.argsort(latencies, kind="stable")
    ordered, block = latencies[order], block[order]
    random = np.random.default_rng(SEED)
    replicates = np.empty((REPLICATES, len(shares)))
    for replicate in replicates:
        drawn = np.bincount(random.integers(blocks, size=blocks), minlength=blocks)
        below = np.cumsum(drawn[block])
        # A hair less than the share of the sum, which need not be a whole number in floating point.
        places = np.searchsorted(below, np.asarray(shares) * below[-1] - 1e-9)
        replicate[:] = ordered[places]
    return replicates


def interval(replicates: NDArray[Any]) -> tuple[float, float]:
    """The middle 95 % of replicates."""
    import numpy as np

    low, high = np.quantile(replicates, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], method="inverted_cdf")
    return float(low), float(high)
