"""From predictions to scores: every row can be checked by hand, and the shares are those of the rows."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.scores import sampled_examples, score_arm, summarise, summarise_arm, write_scores
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.benchmark.statistics import clustered_interval
from distil_dagster.tasks import Example, Task, load_task


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


def prediction(example: Example, text: str) -> Prediction:
    return Prediction(example.id, "", text, latency_seconds=0.5, input_tokens=100, output_tokens=len(text))


def predictions(task: Task, wrong: dict[int, str]) -> list[Prediction]:
    """The right answers, but for those at the given positions."""
    return [
        prediction(example, wrong.get(position, example.target)) for position, example in enumerate(task.test_examples)
    ]


def test_a_row_holds_what_was_asked_expected_answered_and_judged(task: Task) -> None:
    wrong = {1: "I can't", 2: '{"name": "set_lights", "parameters": {"room": "attic"}}'}
    rows = score_arm(task, "base", task.test_examples, predictions(task, wrong))
    example = task.test_examples[0]
    assert rows[0] == {
        "arm": "base",
        "training_seed": 0,
        "example_id": example.id,
        "row_id": example.row.id,
        "cluster": example.cluster,
        "turn": 1,
        "prompt": json.dumps([message.as_dict() for message in task.kind.prompt(task, example)], ensure_ascii=False),
        "target": example.target,
        "prediction": example.target,
        "target_label": "stop",
        "label": "stop",
        "verdict": "right",
        "valid": True,
        "invalid_reason": None,
        "tool_call_equivalence": 1.0,
        "binary_tool_call": 1.0,
        "staged_tool_call": 1.0,
        "latency_seconds": 0.5,
        "input_tokens": 100,
        "output_tokens": len(example.target),
    }
    assert not rows[1]["valid"]
    assert "not JSON" in rows[1]["invalid_reason"]
    assert rows[1]["tool_call_equivalence"] == rows[1]["staged_tool_call"] == 0.0
    assert not rows[2]["valid"]
    assert "attic" in rows[2]["invalid_reason"]


def test_a_conversation_is_right_only_if_all_its_turns_are(task: Task) -> None:
    examples = task.test_examples
    turns = len(examples)
    conversations = {example.cluster for example in examples}
    both = [number for number, example in enumerate(examples) if example.cluster == examples[0].cluster]
    other = next(n for n, example in enumerate(examples) if example.cluster != examples[0].cluster)
    rows = score_arm(task, "base", examples, predictions(task, dict.fromkeys([*both, other], "no")))
    summary = summarise_arm(task, "base", rows)
    assert (summary.n_questions, summary.n_clusters) == (turns, len(conversations))
    assert summary.correct == turns - len(both) - 1
    assert summary.clusters_right == len(conversations) - 2
    assert summary.accuracy == summary.correct / turns
    assert (summary.low, summary.high) == clustered_interval(
        [row["tool_call_equivalence"] for row in rows], [row["cluster"] for row in rows]
    )
    assert summary.metrics["tool_call_equivalence"] == pytest.approx(summary.accuracy)
    assert summary.verdicts == {"right": summary.correct, "invalid": len(both) + 1}
    assert (summary.cluster_low, summary.cluster_high) == wilson_interval(summary.clusters_right, len(conversations))
    assert summary.valid_share == pytest.approx(summary.accuracy)
    assert summary.mean_input_tokens == 100


def test_tables_and_summary_can_be_read_back(task: Task, tmp_path: Path) -> None:
    rows = [
        row
        for arm, wrong in (("base", {0: "no", 3: "{}"}), ("distilled", {}))
        for row in score_arm(task, arm, task.test_examples, predictions(task, wrong))
    ]
    written = summarise(task, rows, sample_seed=0)
    write_scores(rows, written, tmp_path)
    summary = BenchmarkSummary.model_validate_json((tmp_path / "summary.json").read_text())
    assert summary == written
    assert summary.arm("seeds_only") is None
    assert summary.best_arm.arm == "distilled"
    assert summary.best_arm.accuracy == 1.0
    table = pd.read_parquet(tmp_path / "scores.parquet")
    assert len(table) == 2 * len(task.test_examples)
    assert table["invalid_reason"].notna().sum() == (~table["valid"]).sum() == 2
    for arm in summary.arms:
        mean = table[table["arm"] == arm.arm][summary.metric].mean()
        assert mean == pytest.approx(arm.accuracy)


def test_every_arm_is_compared_with_those_before_it_on_the_same_questions(task: Task) -> None:
    wrong: dict[str, dict[int, str]] = {"base": {0: "no", 2: "no", 5: "no"}, "seeds_only": {2: "no"}, "distilled": {}}
    rows = [row for arm in wrong for row in score_arm(task, arm, task.test_examples, predictions(task, wrong[arm]))]
    summary = summarise(task, rows, sample_seed=0)
    assert [(pair.first, pair.second) for pair in summary.comparisons] == [
        ("seeds_only", "base"),
        ("distilled", "base"),
        ("distilled", "seeds_only"),
    ]
    gain = summary.comparison("distilled", "base")
    assert gain is not None
    assert (gain.n, gain.only_first, gain.only_second) == (len(task.test_examples), 3, 0)
    assert gain.difference == pytest.approx(3 / len(task.test_examples))
    assert gain.low <= gain.difference <= gain.high
    assert summary.comparison("base", "distilled") is None


def test_further_trainings_of_an_arm_are_its_spread_and_not_its_score(task: Task) -> None:
    rows = score_arm(task, "base", task.test_examples, predictions(task, {}))
    for number, wrong in enumerate([{0: "no"}, {0: "no", 1: "no"}, {}]):
        rows += score_arm(task, "distilled", task.test_examples, predictions(task, wrong), training_seed=number)
    summary = summarise(task, rows, sample_seed=0)
    n = len(task.test_examples)
    assert [arm.n_questions for arm in summary.arms] == [n, n]
    assert summary.best_arm.correct == n - 1
    (spread,) = summary.spreads
    assert spread.arm == "distilled"
    assert spread.values == pytest.approx(((n - 1) / n, (n - 2) / n, 1.0))
    assert spread.standard_deviation == pytest.approx(1 / n)
    assert spread.low <= spread.mean <= spread.high


def test_a_sample_tells_its_seed_and_how_many_rows_it_asked_about(task: Task) -> None:
    examples = sampled_examples(task.test_examples, 8, seed=3)
    asked = {example.row.id for example in examples}
    rows = score_arm(task, "base", examples, [prediction(example, example.target) for example in examples])
    summary = summarise(task, rows, sample_seed=3)
    assert (summary.test_rows, summary.asked_rows, summary.sample_seed) == (len(task.tests), len(asked), 3)
    whole = score_arm(task, "base", task.test_examples, predictions(task, {}))
    assert summarise(task, whole, sample_seed=3).sample_seed is None


def test_a_table_without_invalid_answers_keeps_its_columns_types(task: Task, tmp_path: Path) -> None:
    rows = score_arm(task, "distilled", task.test_examples, predictions(task, {}))
    write_scores(rows, summarise(task, rows, sample_seed=0), tmp_path)
    assert pd.read_parquet(tmp_path / "scores.parquet")["invalid_reason"].dtype == "string"


def test_a_sample_holds_whole_conversations_in_order_and_is_the_same_every_time(task: Task) -> None:
    everything = list(task.test_examples)
    sample = sampled_examples(task.test_examples, 8, seed=3)
    drawn = {example.cluster for example in sample}
    assert 5 <= len(sample) <= 8
    assert sample == [example for example in everything if example.cluster in drawn]
    assert sample == sampled_examples(task.test_examples, 8, seed=3) != sampled_examples(everything, 8, seed=4)
    assert (
        sampled_examples(task.test_examples, None, seed=3) == sampled_examples(everything, 10_000, seed=3) == everything
    )
