"""Measures what a model folder sustains behind an engine, with the task's own questions.

    python -m distil_dagster.serving.profile_server --model FOLDER --task-folder FOLDER --settings JSON
        --device JSON --output FOLDER [--peak JSON] [--rows rows.parquet]

Writes `summary.json` (`ServingSummary`), `requests.parquet` (every request of every run, with its scheduled time),
`closed_loop.parquet`, `prompts.jsonl`, LoadGen's logs in `loadgen/` and the server's log to the output.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distil_dagster.machines.errors import MachineError
from distil_dagster.machines.settings import Device
from distil_dagster.progress import Progress, worker_progress
from distil_dagster.serving.device_peak import measured_peak
from distil_dagster.serving.engine import Engine, ServerError, running_server
from distil_dagster.serving.load.closed_loop import ClosedLoopTest
from distil_dagster.serving.load.environment import environment, folder_sha256
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.measurement import Measurement, measure
from distil_dagster.serving.load.memory import MemoryMeasure, memory_watch
from distil_dagster.serving.load.metrics import server_metrics
from distil_dagster.serving.load.prompts import distinct_prompts
from distil_dagster.serving.load.sustained import Run
from distil_dagster.serving.needs import memory_figures, model_shape
from distil_dagster.serving.roofline import ModelShape, RequestShape, UnknownShapeError, roofline
from distil_dagster.serving.settings import DevicePeak, ServingSettings, StudentEngineSettings
from distil_dagster.serving.student_engine import request_extras, student_engine
from distil_dagster.serving.summary import ClosedLoop, Histogram, MemoryFigures, ServingSummary
from distil_dagster.tasks import Row, Task, TaskFolderError, load_task
from distil_dagster.tasks.common_prefix import common_prefix_share
from distil_dagster.tasks.seed_set import read_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

HISTOGRAM_BINS = 20


@dataclass(frozen=True)
class Profile:
    """A measurement, and what has to stand beside it."""

    measurement: Measurement
    memory_mib: float
    memory_measure: MemoryMeasure
    memory: MemoryFigures | None
    """None, as the roofline, for a model of unknown shape."""
    shape: ModelShape | None
    peak: DevicePeak
    prompts_alike: float
    """The share of a mean prompt with which all begin."""
    server_metrics: dict[str, float]
    environment: dict[str, str]
    measured_at: datetime
    model_sha256: str


def profile(
    engine_of: Callable[[StudentEngineSettings], Engine],
    model_folder: Path,
    task: Task,
    settings: ServingSettings,
    *,
    device: Device,
    peak: DevicePeak,
    written_rows: Sequence[Row],
    output: Path,
    progress: Progress,
) -> Profile:
    """Serve the folder and put the load of the settings on it. Raises ServerError, LoadTestError and MachineError.

    Args:
        engine_of: makes the engine of settings: of the profile's, then of those with a smaller cache.
        model_folder: what is served.
        task: whose questions are asked.
        settings: of the load test.
        device: what the engine runs on.
        peak: its two speeds.
        written_rows: more rows of the task, whose questions are asked as well.
        output: for prompts and logs.
        progress: told of every run.
    """
    max_output_tokens = settings.max_output_tokens or task.answer_token_limit
    taken_at, taken_on = datetime.now(UTC), environment()
    prompts, engine = distinct_prompts(task, written_rows), engine_of(settings.engine)
    progress.report(f"starting {engine.name}", final=True)
    with (
        running_server(engine, model_folder, log_path=output / "server.log") as server,
        memory_watch(server.process.pid, device) as memory,
    ):
        measurement = measure(
            replace(server.endpoint, extra_body=request_extras(settings.engine, task)),
            prompts,
            settings,
            max_output_tokens=max_output_tokens,
            output=output,
            report=progress.report,
        )
        counted = server_metrics(server)
    shape = _shape(model_folder, settings)
    return Profile(
        measurement=measurement,
        memory_mib=memory.largest_mib,
        memory_measure=memory.measure,
        memory=None
        if shape is None
        else memory_figures(
            model_folder,
            measurement,
            settings,
            engine_of,
            device=device,
            max_output_tokens=max_output_tokens,
            bytes_per_token=shape.cache_bytes_per_token,
            held_mib=memory.largest_mib,
            output=output,
            report=progress.report,
        ),
        shape=shape,
        peak=peak,
        prompts_alike=common_prefix_share(prompts),
        server_metrics=counted,
        environment=taken_on,
        measured_at=taken_at,
        model_sha256=folder_sha256(model_folder),
    )


def _shape(model_folder: Path, settings: ServingSettings) -> ModelShape | None:
    try:
        return model_shape(model_folder, settings)
    except UnknownShapeError:
        return None


def summarise(profile: Profile, engine: Engine, settings: ServingSettings, *, device: str) -> ServingSummary:
    """The figures of a profile; its headline is the rate sustained at the first service level."""
    import numpy as np

    measurement = profile.measurement
    headline = measurement.sustained[0]
    answered = [run.requests for run in measurement.runs]
    input_tokens = np.concatenate([requests.input_tokens[requests.ok] for requests in answered])
    output_tokens = np.concatenate([requests.output_tokens[requests.ok] for requests in answered])
    mean_input, mean_output = float(input_tokens.mean()), float(output_tokens.mean())
    found = measurement.prefix_cache_hit_rate
    cached = mean_input * (profile.prompts_alike if found is None else found)
    return ServingSummary(
        engine=engine.name,
        engine_version=engine.version,
        flags=engine.flags,
        device=device,
        method="open loop",
        concurrency=settings.concurrency,
        warm_up_requests=settings.warm_up_requests,
        requests=headline.requests,
        failed=headline.failed,
        seconds=headline.seconds * headline.runs,
        requests_per_second=headline.requests_per_second,
        requests_per_second_low=headline.low,
        requests_per_second_high=headline.high,
        p50_seconds=headline.p50.seconds,
        p95_seconds=headline.p95.seconds,
        p99_seconds=headline.p99.seconds,
        mean_input_tokens=mean_input,
        mean_output_tokens=mean_output,
        memory_mib=profile.memory_mib,
        memory_measure=profile.memory_measure,
        memory=profile.memory,
        roofline=profile.shape
        and roofline(
            profile.shape,
            RequestShape(mean_input, cached, mean_output),
            profile.peak,
            measured=headline.requests_per_second,
        ),
        server_metrics=profile.server_metrics,
        sustained=measurement.sustained,
        unmet=measurement.unmet,
        points=tuple(sorted((run.point for run in measurement.runs), key=lambda point: (point.rate, point.run))),
        closed_loop=closed_loop_figures(measurement.closed_loop, settings),
        offline_requests_per_second=measurement.offline_rate,
        single_stream_p50_seconds=measurement.single_stream_p50_seconds,
        client_ceiling_per_second=measurement.client_ceiling,
        prefix_cache_hit_rate=measurement.prefix_cache_hit_rate,
        input_tokens=_histogram(input_tokens),
        output_tokens=_histogram(output_tokens),
        distinct_prompts=measurement.prompts.count,
        prompts_sha256=measurement.prompts.sha256,
        model_sha256=profile.model_sha256,
        environment=profile.environment,
        measured_at=profile.measured_at,
    )


def closed_loop_figures(test: ClosedLoopTest, settings: ServingSettings) -> ClosedLoop:
    """The figures of a closed loop that has at least one measured answer."""
    import numpy as np

    answered = [record for record in test.measured if record.ok]
    p50, p95, p99 = np.percentile([record.latency_seconds for record in answered], [50, 95, 99])
    return ClosedLoop(
        concurrency=settings.concurrency,
        requests=len(test.measured),
        failed=len(test.measured) - len(answered),
        seconds=test.seconds,
        requests_per_second=len(answered) / test.seconds,
        p50_seconds=p50,
        p95_seconds=p95,
        p99_seconds=p99,
    )


def write(measurement: Measurement, summary: ServingSummary, output: Path) -> None:
    """Write the tables of requests and the summary."""
    import pandas as pd

    requests = pd.concat([_table(run) for run in measurement.runs], ignore_index=True)
    requests.astype({"error": "string"}).to_parquet(output / "requests.parquet", index=False)
    records = pd.DataFrame([asdict(record) for record in measurement.closed_loop.records])
    records.astype({"error": "string"}).to_parquet(output / "closed_loop.parquet", index=False)
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))


def _table(run: Run) -> pd.DataFrame:
    import pandas as pd

    requests = run.requests
    return pd.DataFrame(
        {
            "rate": run.point.rate,
            "run": run.point.run,
            "scheduled_seconds": requests.scheduled,
            "client_delay_seconds": requests.delay,
            "latency_seconds": requests.latency,
            "error": requests.error,
            "input_tokens": requests.input_tokens,
            "output_tokens": requests.output_tokens,
        }
    )


def _histogram(tokens: NDArray[Any]) -> Histogram:
    import numpy as np

    counts, edges = np.histogram(tokens, bins=HISTOGRAM_BINS)
    return Histogram(edges=tuple(map(float, edges)), counts=tuple(map(int, counts)))


def main() -> int:
    """Profile one model; exit code 1 with one sentence if it can't be measured."""
    parser = argparse.ArgumentParser(description="Measures what a model folder sustains behind an engine.")
    parser.add_argument("--model", required=True, type=Path, help="model folder")
    parser.add_argument("--task-folder", required=True, type=Path, help="the task whose questions are asked")
    parser.add_argument("--settings", required=True, type=ServingSettings.model_validate_json, help="settings as JSON")
    parser.add_argument("--device", required=True, type=Device.model_validate_json, help="a `Device` as JSON")
    parser.add_argument("--peak", type=DevicePeak.model_validate_json, help="its two speeds as JSON, if stated")
    parser.add_argument("--rows", type=Path, help="Parquet table of rows written for the task, for more questions")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")
    arguments = parser.parse_args()
    settings: ServingSettings = arguments.settings
    engine = student_engine(settings.engine)
    arguments.output.mkdir(parents=True, exist_ok=True)
    try:
        with worker_progress() as progress:
            task = load_task(arguments.task_folder)
            measured = profile(
                student_engine,
                arguments.model,
                task,
                settings,
                device=arguments.device,
                peak=arguments.peak or measured_peak(arguments.device.kind),
                written_rows=read_rows(arguments.rows) if arguments.rows else (),
                output=arguments.output,
                progress=progress,
            )
            summary = summarise(measured, engine, settings, device=arguments.device.name)
            write(measured.measurement, summary, arguments.output)
            progress.report(
                f"{summary.requests_per_second:.2f} requests/s ({summary.requests_per_second_low:.2f} to"
                f" {summary.requests_per_second_high:.2f}) at {summary.sustained[0].level.promise}",
                final=True,
            )
    except (TaskFolderError, ServerError, LoadTestError, MachineError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
