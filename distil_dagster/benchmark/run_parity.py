"""Answers the benchmark's questions with base and adapter, and compares with what the served models answered.

    python -m distil_dagster.benchmark.run_parity --task-folder DIR --base-model JSON --cache DIR --adapter DIR
        --scores DIR --max-output-tokens N --settings JSON --device cpu|cuda --output DIR

`--scores` is a folder of `benchmark_scores` with the arm `distilled`, and maybe `quantised`. Writes `parity.parquet`
and, last, `summary.json` (`parity.ParitySummary`).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from distil_dagster.benchmark.parity import (
    MERGED,
    PARITY,
    QUANTISED,
    ParitySettings,
    ParitySummary,
    arm_parity,
    compared_answers,
)
from distil_dagster.benchmark.scores import sampled_examples
from distil_dagster.progress import Progress
from distil_dagster.students.settings import BASE_MODEL_SOURCE
from distil_dagster.students.worker import run_worker
from distil_dagster.tasks import load_task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def main(arguments: list[str] | None = None) -> int:
    """Compare; returns the exit code, which is 0 for a model that does not agree, too."""
    parser = argparse.ArgumentParser(description="Compare a served model with its adapter.")
    parser.add_argument("--task-folder", required=True, type=Path, help="the task that was asked about")
    parser.add_argument("--base-model", required=True, type=BASE_MODEL_SOURCE.validate_json, help="as JSON")
    parser.add_argument("--cache", required=True, type=Path, help="folder for converted and downloaded models")
    parser.add_argument("--adapter", required=True, type=Path, help="folder of a PEFT adapter")
    parser.add_argument("--scores", required=True, type=Path, help="folder with scores.parquet")
    parser.add_argument("--max-output-tokens", type=int, help="where the server cut answers off")
    parser.add_argument("--settings", required=True, type=ParitySettings.model_validate_json, help="as JSON")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="CUDA where there is one, if not given")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")
    options = parser.parse_args(arguments)
    return run_worker(lambda progress: _compare(options, progress))


def _compare(options: argparse.Namespace, progress: Progress) -> None:
    import pandas as pd
    from transformers import AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    from distil_dagster.students.base_model import resolve_base_model
    from distil_dagster.students.greedy import greedy_answers
    from distil_dagster.students.precision import choose_precision

    disable_progress_bar()
    task, settings = load_task(options.task_folder), options.settings
    asked = pd.read_parquet(options.scores / "scores.parquet").query("training_seed == 0")
    served = {
        arm: dict(zip(its["example_id"], its["prediction"], strict=True))
        for arm in (MERGED, QUANTISED)
        if len(its := asked[asked["arm"] == arm])
    }
    examples = sampled_examples(
        [example for example in task.test_examples if example.id in served[MERGED]],
        settings.max_questions,
        settings.sample_seed,
    )
    base_model, precision = resolve_base_model(options.base_model, options.cache), choose_precision(options.device)
    answers: dict[str, str] = {}
    for example, answer in zip(
        examples,
        greedy_answers(
            base_model,
            options.adapter,
            [task.kind.prompt(task, example) for example in examples],
            max_output_tokens=options.max_output_tokens or task.answer_token_limit,
            precision=precision,
        ),
        strict=True,
    ):
        answers[example.id] = answer
        progress.report(f"base and adapter: {len(answers)} of {len(examples)} answers")
    tokenizer = AutoTokenizer.from_pretrained(base_model)
    clusters = {example.id: example.cluster for example in examples}
    compared = {
        arm: compared_answers(task, examples, answers, its, lambda text: _tokens(tokenizer, text), arm=arm)
        for arm, its in served.items()
    }
    summary = ParitySummary(
        arms=tuple(arm_parity(rows, clusters, settings) for rows in compared.values()),
        device=str(precision.device),
        dtype=precision.dtype_name,
    )
    pd.DataFrame([asdict(row) for rows in compared.values() for row in rows]).to_parquet(
        options.output / PARITY, index=False
    )
    (options.output / "summary.json").write_text(summary.model_dump_json(indent=2))
    for arm in summary.arms:
        progress.report(
            f"{arm.arm}: {arm.same_prediction} of {arm.questions} answers agree, "
            f"{arm.token_agreement:.1%} of the tokens",
            final=True,
        )


def _tokens(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


if __name__ == "__main__":
    sys.exit(main())
