"""Runs of load that nobody served: arrivals by LoadGen's rule, latencies by arithmetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distil_dagster.serving.load.traffic import Requests
from tests.serving.load.known_server import Service, waited_and_served


def gaps(count: int, seed: int) -> NDArray[np.float64]:
    """Exponential gaps with mean 1."""
    return np.random.default_rng(seed).exponential(1.0, count)


def requests(
    scheduled: NDArray[np.float64], latency: NDArray[np.float64], error: tuple[str | None, ...] | None = None
) -> Requests:
    """A run with these times."""
    return Requests(
        scheduled=scheduled,
        delay=np.zeros(len(scheduled)),
        latency=latency,
        error=error or (None,) * len(scheduled),
        input_tokens=np.full(len(scheduled), 100),
        output_tokens=np.full(len(scheduled), 20),
    )


class SimulatedArrivals:
    """Stands for `Traffic.arrivals` in front of a server that is arithmetic; counts its runs."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.runs: list[tuple[float, int]] = []

    def __call__(self, rate: float, seconds: float, *, run: int, name: str) -> Requests:
        self.runs.append((rate, run))
        scheduled = np.cumsum(gaps(int(rate * seconds * 1.1) + 20, run)) / rate
        return requests(scheduled, waited_and_served(scheduled, self.service))
