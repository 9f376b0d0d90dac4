"""Serves one model folder after the other, asks each the test questions of a task, and scores the answers.

    python -m distil_dagster.benchmark.run_arms --task-folder DIR --base-model JSON --cache DIR
        --arm seeds_only=DIR --arm distilled=DIR --settings JSON --journal DIR --output DIR
        [--judge JSON --responses DIR] [--few-shot JSON]

`--base-model` adds the arm `base`, the base model itself; a folder can be given as `--arm base=DIR` as well. An arm
that was trained again under another random seed is given as `NAME@NUMBER=DIR`. Writes `scores.parquet`, with a judge
`judge.json`, and, last, `summary.json` (`BenchmarkSummary`) to the output; the journals and the servers' logs stay in
the folder of the journal. A run that was killed and is started again asks only what the journals do not answer.
`--few-shot` has the one arm that is given read some of the task's seeds before each question (`FewShotSettings`), and
writes which ones to `few_shot.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from distil_dagster.benchmark.few_shot import FILE as FEW_SHOT_FILE
from distil_dagster.benchmark.few_shot import FewShotSettings, SeedsDoNotFit, fitting_seeds, with_seeds
from distil_dagster.benchmark.judge import judge_rows, write_judge_report
from distil_dagster.benchmark.judge_settings import JudgeSettings
from distil_dagster.benchmark.predict import Journal, PredictionError, predict
from distil_dagster.benchmark.scores import (
    ScoredRow,
    sampled_examples,
    score_arm,
    summarise,
    write_scores,
)
from distil_dagster.benchmark.settings import BenchmarkSettings, BenchmarkSummary
from distil_dagster.costs.price_book import UnknownModelError
from distil_dagster.progress import Progress, worker_progress
from distil_dagster.serving.engine import ServerError, running_server
from distil_dagster.serving.recorded import UnansweredError
from distil_dagster.serving.remote import MissingKeyError
from distil_dagster.serving.settings import TransformersServeSettings
from distil_dagster.serving.student_engine import request_extras, student_engine
from distil_dagster.students.base_model import BaseModelError, resolve_base_model
from distil_dagster.students.settings import BASE_MODEL_SOURCE
from distil_dagster.tasks import Example, Row, Task, TaskFolderError, load_task

BASE = "base"


def run_arms(
    task: Task,
    arms: Mapping[str, Path],
    settings: BenchmarkSettings,
    *,
    journal_folder: Path,
    progress: Progress,
    seeds: Sequence[Row] = (),
) -> tuple[list[ScoredRow], BenchmarkSummary]:
    """Ask every arm, by name a model folder, the same questions; before each it reads the dialogues of these seeds.

    Raises:
        ServerError: if a model can't be served.
        PredictionError: if a question got no answer.
    """
    settings = settings.model_copy(update={"max_output_tokens": settings.max_output_tokens or task.answer_token_limit})
    examples = [with_seeds(task, example, seeds) for example in _questions(task, settings)]
    engine = student_engine(settings.engine)
    extras = request_extras(settings.engine, task)
    rows: list[ScoredRow] = []
    for arm, model_folder in arms.items():
        progress.report(f"{arm}: starting {engine.name}", final=True)
        with running_server(engine, model_folder, log_path=journal_folder / f"{arm}-server.log") as server:
            predictions = asyncio.run(
                predict(
                    replace(server.endpoint, extra_body=extras),
                    task,
                    examples,
                    settings,
                    journal=Journal(journal_path(journal_folder, arm, model_folder, settings)),
                    report=partial(_report, progress, arm),
                )
            )
        name, _, training_seed = arm.partition("@")
        scored = score_arm(task, name, examples, predictions, training_seed=int(training_seed or 0))
        right = sum(row[task.kind.deciding_metric] == 1.0 for row in scored)
        progress.report(f"{arm}: {right} of {len(scored)} right ({right / len(scored):.1%})", final=True)
        rows += scored
    return rows, summarise(task, rows, sample_seed=settings.sample_seed)


def _questions(task: Task, settings: BenchmarkSettings) -> list[Example]:
    return sampled_examples(task.test_examples, settings.max_questions, settings.sample_seed)


def _few_shot_seeds(
    task: Task, settings: BenchmarkSettings, few_shot: FewShotSettings, model_folder: Path, output: Path
) -> tuple[list[Row], BenchmarkSettings]:
    """The seeds to read, written down, and the settings with no more prompts in flight than the engine has room for."""
    seeds, summary = fitting_seeds(task, _questions(task, settings), few_shot, model_folder=model_folder)
    (output / FEW_SHOT_FILE).write_text(summary.model_dump_json(indent=2))
    if not isinstance(settings.engine, TransformersServeSettings):
        return seeds, settings  # vLLM itself lets requests wait that it has no room for
    length = summary.longest_prompt_tokens + (settings.max_output_tokens or task.answer_token_limit)
    room = max(1, settings.engine.cache_tokens // length)
    return seeds, settings.model_copy(update={"concurrency": min(settings.concurrency, room)})


def _report(progress: Progress, arm: str, message: str) -> None:
    progress.report(f"{arm}: {message}")


def journal_path(folder: Path, arm: str, model_folder: Path, settings: BenchmarkSettings) -> Path:
    """The arm's journal; another for another model folder, engine or length of answers: those predict otherwise."""
    digest = hashlib.sha256(f"{settings.max_output_tokens} {settings.engine.model_dump_json()}".encode())
    for file in sorted(path for path in model_folder.rglob("*") if path.is_file()):
        with file.open("rb") as content:
            digest.update(
                str(file.relative_to(model_folder)).encode() + hashlib.file_digest(content, "sha256").digest()
            )
    return folder / f"{arm}-{digest.hexdigest()[:12]}.jsonl"


def _arm(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not (name and separator and Path(folder).is_dir()):
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=FOLDER with a folder that exists")
    return name, Path(folder)


def main() -> int:
    """Benchmark the arms; exit code 1 with one sentence if one of them can't be measured."""
    parser = argparse.ArgumentParser(description="Asks models the test questions of a task and scores the answers.")
    parser.add_argument("--task-folder", required=True, type=Path)
    parser.add_argument("--base-model", type=BASE_MODEL_SOURCE.validate_json, help="source of the arm base, as JSON")
    parser.add_argument("--cache", type=Path, help="folder for converted and downloaded base models")
    parser.add_argument("--arm", action="append", default=[], type=_arm, metavar="NAME=DIR", help="a model folder")
    parser.add_argument("--settings", required=True, type=BenchmarkSettings.model_validate_json, help="as JSON")
    parser.add_argument("--journal", required=True, type=Path, help="folder that outlives a killed run")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")
    parser.add_argument("--judge", type=JudgeSettings.model_validate_json, help="as JSON")
    parser.add_argument("--responses", type=Path, help="folder of all recorded answers of the judge")
    parser.add_argument("--few-shot", type=FewShotSettings.model_validate_json, help="as JSON, for a single arm")
    options = parser.parse_args()
    if bool(options.judge) != bool(options.responses):
        parser.error("give --judge with --responses")
    if bool(options.base_model) != bool(options.cache) or not (options.arm or options.base_model):
        parser.error("give --base-model with --cache, or --arm, or both")
    if options.few_shot and len(options.arm) + bool(options.base_model) > 1:
        parser.error("give --few-shot with one arm: how many seeds fit depends on the model")
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        with worker_progress() as progress:
            if options.judge:
                options.judge.api_key()  # a missing key is told before anything is served
            task = load_task(options.task_folder)
            base = {BASE: resolve_base_model(options.base_model, options.cache)} if options.base_model else {}
            arms = {**base, **dict(options.arm)}
            settings: BenchmarkSettings = options.settings
            seeds: list[Row] = []
            if options.few_shot:
                (model_folder,) = arms.values()
                seeds, settings = _few_shot_seeds(task, settings, options.few_shot, model_folder, options.output)
                progress.report(f"{len(seeds)} seeds stand before each question", final=True)
            rows, summary = run_arms(
                task, arms, settings, journal_folder=options.journal, progress=progress, seeds=seeds
            )
            if options.judge and (
                judged := judge_rows(task, rows, options.judge, options.responses, report=progress.report)
            ):
                rows, report = judged
                write_judge_report(report, options.output)
            write_scores(rows, summary, options.output)
    except (
        TaskFolderError,
        SeedsDoNotFit,
        BaseModelError,
        ServerError,
        PredictionError,
        MissingKeyError,
        UnknownModelError,
        UnansweredError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
