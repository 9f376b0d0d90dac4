"""Asks all arms the test questions, in a process of its own.

    python -m distil_dagster.benchmark.run_arms --task-folder DIR --base-model JSON --cache DIR
        --arm seeds_only=DIR --arm distilled=DIR --settings JSON --journal DIR --output DIR

The arm `base` is the base model itself and is always asked. Each arm is served, asked, and its server stopped, one after
the other. Writes `scores.parquet` and, last, `summary.json`. Killed and started again with the same arguments it asks
only what the journals don't answer yet.
"""

import argparse
import sys
from pathlib import Path

from distil_dagster.progress import Progress

BASE = "base"


def main() -> int:
    """Benchmark the arms; returns the exit code."""
    from distil_dagster.students.worker import run_worker

    parser = argparse.ArgumentParser(description="Ask the base model and other arms the test questions of a task.")
    parser.add_argument("--task-folder", required=True, type=Path)
    parser.add_argument("--base-model", required=True, help="JSON of a BaseModelSource")
    parser.add_argument("--cache", required=True, type=Path, help="folder for converted and downloaded models")
    parser.add_argument("--arm", action="append", default=[], metavar="NAME=DIR", help="a model folder to ask too")
    parser.add_argument("--settings", required=True, help="JSON of BenchmarkSettings")
    parser.add_argument("--journal", required=True, type=Path, help="folder that outlives a killed run")
    parser.add_argument("--output", required=True, type=Path)
    options = parser.parse_args()
    return run_worker(lambda progress: _run(options, progress))


def _run(options: argparse.Namespace, progress: Progress) -> None:
    from distil_dagster.benchmark.predict import Journal, predict
    from distil_dagster.benchmark.scores import chosen_examples, score_arm, summarise_arm, write_scores
    from distil_dagster.benchmark.settings import BenchmarkSettings
    from distil_dagster.serving.engine import running_server
    from distil_dagster.serving.transformers_serve import TransformersServe
    from distil_dagster.students.base_model import resolve_base_model
    from distil_dagster.students.settings import BASE_MODEL_SOURCE
    from distil_dagster.tasks import load_task

    settings = BenchmarkSettings.model_validate_json(options.settings)
    task = load_task(options.task_folder)
    examples = chosen_examples(task, settings.max_conversations, settings.random_seed)
    base = resolve_base_model(BASE_MODEL_SOURCE.validate_json(options.base_model), options.cache)
    models = {BASE: base, **{name: Path(folder) for name, _, folder in (arm.partition("=") for arm in options.arm)}}
    options.journal.mkdir(parents=True, exist_ok=True)
    engine = TransformersServe(settings.engine)
    tables = {}
    for arm, model in models.items():
        journal = options.journal / f"{arm}.jsonl"
        progress.report(f"{arm}: starting the server", final=True)
        with running_server(engine, model, log_path=options.journal / f"{arm}-server.log") as server:
            predictions = predict(
                task,
                examples,
                endpoint=server.endpoint,
                concurrency=settings.concurrency,
                max_output_tokens=settings.max_output_tokens,
                request_timeout_seconds=settings.request_timeout_seconds,
                journal=Journal(journal),
                report=lambda message, arm=arm: progress.report(f"{arm}: {message}"),
            )
        tables[arm] = score_arm(task, arm, examples, predictions)
        summary = summarise_arm(task, arm, tables[arm])
        progress.report(f"{arm}: {summary.correct} of {summary.n_turns} right ({summary.accuracy:.1%})", final=True)
    write_scores(task, tables, options.output)


if __name__ == "__main__":
    sys.exit(main())
