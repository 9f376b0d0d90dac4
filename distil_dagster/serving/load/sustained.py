"""The rates that a server sustains at several service levels, from as few runs as answer for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import TYPE_CHECKING, Any, Protocol

from distil_dagster.serving.load.ceiling import REQUIRED
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.percentiles import interval
from distil_dagster.serving.load.point import SHARES, Window, WindowRequests, assess, in_window
from distil_dagster.serving.load.search import Search
from distil_dagster.serving.load.traffic import Requests
from distil_dagster.serving.settings import ServiceLevel, ServingSettings
from distil_dagster.serving.summary import LoadPoint, SustainedRate, UnmetLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

START_SHARE = 0.9
"""Of what the server gets done at most: where to look first."""
LOWEST_SHARE = 0.05
"""Of the same: where to stop looking."""


class Arrivals(Protocol):
    """What puts load on the server; see `Traffic.arrivals`."""

    def __call__(self, rate: float, seconds: float, *, run: int, name: str) -> Requests:
        """The requests of one run."""


@dataclass(frozen=True)
class Run:
    """One run and its point."""

    point: LoadPoint
    requests: Requests
    due: WindowRequests


@dataclass
class LoadCurve:
    """Measures rates, each run once, and searches them for service levels.

    Attributes:
        arrivals: puts load on the server.
        settings: how long, how often and how exactly.
        server_ceiling: requests per second that the server gets done at most, about.
        floor_seconds: what a request takes that is alone; a promise of less is not worth searching for.
        client_ceiling: requests per second that the client can issue.
        prefix_cache: reads the tokens that were looked for in the server's cache so far, and those that were found.
        report: told of every run.
    """

    arrivals: Arrivals
    settings: ServingSettings
    server_ceiling: float
    floor_seconds: float
    client_ceiling: float
    prefix_cache: Callable[[], tuple[float, float] | None]
    report: Callable[[str], object]
    runs: list[Run] = field(default_factory=list)

    def sustained(self, level: ServiceLevel, *, headline_seconds: float | None = None) -> SustainedRate | UnmetLevel:
        """The highest rate at which every run meets the level.

        Args:
            level: what is promised.
            headline_seconds: the window of one more run, which the rate must pass as well.

        Raises:
            LoadTestError: if the client is too slow to find a rate that fails.
        """
        if min(level.limits.values()) < self.floor_seconds:
            alone = f"a request that is alone takes {self.floor_seconds:.3g} s"
            return UnmetLevel(level=level, lowest_rate=0.0, reason=alone)
        search = Search(
            passes=lambda rate: self._passes(rate, level),
            start=START_SHARE * self.server_ceiling,
            tolerance=self.settings.tolerance,
            lowest=LOWEST_SHARE * self.server_ceiling,
            highest=self.client_ceiling / REQUIRED,
            verdicts=self._known(level),
        )
        while True:
            bracket = search.run()
            if bracket.passing is None:
                lowest = min(search.verdicts)
                return UnmetLevel(level=level, lowest_rate=lowest, reason=self._failure(lowest, level))
            if bracket.failing is None:
                raise LoadTestError(
                    f"the server sustains {bracket.passing:,.1f} requests/s and more, but the client can issue only"
                    f" {self.client_ceiling:,.1f}: raise serving.client_processes"
                )
            headline = headline_seconds and self.point(bracket.passing, self.settings.runs, headline_seconds)
            if not headline or headline.meets(level):
                return self._result(level, bracket.passing, bracket.failing, headline=headline_seconds is not None)
            search.verdicts[bracket.passing] = False

    def _passes(self, rate: float, level: ServiceLevel) -> bool:
        return all(
            self.point(rate, number, self.settings.window_seconds).meets(level) for number in range(self.settings.runs)
        )

    def point(self, rate: float, number: int, window_seconds: float) -> LoadPoint:
        """The point of a run, measured now unless it was before.

        Raises:
            LoadTestError: if the client fails, or no request is due in the window.
        """
        for run in self.runs:
            if (run.point.rate, run.point.run) == (rate, number):
                return run.point
        settings = self.settings
        window = Window(settings.warm_up_seconds, window_seconds)
        before = self.prefix_cache()
        name = f"{len(self.runs):03d}-at-{rate:.4g}-per-second-run-{number}"
        requests = self.arrivals(rate, window.closes + settings.tail_seconds, run=number, name=name)
        point = assess(
            requests,
            window,
            rate=rate,
            run=number,
            client_ceiling=self.client_ceiling,
            timeout_seconds=settings.request_timeout_seconds,
            prefix_cache_hit_rate=hit_rate(before, self.prefix_cache()),
        )
        if point is None:
            raise LoadTestError(
                f"no request was due in {window_seconds:g} s at {rate:.3g} requests/s: raise serving.window_seconds"
            )
        due = in_window(requests, window, timeout_seconds=settings.request_timeout_seconds)
        self.runs.append(Run(point, requests, due))
        refused = f", refused: {'; '.join(point.refused)}" if point.refused else ""
        self.report(
            f"{rate:.3g} requests/s, run {number + 1}: p95 {point.p95.written}, p99 {point.p99.written}{refused}"
        )
        return point

    def _known(self, level: ServiceLevel) -> dict[float, bool]:
        """Verdicts that the runs so far have on a level: one failed run suffices, passing takes all of them."""
        by_rate: dict[float, list[bool]] = {}
        for run in self.runs:
            by_rate.setdefault(run.point.rate, []).append(run.point.meets(level))
        return {rate: all(met) for rate, met in by_rate.items() if not all(met) or len(met) >= self.settings.runs}

    def _failure(self, rate: float, level: ServiceLevel) -> str:
        return next(reason for run in self._runs_at(rate) if (reason := run.point.failure(level)))

    def _runs_at(self, rate: float) -> list[Run]:
        return [run for run in self.runs if run.point.rate == rate]

    def _result(self, level: ServiceLevel, passing: float, failing: float, *, headline: bool) -> SustainedRate:
        runs = self._runs_at(passing)
        shown = [run for run in runs if run.point.run == self.settings.runs] if headline else runs
        pooled = pool([run.due for run in shown])
        p50, p95, p99 = pooled.quantiles
        low, high = interval(self._bootstrapped_rates(level))
        # Windows of the same length.
        sustained = min(passing, mean(run.point.achieved_per_second for run in shown))
        return SustainedRate(
            level=level,
            rate=passing,
            requests_per_second=sustained,
            low=min(low, sustained),
            high=max(high, failing),
            runs=len(runs),
            seconds=shown[0].point.seconds,
            requests=len(pooled.latency),
            failed=int((~pooled.ok).sum()),
            p50=p50,
            p95=p95,
            p99=p99,
            failing_rate=failing,
            failing_reason=self._failure(failing, level),
        )

    def _bootstrapped_rates(self, level: ServiceLevel) -> NDArray[Any]:
        """[replicates]: the highest of the measured rates up to which all pass, had other requests been drawn."""
        import numpy as np

        limits = np.array([level.limits.get(f"p{share * 100:.0f}", np.inf) for share in SHARES])
        rates = sorted({run.point.rate for run in self.runs})
        passed = []
        for rate in rates:
            runs = self._runs_at(rate)
            met = [(run.due.replicates() <= limits).all(axis=1) & (not run.point.refused) for run in runs]
            passed.append(np.logical_and.reduce(met))
        up_to = np.logical_and.accumulate(passed).sum(axis=0)
        highest: NDArray[Any] = np.array([rates[0], *rates])[up_to]
        return highest


def pool(windows: Sequence[WindowRequests]) -> WindowRequests:
    """The requests of several runs, their times one behind the other."""
    import numpy as np

    spans = np.cumsum([0.0, *(float(np.ceil(window.scheduled.max())) + 1 for window in windows)])
    return WindowRequests(
        np.concatenate([window.scheduled + start for window, start in zip(windows, spans[:-1], strict=True)]),
        np.concatenate([window.latency for window in windows]),
        np.concatenate([window.ok for window in windows]),
    )


def hit_rate(before: tuple[float, float] | None, after: tuple[float, float] | None) -> float | None:
    """Found over looked for, between two readings of an engine's counters; None where it counts nothing."""
    if before is None or after is None or after[0] <= before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])
