"""What stands beside a load test: the memory that the rate really needs, and the bound that no rate exceeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import prod
from pathlib import Path

from distil_dagster.machines.gpus import MIB
from distil_dagster.machines.settings import Device
from distil_dagster.serving.engine import Engine, ServerError, running_server
from distil_dagster.serving.load.cache_need import most_tokens_in_flight
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.measurement import Measurement
from distil_dagster.serving.load.memory import memory_watch
from distil_dagster.serving.load.sustained import LoadCurve
from distil_dagster.serving.load.traffic import Traffic
from distil_dagster.serving.roofline import ModelShape
from distil_dagster.serving.settings import ServingSettings, StudentEngineSettings, TransformersServeSettings
from distil_dagster.serving.student_engine import cache_size, with_cache
from distil_dagster.serving.summary import MemoryFigures

QUANTISED = {"I8", "U8", "F8_E4M3", "F8_E5M2"}
BYTES_PER_NUMBER = {"float32": 4, "float16": 2, "bfloat16": 2}


def served_bytes_per_number(model_folder: Path, settings: ServingSettings) -> int:
    """Of the number format in which the model is served: its own, unless the engine is told another."""
    if not isinstance(settings.engine, TransformersServeSettings) and settings.engine.dtype != "auto":
        return BYTES_PER_NUMBER[settings.engine.dtype]
    config = json.loads((model_folder / "config.json").read_text())
    return BYTES_PER_NUMBER[config.get("dtype") or config["torch_dtype"]]


def model_shape(model_folder: Path, settings: ServingSettings) -> ModelShape:
    """The shape of the model as served. Raises UnknownShapeError if its config.json doesn't say it."""
    config = json.loads((model_folder / "config.json").read_text())
    return ModelShape.of(config, bytes_per_number=served_bytes_per_number(model_folder, settings))


def weights_mib(model_folder: Path, settings: ServingSettings) -> float:
    """The numbers in the folder's safetensors, in the format in which they are served; quantised ones have a byte."""
    from safetensors import safe_open

    whole = served_bytes_per_number(model_folder, settings)
    total = 0
    for path in model_folder.glob("*.safetensors"):
        with safe_open(path, framework="np") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                tensor = tensors.get_slice(name)
                total += prod(tensor.get_shape()) * (1 if tensor.get_dtype() in QUANTISED else whole)
    return total / MIB


def memory_figures(
    model_folder: Path,
    measurement: Measurement,
    settings: ServingSettings,
    engine_of: Callable[[StudentEngineSettings], Engine],
    *,
    device: Device,
    max_output_tokens: int,
    bytes_per_token: int,
    held_mib: float,
    output: Path,
    report: Callable[[str], object],
) -> MemoryFigures:
    """Serve the model once more, with a cache for what was in flight at the sustained rate, and put that rate on it.

    Whether a cache suffices is shown, not calculated; a smaller one might, too. The run has to meet the first service
    level as those of the load test had to. A token takes `bytes_per_token` of the cache. Logs go to the output.
    """
    headline = measurement.sustained[0]
    in_flight = max(
        most_tokens_in_flight(run.requests, max_output_tokens=max_output_tokens)
        for run in measurement.runs
        if run.point.rate == headline.rate
    )
    tokens = cache_size(settings.engine, in_flight)
    engine = engine_of(with_cache(settings.engine, tokens, bytes_per_token=bytes_per_token))
    report(f"once more at {headline.rate:.3g} requests/s with a cache for {tokens:,} tokens")
    least: float | None = None
    joules: float | None = None
    try:
        with (
            running_server(engine, model_folder, log_path=output / "server-small-cache.log") as server,
            memory_watch(server.process.pid, device) as memory,
        ):
            traffic = Traffic(
                server.endpoint.base_url,
                measurement.prompts,
                processes=settings.client_processes,
                timeout_seconds=settings.request_timeout_seconds,
                logs=output / "loadgen-small-cache",
            )
            curve = LoadCurve(
                arrivals=traffic.arrivals,
                settings=settings,
                server_ceiling=measurement.offline_rate,
                floor_seconds=measurement.single_stream_p50_seconds,
                client_ceiling=measurement.client_ceiling,
                prefix_cache=lambda: None,
                report=report,
            )
            before = memory.energy_joules()
            failure = curve.point(headline.rate, 0, settings.window_seconds).failure(headline.level)
            drawn = memory.energy_joules()
        least = memory.largest_mib
        if before is not None and drawn is not None:
            joules = (drawn - before) / len(curve.runs[0].requests)
    except (ServerError, LoadTestError) as error:
        failure = str(error).splitlines()[-1]
    return MemoryFigures(
        weights=weights_mib(model_folder, settings),
        without_cache=least and least - tokens * bytes_per_token / MIB,
        least=None if failure else least,
        least_cache_tokens=tokens,
        least_failure=failure,
        joules_per_request=joules,
        held=held_mib,
    )
