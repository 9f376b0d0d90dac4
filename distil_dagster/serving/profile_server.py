"""Measures what a model folder sustains behind an engine, with the task's own questions.

    python -m distil_dagster.serving.profile_server --model FOLDER --task-folder FOLDER --settings JSON
        --device NAME --output FOLDER

Writes `requests.parquet` (one row per request), `summary.json` (`ServingSummary`) and the server's log to the output.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from distil_dagster.progress import Progress, worker_progress
from distil_dagster.serving.engine import Engine, ServerError, running_server
from distil_dagster.serving.load import LoadTest, LoadTestError, run_closed_loop
from distil_dagster.serving.settings import ServingSettings, ServingSummary
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.tasks import Message, Row, Task, TaskFolderError, load_task

ORDER_SEED = 0


def distinct_prompts(task: Task) -> list[tuple[Message, ...]]:
    """Every prompt that the task can ask, each once: those of the tests, then those of the seeds.

    Distinct, because a server answers a repeated prompt from its cache; in a shuffled but fixed order, so that long and
    short ones come evenly.
    """
    prompts = [prompt for rows in (task.tests, task.seeds) for prompt in _shuffled(_prompts(task, rows))]
    return list(dict.fromkeys(prompts))


def profile(
    engine: Engine, model_folder: Path, task: Task, settings: ServingSettings, *, log_path: Path, progress: Progress
) -> LoadTest:
    """Serve the folder and put the load of the settings on it. Raises ServerError and LoadTestError."""
    progress.report(f"starting {engine.name}", final=True)
    with running_server(engine, model_folder, log_path=log_path) as server:
        return asyncio.run(
            run_closed_loop(
                server.endpoint,
                distinct_prompts(task),
                settings,
                max_output_tokens=settings.max_output_tokens or task.answer_token_limit,
                server_pid=server.process.pid,
                report=progress.report,
            )
        )


def summarise(test: LoadTest, engine: Engine, settings: ServingSettings, *, device: str) -> ServingSummary:
    """The figures of a load test that has at least one measured answer."""
    import numpy as np

    answered = [record for record in test.measured if record.ok]
    p50, p95, p99 = np.percentile([record.latency_seconds for record in answered], [50, 95, 99])
    return ServingSummary(
        engine=engine.name,
        engine_version=engine.version,
        flags=engine.flags,
        device=device,
        concurrency=settings.concurrency,
        warm_up_requests=settings.warm_up_requests,
        requests=len(test.measured),
        failed=len(test.measured) - len(answered),
        seconds=test.seconds,
        requests_per_second=len(answered) / test.seconds,
        p50_seconds=p50,
        p95_seconds=p95,
        p99_seconds=p99,
        mean_input_tokens=float(np.mean([record.input_tokens for record in answered])),
        mean_output_tokens=float(np.mean([record.output_tokens for record in answered])),
        memory_mib=test.memory_mib,
        memory_measure=test.memory_measure,
    )


def write(test: LoadTest, summary: ServingSummary, output: Path) -> None:
    """Write the table of requests and the summary."""
    import pandas as pd

    records = pd.DataFrame([asdict(record) for record in test.records])
    records.astype({"error": "string"}).to_parquet(output / "requests.parquet", index=False)
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))


def _prompts(task: Task, rows: Sequence[Row]) -> list[tuple[Message, ...]]:
    return [tuple(task.kind.prompt(task, example)) for row in rows for example in task.kind.expand(row)]


def _shuffled(prompts: list[tuple[Message, ...]]) -> list[tuple[Message, ...]]:
    return random.Random(ORDER_SEED).sample(prompts, len(prompts))


def main() -> int:
    """Profile one model; exit code 1 with one sentence if it can't be measured."""
    parser = argparse.ArgumentParser(description="Measures what a model folder sustains behind an engine.")
    parser.add_argument("--model", required=True, type=Path, help="model folder")
    parser.add_argument("--task-folder", required=True, type=Path, help="the task whose questions are asked")
    parser.add_argument("--settings", required=True, type=ServingSettings.model_validate_json, help="settings as JSON")
    parser.add_argument("--device", required=True, help="name of the device, for the summary")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")
    arguments = parser.parse_args()
    settings: ServingSettings = arguments.settings
    engine = TransformersServe(settings.engine)
    arguments.output.mkdir(parents=True, exist_ok=True)
    try:
        with worker_progress() as progress:
            task = load_task(arguments.task_folder)
            log_path = arguments.output / "server.log"
            test = profile(engine, arguments.model, task, settings, log_path=log_path, progress=progress)
            summary = summarise(test, engine, settings, device=arguments.device)
            write(test, summary, arguments.output)
            progress.report(
                f"{summary.requests_per_second:.2f} requests/s, {settings.concurrency} at a time,"
                f" {summary.failed} of {summary.requests} failed",
                final=True,
            )
    except (TaskFolderError, ServerError, LoadTestError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
