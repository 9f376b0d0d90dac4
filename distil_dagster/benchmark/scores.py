"""From predictions to scores: one row per question and arm, and what they come to."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.settings import ArmSummary, BenchmarkSummary
from distil_dagster.tasks import Example, Task
from distil_dagster.tasks.sampling import drawn_rows

ScoredRow = dict[str, Any]
"""A row of scores.parquet: what was asked, expected and answered, a column per metric of the kind, and what it took."""


def sampled_examples(task: Task, max_questions: int | None, seed: int) -> list[Example]:
    """The questions of the test set, or those of conversations drawn under the seed, in the set's order."""
    counts = Counter(example.conversation_id for example in task.test_examples)
    conversations = list(counts)
    positions = drawn_rows(list(counts.values()), max_questions, random.Random(seed))
    drawn = {conversations[position] for position in positions}
    return [example for example in task.test_examples if example.conversation_id in drawn]


def score_arm(task: Task, arm: str, examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[ScoredRow]:
    """Score an arm's predictions, which stand in the order of the examples."""
    rows = []
    for example, prediction in zip(examples, predictions, strict=True):
        problems = task.kind.output_problems(task, prediction.text)
        rows.append(
            {
                "arm": arm,
                "example_id": example.id,
                "conversation_id": example.conversation_id,
                "turn": example.turn,
                "prompt": json.dumps(
                    [message.as_dict() for message in task.kind.prompt(task, example)], ensure_ascii=False
                ),
                "target": example.target,
                "prediction": prediction.text,
                "valid": not problems,
                "invalid_reason": "; ".join(problems) or None,
                **task.kind.score(task, example.target, prediction.text),
                "latency_seconds": prediction.latency_seconds,
                "input_tokens": prediction.input_tokens,
                "output_tokens": prediction.output_tokens,
            }
        )
    return rows


def summarise_arm(task: Task, arm: str, rows: Sequence[ScoredRow]) -> ArmSummary:
    """What the rows of one arm come to; there must be one."""
    right = [row[task.kind.deciding_metric] == 1.0 for row in rows]
    conversations: dict[str, bool] = {}
    for row, is_right in zip(rows, right, strict=True):
        conversations[row["conversation_id"]] = conversations.get(row["conversation_id"], True) and is_right
    correct, conversations_right = sum(right), sum(conversations.values())
    low, high = wilson_interval(correct, len(rows))
    conversation_low, conversation_high = wilson_interval(conversations_right, len(conversations))
    return ArmSummary(
        arm=arm,
        correct=correct,
        n_turns=len(rows),
        n_conversations=len(conversations),
        accuracy=correct / len(rows),
        low=low,
        high=high,
        conversations_right=conversations_right,
        conversation_accuracy=conversations_right / len(conversations),
        conversation_low=conversation_low,
        conversation_high=conversation_high,
        binary_tool_call=fmean(row["binary_tool_call"] for row in rows),
        staged_tool_call=fmean(row["staged_tool_call"] for row in rows),
        valid_share=fmean(row["valid"] for row in rows),
        mean_input_tokens=fmean(row["input_tokens"] for row in rows),
        mean_output_tokens=fmean(row["output_tokens"] for row in rows),
    )


def write_scores(rows: Sequence[ScoredRow], summary: BenchmarkSummary, output: Path) -> None:
    """Write `scores.parquet` over all arms and, last, `summary.json`."""
    import pandas as pd

    table = pd.DataFrame(list(rows)).astype({"invalid_reason": "string"})
    table.to_parquet(output / "scores.parquet", index=False)
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
