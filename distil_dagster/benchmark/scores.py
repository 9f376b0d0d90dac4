"""From predictions to scores: one row per question and arm, and what they come to."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.settings import ArmComparison, ArmSpread, ArmSummary, BenchmarkSummary
from distil_dagster.benchmark.statistics import SeedSpread, between_seeds, clustered_interval, paired_comparison
from distil_dagster.tasks import Example, Task
from distil_dagster.tasks.sampling import drawn_rows

ScoredRow = dict[str, Any]
"""A row of scores.parquet: what was asked, expected and answered, a column per metric of the kind, and what it took."""


def sampled_examples(examples: Sequence[Example], max_questions: int | None, seed: int) -> list[Example]:
    """The questions, or those of test rows drawn among theirs under the seed, in their order."""
    counts = Counter(example.row.id for example in examples)
    rows = list(counts)
    positions = drawn_rows(list(counts.values()), max_questions, random.Random(seed))
    drawn = {rows[position] for position in positions}
    return [example for example in examples if example.row.id in drawn]


def score_arm(
    task: Task,
    arm: str,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    *,
    training_seed: int = 0,
) -> list[ScoredRow]:
    """Score an arm's predictions, which stand in the order of the examples.

    `training_seed` numbers the trainings of the arm that differ by their random seed alone.
    """
    rows = []
    for example, prediction in zip(examples, predictions, strict=True):
        score = task.kind.score(task, example, prediction.text)
        rows.append(
            {
                "arm": arm,
                "training_seed": training_seed,
                "example_id": example.id,
                "row_id": example.row.id,
                "cluster": example.cluster,
                "turn": example.turn,
                "prompt": json.dumps(
                    [message.as_dict() for message in task.kind.prompt(task, example)], ensure_ascii=False
                ),
                "target": example.target,
                "prediction": prediction.text,
                "target_label": task.kind.label(example.target),
                "label": task.kind.label(prediction.text),
                "verdict": score.verdict,
                "valid": not score.problems,
                "invalid_reason": "; ".join(score.problems) or None,
                **score.metrics,
                "latency_seconds": prediction.latency_seconds,
                "input_tokens": prediction.input_tokens,
                "output_tokens": prediction.output_tokens,
            }
        )
    return rows


def summarise(task: Task, rows: Sequence[ScoredRow], *, sample_seed: int) -> BenchmarkSummary:
    """What the rows of all arms come to, each by itself and each pair on the same questions.

    Args:
        task: the task that was asked about.
        rows: of all arms, in the order in which the arms are shown.
        sample_seed: under which the questions were drawn, should they be a sample.
    """
    metric = task.kind.deciding_metric
    by_arm: dict[str, list[ScoredRow]] = {}
    runs: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        runs.setdefault(row["arm"], {}).setdefault(str(row["training_seed"]), {})[row["example_id"]] = row[metric]
        if row["training_seed"] == 0:
            by_arm.setdefault(row["arm"], []).append(row)
    outcomes = {arm: {row["example_id"]: row[metric] for row in its} for arm, its in by_arm.items()}
    clusters = {row["example_id"]: row["cluster"] for row in rows}
    asked = len({row["row_id"] for row in rows})
    test_rows = len({example.row.id for example in task.test_examples})
    return BenchmarkSummary(
        metric=metric,
        question_noun=task.kind.question_noun,
        cluster_noun=task.kind.cluster_noun,
        test_rows=test_rows,
        asked_rows=asked,
        sample_seed=sample_seed if asked < test_rows else None,
        arms=tuple(summarise_arm(task, arm, its) for arm, its in by_arm.items()),
        comparisons=tuple(
            ArmComparison(
                first=first, second=second, **asdict(paired_comparison(outcomes[first], outcomes[second], clusters))
            )
            for second, first in combinations(by_arm, 2)
        ),
        spreads=tuple(_spread(arm, between_seeds(its, clusters)) for arm, its in runs.items() if len(its) > 1),
    )


def _spread(arm: str, spread: SeedSpread) -> ArmSpread:
    return ArmSpread(
        arm=arm,
        values=spread.seeds.values,
        mean=spread.seeds.mean,
        standard_deviation=spread.seeds.standard_deviation or 0.0,
        low=spread.items.low,
        high=spread.items.high,
    )


def summarise_arm(task: Task, arm: str, rows: Sequence[ScoredRow]) -> ArmSummary:
    """What the rows of one arm come to; there must be one."""
    outcomes = [row[task.kind.deciding_metric] for row in rows]
    names = [row["cluster"] for row in rows]
    clusters: dict[str, bool] = {}
    for name, outcome in zip(names, outcomes, strict=True):
        clusters[name] = clusters.get(name, True) and outcome == 1.0
    correct, clusters_right = outcomes.count(1.0), sum(clusters.values())
    low, high = clustered_interval(outcomes, names)
    cluster_low, cluster_high = wilson_interval(clusters_right, len(clusters))
    return ArmSummary(
        arm=arm,
        correct=correct,
        n_questions=len(rows),
        n_clusters=len(clusters),
        accuracy=correct / len(rows),
        low=low,
        high=high,
        clusters_right=clusters_right,
        cluster_accuracy=clusters_right / len(clusters),
        cluster_low=cluster_low,
        cluster_high=cluster_high,
        metrics={name: fmean(row[name] for row in rows) for name in task.kind.metrics},
        verdicts=dict(Counter(row["verdict"] for row in rows).most_common()),
        valid_share=fmean(row["valid"] for row in rows),
        mean_input_tokens=fmean(row["input_tokens"] for row in rows),
        mean_output_tokens=fmean(row["output_tokens"] for row in rows),
    )


def write_scores(rows: Sequence[ScoredRow], summary: BenchmarkSummary, output: Path) -> None:
    """Write `scores.parquet` over all arms and, last, `summary.json`."""
    import pandas as pd

    table = pd.DataFrame(list(rows)).astype({"invalid_reason": "string", "target_label": "string", "label": "string"})
    table.to_parquet(output / "scores.parquet", index=False)
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
