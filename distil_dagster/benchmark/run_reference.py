"""Asks a model behind an API the test questions of a task, and scores the answers as those of the students.

    python -m distil_dagster.benchmark.run_reference --task-folder DIR --reference JSON --settings JSON
        --prices JSON --responses DIR --output DIR [--judge JSON]

Writes `scores.parquet`, with a judge `judge.json`, and, last, `summary.json` (`ReferenceSummary`) to the output. Every
answer is kept in the folder of responses, so that a run after a kill, or scoring again, costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from distil_dagster.benchmark.judge import judge_rows, write_judge_report
from distil_dagster.benchmark.judge_settings import JudgeSettings
from distil_dagster.benchmark.reference_scores import score_repeat, summarise_reference, write_reference_scores
from distil_dagster.benchmark.reference_settings import ReferenceRunSettings, ReferenceSummary
from distil_dagster.benchmark.references import UnmeasurableError, reference_endpoint
from distil_dagster.benchmark.scores import ScoredRow, sampled_examples
from distil_dagster.costs.price_book import Price, ReferenceModel, UnknownModelError
from distil_dagster.costs.price_list import PRICE
from distil_dagster.progress import Progress, worker_progress
from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.recorded import ChatRequest, RecordedChat, ResponseFolder, UnansweredError
from distil_dagster.serving.remote import MissingKeyError
from distil_dagster.serving.usage import most_input_tokens
from distil_dagster.tasks import Task, TaskFolderError, load_task


def run_reference(
    task: Task,
    reference: ReferenceModel,
    settings: ReferenceRunSettings,
    price: Price,
    *,
    responses: Path,
    progress: Progress,
) -> tuple[list[ScoredRow], ReferenceSummary]:
    """Ask every question as often as the settings say.

    Raises:
        UnmeasurableError: if the reference has no address, or a prompt may be longer than its price holds for.
        MissingKeyError: if its key isn't set.
        UnansweredError: if a question got no answer, or the budget is spent.
    """
    endpoint = reference_endpoint(reference, task.name)
    examples = sampled_examples(task.test_examples, settings.max_questions, settings.sample_seed)
    requests = [
        ChatRequest(
            base_url=endpoint.base_url,
            model=reference.model,
            messages=tuple(task.kind.prompt(task, example)),
            max_output_tokens=reference.max_output_tokens,
            temperature=reference.temperature,
            repeat=repeat,
            name=f"example {example.id} (repeat {repeat})",
        )
        for repeat in range(1, settings.repeats + 1)
        for example in examples
    ]
    _require_price_to_hold(requests, price)
    folder = ResponseFolder(responses)
    chat = RecordedChat(
        endpoint,
        folder,
        TokenPrices(price.input_per_million, price.output_per_million, price.cached_input_per_million),
        settings,
        budget_setting="reference_scoring.budget_dollars",
        report=lambda message: progress.report(f"{reference.slug}: {message}"),
    )
    answers = asyncio.run(chat.ask_all(requests))
    rows = [
        row
        for repeat in range(1, settings.repeats + 1)
        for row in score_repeat(
            task, reference, examples, answers[(repeat - 1) * len(examples) : repeat * len(examples)], repeat
        )
    ]
    summary = summarise_reference(
        task, rows, settings, price, answering_models=sorted({answer.model for answer in answers if answer.model})
    )
    progress.report(
        f"{reference.slug}: {summary.accuracy:.1%} right over {settings.repeats} x {len(examples)} "
        f"{task.kind.question_noun}s; this run spent ${chat.spent_dollars:.4f}, the answers cost "
        f"${summary.dollars_spent:.4f} when they were asked",
        final=True,
    )
    return rows, summary


def _require_price_to_hold(requests: list[ChatRequest], price: Price) -> None:
    limit = price.valid_up_to_input_tokens
    longest = max(requests, key=lambda request: most_input_tokens(request.messages))
    if limit is not None and most_input_tokens(longest.messages) > limit:
        raise UnmeasurableError(
            f"the price of {price.model.slug} holds for prompts up to {limit} tokens, and {longest.name} may have "
            f"{most_input_tokens(longest.messages)}: leave this reference out for this task"
        )


def main() -> int:
    """Measure the reference; exit code 1 with one sentence if it can't be."""
    parser = argparse.ArgumentParser(description="Asks a model behind an API the test questions of a task.")
    parser.add_argument("--task-folder", required=True, type=Path)
    parser.add_argument("--reference", required=True, type=ReferenceModel.model_validate_json, help="as JSON")
    parser.add_argument("--settings", required=True, type=ReferenceRunSettings.model_validate_json, help="as JSON")
    parser.add_argument("--prices", required=True, type=PRICE.validate_json, help="the price of the reference, as JSON")
    parser.add_argument("--responses", required=True, type=Path, help="folder of all recorded answers")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")
    parser.add_argument("--judge", type=JudgeSettings.model_validate_json, help="as JSON")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        with worker_progress() as progress:
            if options.judge:
                options.judge.api_key()  # a missing key is told before anything is paid for
            task = load_task(options.task_folder)
            rows, summary = run_reference(
                task,
                options.reference,
                options.settings,
                options.prices,
                responses=options.responses,
                progress=progress,
            )
            if options.judge and (
                judged := judge_rows(task, rows, options.judge, options.responses, report=progress.report)
            ):
                rows, report = judged
                write_judge_report(report, options.output)
            write_reference_scores(rows, summary, options.output)
    except (TaskFolderError, UnmeasurableError, MissingKeyError, UnknownModelError, UnansweredError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
