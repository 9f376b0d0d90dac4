"""All that is measured of one running server: the rates it sustains, its ceiling and floor, and the closed loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.ceiling import client_ceiling
from distil_dagster.serving.load.closed_loop import ClosedLoopTest, run_closed_loop
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.metrics import prefix_cache_counters
from distil_dagster.serving.load.percentiles import percentiles
from distil_dagster.serving.load.prompts import PromptFile, write_prompt_file
from distil_dagster.serving.load.sustained import LoadCurve, Run, hit_rate
from distil_dagster.serving.load.traffic import Requests, Traffic
from distil_dagster.serving.settings import ServingSettings
from distil_dagster.serving.summary import SustainedRate, UnmetLevel
from distil_dagster.tasks import Message


@dataclass(frozen=True)
class Measurement:
    """What was measured of a server. Rates in requests per second."""

    sustained: tuple[SustainedRate, ...]
    """The first is that of the first service level."""
    unmet: tuple[UnmetLevel, ...]
    runs: tuple[Run, ...]
    closed_loop: ClosedLoopTest
    offline_rate: float
    single_stream_p50_seconds: float
    client_ceiling: float
    prefix_cache_hit_rate: float | None
    prompts: PromptFile


def measure(
    endpoint: ChatEndpoint,
    prompts: Sequence[Sequence[Message]],
    settings: ServingSettings,
    *,
    max_output_tokens: int,
    output: Path,
    report: Callable[[str], object],
) -> Measurement:
    """Measure a server that is running. Writes the prompts and LoadGen's logs to the output.

    Raises:
        LoadTestError: if there are too few prompts, the client fails or is too slow, the server answers nothing, or the
            first service level is not met at any rate.
    """
    file = write_prompt_file(
        prompts,
        output / "prompts.jsonl",
        endpoint,
        max_output_tokens=max_output_tokens,
        needed=settings.min_distinct_prompts,
    )
    logs = output / "loadgen"
    ceiling = client_ceiling(file, processes=settings.client_processes, logs=logs)
    report(f"the client issues up to {ceiling:,.0f} requests/s")
    traffic = Traffic(
        endpoint.base_url,
        file,
        processes=settings.client_processes,
        timeout_seconds=settings.request_timeout_seconds,
        logs=logs,
    )
    before = prefix_cache_counters(endpoint.base_url)
    floor = _answered(traffic.one_by_one(settings.single_stream_requests, name="single-stream"))
    at_once = _answered(traffic.at_once(settings.offline_requests, name="offline"))
    offline_rate = len(at_once) / float((at_once.scheduled + at_once.latency).max())
    report(f"all at once, the server answers {offline_rate:.3g} requests/s")
    closed_loop = asyncio.run(
        run_closed_loop(endpoint, prompts, settings, max_output_tokens=max_output_tokens, report=report)
    )
    floor_seconds = float(percentiles(floor.latency, (0.5,))[0])
    curve = LoadCurve(
        arrivals=traffic.arrivals,
        settings=settings,
        server_ceiling=offline_rate,
        floor_seconds=floor_seconds,
        client_ceiling=ceiling,
        prefix_cache=partial(prefix_cache_counters, endpoint.base_url),
        report=report,
    )
    first, *others = settings.service_levels
    headline = curve.sustained(first, headline_seconds=settings.headline_seconds)
    if isinstance(headline, UnmetLevel):
        raise LoadTestError(
            f"the server does not keep the promise of serving.service_levels[0] ({first.promise}) even at"
            f" {headline.lowest_rate:.3g} requests/s: {headline.reason}"
        )
    results = [headline, *(curve.sustained(level) for level in others)]
    return Measurement(
        sustained=tuple(result for result in results if isinstance(result, SustainedRate)),
        unmet=tuple(result for result in results if isinstance(result, UnmetLevel)),
        runs=tuple(curve.runs),
        closed_loop=closed_loop,
        offline_rate=offline_rate,
        single_stream_p50_seconds=floor_seconds,
        client_ceiling=ceiling,
        prefix_cache_hit_rate=hit_rate(before, prefix_cache_counters(endpoint.base_url)),
        prompts=file,
    )


def _answered(requests: Requests) -> Requests:
    """The requests, if all were answered. Raises LoadTestError with the first reason if not."""
    error = next((error for error in requests.error if error is not None), None)
    if error is not None:
        raise LoadTestError(f"the server did not answer before any load was on it: {error}")
    return requests
