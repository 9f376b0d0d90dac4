"""From a reference's answers to scores: one row per question and repeat, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from distil_dagster.benchmark.predict import Prediction, prompt_sha256
from distil_dagster.benchmark.reference_settings import ReferenceRunSettings, ReferenceSummary, RepeatScores
from distil_dagster.benchmark.scores import ScoredRow, score_arm
from distil_dagster.benchmark.statistics import between_seeds
from distil_dagster.costs.price_book import Price, ReferenceModel
from distil_dagster.serving.budget import MILLION
from distil_dagster.serving.recorded import RecordedAnswer
from distil_dagster.tasks import Example, Task

CUT_OFF = "length"
"""The API's word for an answer that ended at its limit."""


def score_repeat(
    task: Task, reference: ReferenceModel, examples: Sequence[Example], answers: Sequence[RecordedAnswer], repeat: int
) -> list[ScoredRow]:
    """Score one repeat, whose answers stand in the order of the examples: the rows of an arm, with more columns."""
    predictions = [
        Prediction(
            example.id,
            prompt_sha256(task.kind.prompt(task, example)),
            answer.text,
            answer.latency_seconds,
            answer.usage.input_tokens,
            answer.usage.output_tokens,
        )
        for example, answer in zip(examples, answers, strict=True)
    ]
    return [
        {
            **row,
            "repeat": repeat,
            "reasoning_tokens": answer.usage.reasoning_tokens,
            "cached_tokens": answer.usage.cached_tokens,
            "usage_suspect": answer.usage.suspect is not None,
            "finish_reason": answer.finish_reason,
            "cost_dollars": answer.dollars,
            "request_sha256": answer.request_sha256,
            "response_sha256": answer.response_sha256,
        }
        for row, answer in zip(score_arm(task, reference.slug, examples, predictions), answers, strict=True)
    ]


def summarise_reference(
    task: Task,
    rows: Sequence[ScoredRow],
    settings: ReferenceRunSettings,
    price: Price,
    *,
    answering_models: Sequence[str],
) -> ReferenceSummary:
    """What the rows of all repeats come to; there must be one."""
    metric = task.kind.deciding_metric
    repeats = sorted({row["repeat"] for row in rows})
    outcomes = {
        str(repeat): {row["example_id"]: row[metric] for row in rows if row["repeat"] == repeat} for repeat in repeats
    }
    clusters = {row["example_id"]: row["cluster"] for row in rows}
    spread = between_seeds(outcomes, clusters)
    asked, test_rows = len({row["row_id"] for row in rows}), len({example.row.id for example in task.test_examples})
    return ReferenceSummary(
        reference=price.model.slug,
        display_name=price.model.display_name,
        model=price.model.model,
        answering_models=tuple(answering_models),
        metric=metric,
        question_noun=task.kind.question_noun,
        cluster_noun=task.kind.cluster_noun,
        test_rows=test_rows,
        asked_rows=asked,
        sample_seed=settings.sample_seed if asked < test_rows else None,
        n_questions=len(clusters),
        n_clusters=len(set(clusters.values())),
        repeats=RepeatScores.model_validate(asdict(spread.seeds)),
        low=spread.items.low,
        high=spread.items.high,
        metrics={name: fmean(row[name] for row in rows) for name in task.kind.metrics},
        verdicts=dict(Counter(row["verdict"] for row in rows).most_common()),
        valid_share=fmean(row["valid"] for row in rows),
        cut_off=sum(row["finish_reason"] == CUT_OFF for row in rows),
        mean_input_tokens=fmean(row["input_tokens"] for row in rows),
        mean_output_tokens=fmean(row["output_tokens"] for row in rows),
        mean_reasoning_tokens=fmean(row["reasoning_tokens"] for row in rows),
        usage_suspect=sum(row["usage_suspect"] for row in rows),
        # Two questions with the same prompt share an answer, which was paid for once.
        dollars_spent=sum({row["request_sha256"]: row["cost_dollars"] for row in rows}.values()),
        dollars_per_million_requests=fmean(row["cost_dollars"] for row in rows) * MILLION,
        price_source=price.source,
    )


def write_reference_scores(rows: Sequence[ScoredRow], summary: ReferenceSummary, output: Path) -> None:
    """Write `scores.parquet` over all repeats and, last, `summary.json`."""
    import pandas as pd

    table = pd.DataFrame(list(rows)).astype({"invalid_reason": "string", "finish_reason": "string"})
    table.to_parquet(output / "scores.parquet", index=False)
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
