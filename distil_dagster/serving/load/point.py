"""From the requests of one run to a point of the rate-latency curve, and the verdict whether it is one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distil_dagster.serving.load.percentiles import bootstrapped, interval, percentiles
from distil_dagster.serving.load.traffic import Requests
from distil_dagster.serving.summary import LoadPoint, Percentile

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = (0.50, 0.95, 0.99)
LEAST_ACHIEVED = 0.99
MOST_ERRORS = 0.001
CHANCE_DEVIATIONS = 3.0
GROWTH_BLOCKS = 10
LOOKS_PER_BLOCK = 20
GROWTH_P_VALUE = 0.01
LEAST_GROWTH = 0.1
"""Of the mean number in flight, over the window: a significant trend that is smaller does not matter."""


@dataclass(frozen=True)
class Window:
    """The measured part of a run, in seconds after its first request."""

    opens: float
    seconds: float

    @property
    def closes(self) -> float:
        """When it ends."""
        return self.opens + self.seconds


@dataclass(frozen=True)
class WindowRequests:
    """The requests that were due in a window. A failed one counts as having taken as long as one may."""

    scheduled: NDArray[Any]
    latency: NDArray[Any]
    ok: NDArray[Any]

    @property
    def quantiles(self) -> tuple[Percentile, Percentile, Percentile]:
        """p50, p95 and p99, with intervals."""
        measured = percentiles(self.latency, SHARES)
        replicates = self.replicates()
        p50, p95, p99 = (
            Percentile(seconds=float(value), low=low, high=high)
            for value, (low, high) in zip(measured, map(interval, replicates.T), strict=True)
        )
        return p50, p95, p99

    def replicates(self) -> NDArray[Any]:
        """[replicates, 3]: the bootstrap's p50, p95 and p99."""
        return bootstrapped(self.scheduled, self.latency, SHARES)


def in_window(requests: Requests, window: Window, *, timeout_seconds: float) -> WindowRequests:
    """The requests due in the window, wherever their answers came."""
    import numpy as np

    due = (requests.scheduled >= window.opens) & (requests.scheduled < window.closes)
    ok = requests.ok[due]
    latency = np.where(ok, requests.latency[due], np.maximum(requests.latency[due], timeout_seconds))
    return WindowRequests(requests.scheduled[due], latency, ok)


def assess(
    requests: Requests,
    window: Window,
    *,
    rate: float,
    run: int,
    client_ceiling: float,
    timeout_seconds: float,
    prefix_cache_hit_rate: float | None = None,
) -> LoadPoint | None:
    """The point of a run; None if no request was due in its window.

    It is refused where fewer than 99 % of what was offered came back in the window, where more than 0.1 % failed, where
    the number in flight keeps growing, or where the client could not have issued twice the rate. In a short window as
    many answers may be missing as the number in flight differs by chance between its two ends: three deviations of the
    difference of two Poisson numbers.
    """
    import numpy as np

    due = in_window(requests, window, timeout_seconds=timeout_seconds)
    if not len(due.scheduled):
        return None
    ends = requests.scheduled + requests.latency
    achieved = int((requests.ok & (ends >= window.opens) & (ends < window.closes)).sum())
    offered, failed = len(due.scheduled), int((~due.ok).sum())
    in_flight = numbers_in_flight(requests, window)
    reasons = []
    chance = CHANCE_DEVIATIONS * math.sqrt(2 * float(in_flight.mean()))
    if offered - achieved > max((1 - LEAST_ACHIEVED) * offered, chance):
        reasons.append(f"achieved only {achieved / offered:.1%} of what was offered")
    if failed > MOST_ERRORS * offered:
        first = next(error for error in requests.error if error is not None)
        reasons.append(f"{failed} of {offered} requests failed ({first})")
    if keeps_growing(in_flight):
        first_block, last_block = in_flight.reshape(GROWTH_BLOCKS, -1).mean(axis=1)[[0, -1]]
        reasons.append(f"the number in flight kept growing, from {first_block:.1f} to {last_block:.1f}")
    if client_ceiling < 2 * rate:
        reasons.append(f"the client can issue {client_ceiling:,.0f} requests/s, less than twice the rate")
    p50, p95, p99 = due.quantiles
    return LoadPoint(
        rate=rate,
        run=run,
        seconds=window.seconds,
        requests=offered,
        failed=failed,
        offered_per_second=offered / window.seconds,
        achieved_per_second=achieved / window.seconds,
        p50=p50,
        p95=p95,
        p99=p99,
        mean_in_flight=float(in_flight.mean()),
        client_delay_p99_seconds=float(np.quantile(requests.delay, 0.99)),
        prefix_cache_hit_rate=prefix_cache_hit_rate,
        refused=tuple(reasons),
    )


def numbers_in_flight(requests: Requests, window: Window) -> NDArray[Any]:
    """How many requests were due and not ended, looked at 200 times in the window."""
    import numpy as np

    at = np.linspace(window.opens, window.closes, GROWTH_BLOCKS * LOOKS_PER_BLOCK, endpoint=False)
    ends = np.sort(requests.scheduled + requests.latency)
    return np.searchsorted(requests.scheduled, at, side="right") - np.searchsorted(ends, at, side="right")


def keeps_growing(in_flight: NDArray[Any]) -> bool:
    """Whether the means of ten parts of the window have an upward trend that is neither chance nor small.

    Means of parts rather than single looks: neighbouring looks see the same requests, whose agreement would pass for
    certainty (the method of batch means).
    """
    import numpy as np
    from scipy.stats import linregress

    means = in_flight.reshape(GROWTH_BLOCKS, -1).mean(axis=1)
    if np.ptp(means) == 0:
        return False
    trend = linregress(np.arange(GROWTH_BLOCKS), means, alternative="greater")
    grown = trend.slope * GROWTH_BLOCKS
    return bool(trend.pvalue < GROWTH_P_VALUE and grown > max(1.0, LEAST_GROWTH * means.mean()))
