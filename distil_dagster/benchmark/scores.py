"""From answers to scores: one row per question and arm, and one summary per arm."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from distil_dagster.benchmark.intervals import proportion
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.settings import ArmSummary, BenchmarkSummary
from distil_dagster.tasks import Example, Task
from distil_dagster.tasks.rows import canonical_json

if TYPE_CHECKING:
    import pyarrow as pa


def chosen_examples(task: Task, max_conversations: int | None, random_seed: int) -> list[Example]:
    """The questions of the test set, or of a random choice of its conversations, in the order of the set."""
    examples = list(task.test_examples)
    conversations = sorted({example.conversation_id for example in examples})
    if max_conversations is None or max_conversations >= len(conversations):
        return examples
    chosen = set(random.Random(random_seed).sample(conversations, max_conversations))
    return [example for example in examples if example.conversation_id in chosen]


def score_arm(task: Task, arm: str, examples: Sequence[Example], predictions: Sequence[Prediction]) -> "pa.Table":
    """One row per question: prompt, target, prediction, every metric, latency and tokens."""
    import pyarrow as pa

    columns: dict[str, list[object]] = {}
    for example, prediction in zip(examples, predictions, strict=True):
        problems = task.kind.output_problems(task, prediction.text)
        row: dict[str, object] = {
            "arm": arm,
            "example_id": example.id,
            "conversation_id": example.conversation_id,
            "turn": example.turn,
            "prompt": canonical_json([message.as_dict() for message in task.kind.prompt(task, example)]),
            "target": example.target,
            "prediction": prediction.text,
            "valid": not problems,
            "invalid_reason": "; ".join(problems) or None,
            **task.kind.score(task, example.target, prediction.text),
            "latency_seconds": prediction.latency_seconds,
            "input_tokens": prediction.input_tokens,
            "output_tokens": prediction.output_tokens,
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    table = pa.table(columns)
    return table.set_column(
        table.schema.get_field_index("invalid_reason"),
        pa.field("invalid_reason", pa.string()),
        table["invalid_reason"].cast(pa.string()),
    )


def summarise_arm(task: Task, arm: str, table: "pa.Table") -> ArmSummary:
    """The arm's shares with their intervals, over turns and over whole conversations."""
    import pyarrow.compute as pc

    right = pc.equal(table[task.kind.deciding_metric], 1.0).to_pylist()
    by_conversation: dict[str, bool] = {}
    for conversation, is_right in zip(table["conversation_id"].to_pylist(), right, strict=True):
        by_conversation[conversation] = by_conversation.get(conversation, True) and is_right
    turns = proportion(sum(right), len(right))
    conversations = proportion(sum(by_conversation.values()), len(by_conversation))
    mean = {
        name: float(pc.mean(table[name].cast("float64")).as_py())
        for name in ("binary_tool_call", "staged_tool_call", "input_tokens", "output_tokens")
    }
    return ArmSummary(
        arm=arm,
        correct=turns.right,
        n_turns=turns.n,
        n_conversations=conversations.n,
        accuracy=turns.share,
        low=turns.low,
        high=turns.high,
        conversations_right=conversations.right,
        conversation_accuracy=conversations.share,
        conversation_low=conversations.low,
        conversation_high=conversations.high,
        binary_tool_call=mean["binary_tool_call"],
        staged_tool_call=mean["staged_tool_call"],
        valid_share=sum(table["valid"].to_pylist()) / table.num_rows,
        mean_input_tokens=mean["input_tokens"],
        mean_output_tokens=mean["output_tokens"],
    )


def write_scores(task: Task, tables: Mapping[str, "pa.Table"], output: Path) -> BenchmarkSummary:
    """Write `scores.parquet` over all arms and `summary.json`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    summary = BenchmarkSummary(
        metric=task.kind.deciding_metric,
        test_conversations=len({example.conversation_id for example in task.test_examples}),
        arms=tuple(summarise_arm(task, arm, table) for arm, table in tables.items()),
    )
    pq.write_table(pa.concat_tables(tables.values()), output / "scores.parquet")
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary
