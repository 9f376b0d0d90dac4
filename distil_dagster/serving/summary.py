"""What a load test found, as it is written and read again. Imported by assets, so nothing heavy is here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from distil_dagster.serving.settings import DevicePeak, ServiceLevel


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Percentile(_Section):
    """Of latencies in seconds, with its 95 % interval."""

    seconds: float
    low: float
    high: float

    @property
    def written(self) -> str:
        """Such as `0.41 s (0.39 to 0.44)`."""
        return f"{self.seconds:.3g} s ({self.low:.3g} to {self.high:.3g})"


class LoadPoint(_Section):
    """One run at one rate, and whether it is a measurement at all. Times in seconds."""

    rate: float
    """Requests per second that were to arrive."""
    run: int
    seconds: float
    """Of the window."""
    requests: int
    """Due in the window."""
    failed: int
    offered_per_second: float
    """Requests due in the window, divided by it."""
    achieved_per_second: float
    """Good answers that came in the window, divided by it."""
    p50: Percentile
    p95: Percentile
    p99: Percentile
    mean_in_flight: float
    client_delay_p99_seconds: float
    """By which the client itself was late; part of the latencies."""
    prefix_cache_hit_rate: float | None
    """Share of prompt tokens that the engine took from its cache, by its own metrics; None if it has none."""
    refused: tuple[str, ...]
    """Why the run is no measurement of a steady state; empty if it is one."""

    def meets(self, level: ServiceLevel) -> bool:
        """Whether it is a measurement, and its percentiles are within the limits."""
        return not self.failure(level)

    def failure(self, level: ServiceLevel) -> str:
        """Why it does not meet the level; empty if it does."""
        measured = {"p50": self.p50.seconds, "p95": self.p95.seconds, "p99": self.p99.seconds}
        missed = [f"{name} {measured[name]:.3g} s" for name, limit in level.limits.items() if measured[name] > limit]
        return "; ".join((*self.refused, *missed))


class SustainedRate(_Section):
    """The highest rate at which every run met a service level."""

    level: ServiceLevel
    rate: float
    """At which requests were to arrive."""
    requests_per_second: float
    """That rate, or the good answers in the windows divided by their length if these are fewer: in a short window fewer
    requests may arrive by chance, and more may wait at its end, but no server answers more than it can."""
    low: float
    """The ends of its 95 % interval: both by drawing the requests anew in blocks, the upper at least `failing_rate`."""
    high: float
    runs: int
    """That the rate passed, all of them."""
    seconds: float
    """The window of each."""
    requests: int
    """In the windows of all of them."""
    failed: int
    p50: Percentile
    p95: Percentile
    p99: Percentile
    failing_rate: float
    failing_reason: str
    """What went wrong at the lowest rate that failed."""

    @property
    def written(self) -> str:
        """What stands behind the rate, in a sentence."""
        return (
            f"95 % interval {self.low:.3g} to {self.high:.3g}; passed {self.runs} of {self.runs} runs of"
            f" {self.seconds:g} s; failed at {self.failing_rate:.3g}: {self.failing_reason}"
        )


class UnmetLevel(_Section):
    """A service level that was not met at any rate that was tried."""

    level: ServiceLevel
    lowest_rate: float
    """0 if even a request that is alone takes longer than promised."""
    reason: str


class ClosedLoop(_Section):
    """The second number: clients that each ask again when they have their answer. It hides any wait before sending."""

    concurrency: int
    requests: int
    failed: int
    seconds: float
    requests_per_second: float
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float


class Histogram(_Section):
    """How many requests had how many tokens."""

    edges: tuple[float, ...]
    """One more than counts; a value on an edge is counted right of it, but for the last."""
    counts: tuple[int, ...]


class Roofline(_Section):
    """Bounds on requests per second for requests of the mean shape that was measured: see `serving.roofline`."""

    peak: DevicePeak
    input_tokens: float
    cached_tokens: float
    """Of the input, found in the engine's cache: as it counted them, or, if it doesn't, all that prompts share."""
    output_tokens: float
    gigaflops_per_request: float
    bound_per_second: float
    """No server is faster."""
    expected_per_second: float
    """What a server could reach that computes while it reads its weights, but not while it reads keys and values."""
    share: float
    """The measured rate as a share of `expected_per_second`."""


class MemoryFigures(_Section):
    """What a server needs of the device's memory, in MiB."""

    weights: float
    """In the number format in which they are served."""
    without_cache: float | None
    """The most it held less its cache, in the run with a cache that is all used; None without such a run."""
    least: float | None
    """The most it held in a run at the sustained rate that met the first service level with `least_cache_tokens`; the
    least that was shown to suffice."""
    least_cache_tokens: int
    """As many as the requests in flight could need together at most, in a run at the sustained rate, or as the engine
    starts with at least."""
    least_failure: str = ""
    """Why there is no `least`."""
    held: float
    """The most it held in the load test, with the cache of the settings."""
    joules_per_request: float | None = None
    """What the GPUs drew in the run with `least_cache_tokens`, over its requests; None where nobody counts it."""


class ServingSummary(_Section):
    """What a load test measured. Times in seconds.

    What older versions did not measure is None or empty in theirs; their `method` is a closed loop.
    """

    engine: str
    engine_version: str
    flags: tuple[str, ...]
    """The engine's command line, without model and port."""
    device: str
    method: Literal["closed loop", "open loop"] = "closed loop"
    concurrency: int
    """Of the closed loop; likewise `warm_up_requests`."""
    warm_up_requests: int
    requests: int
    """Behind the rate: due in its windows (open loop), or ended in the measured time; failed ones included."""
    failed: int
    seconds: float
    """The measured time, that of all runs together."""
    requests_per_second: float
    """What costs are computed from. Of an open loop the rate sustained at the first service level: the highest Poisson
    rate at which every run met it. Of a closed loop the good answers in the measured time, divided by it."""
    requests_per_second_low: float | None = None
    """The ends of its 95 % interval; None of a closed loop."""
    requests_per_second_high: float | None = None
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    mean_input_tokens: float
    """As the server counted them; likewise the output."""
    mean_output_tokens: float
    memory_mib: float
    """Largest memory of the server's processes under load."""
    memory_measure: Literal["pss", "rss", "nvml"]
    """On a CPU the proportional set size (shared pages counted once), where the kernel doesn't know it the resident set
    size; on a GPU what its driver (NVML) says is in use."""
    memory: MemoryFigures | None = None
    roofline: Roofline | None = None
    """None for a model whose shape is not known."""
    sustained: tuple[SustainedRate, ...] = ()
    """At each service level that was met, in the profile's order."""
    unmet: tuple[UnmetLevel, ...] = ()
    points: tuple[LoadPoint, ...] = ()
    """Every run, by rate."""
    closed_loop: ClosedLoop | None = None
    offline_requests_per_second: float | None = None
    """All at once."""
    single_stream_p50_seconds: float | None = None
    """One by one."""
    client_ceiling_per_second: float | None = None
    """Requests per second that the client has answered by a server that does nothing."""
    prefix_cache_hit_rate: float | None = None
    """Share of all prompt tokens that the engine took from its cache, by its own metrics; None if it has none."""
    input_tokens: Histogram | None = None
    output_tokens: Histogram | None = None
    distinct_prompts: int | None = None
    prompts_sha256: str | None = None
    model_sha256: str | None = None
    server_metrics: dict[str, float] = {}
    """What the server had used and counted when the load ended: see `load.metrics.server_metrics`."""
    environment: dict[str, str] = {}
    """Device, clocks, driver, load of the machine and versions, when measuring began."""
    measured_at: datetime | None = None

    @property
    def described(self) -> str:
        """The method in a few words, for tables."""
        return load_method(self.concurrency, self.sustained)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate; None of a closed loop."""
        if self.requests_per_second_low is None or self.requests_per_second_high is None:
            return None
        return self.requests_per_second_low, self.requests_per_second_high


def load_method(concurrency: int, sustained: Sequence[SustainedRate]) -> str:
    """How a rate was measured, in a few words: under which promise, or at how many requests at a time."""
    if not sustained:
        return f"closed loop, {concurrency} at a time"
    return f"Poisson arrivals, {sustained[0].level.promise}"
