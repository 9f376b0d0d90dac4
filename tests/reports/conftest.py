"""A report with everything that can happen to one: measured, half measured and unmeasured tasks and students."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from distil_dagster.costs.cost_table import CostRow, RequestTokens, ServedStudent, cost_rows
from distil_dagster.costs.price_book import Price, ReferenceModel
from distil_dagster.reports.report_input import (
    ArmScore,
    Comparison,
    CorpusFunnel,
    CurvePoint,
    ProvenanceRow,
    Rejection,
    ReportInput,
    ServingSummary,
    StudentReport,
    TaskReport,
    TrainingCurve,
)


def _arm(name: str, correct: int, *, clusters_right: int) -> ArmScore:
    accuracy, whole = correct / 40, clusters_right / 10
    return ArmScore(
        arm=name,
        correct=correct,
        n_questions=40,
        n_clusters=10,
        accuracy=accuracy,
        low=max(0, accuracy - 0.1),
        high=min(1, accuracy + 0.1),
        clusters_right=clusters_right,
        cluster_accuracy=whole,
        cluster_low=max(0, whole - 0.2),
        cluster_high=min(1, whole + 0.2),
        valid_share=0.9,
        metrics={"tool_call_equivalence": accuracy, "staged_tool_call": min(1, accuracy + 0.05)},
        verdicts={"right": correct, "other arguments": 40 - correct},
    )


def _curve(arm: str, steps: int) -> TrainingCurve:
    points = [
        CurvePoint(step=step, examples=8 * step, loss=2 / step, held_back_loss=2.2 / step if step % 10 == 0 else None)
        for step in range(1, steps + 1)
    ]
    return TrainingCurve.model_validate({"arm": arm, "points": points})


@pytest.fixture(scope="session")
def measured_student() -> StudentReport:
    return StudentReport(
        name="tiny-135m",
        arms=(
            _arm("distilled", 38, clusters_right=8),
            _arm("base", 0, clusters_right=0),
            _arm("seeds_only", 25, clusters_right=3),
        ),
        comparisons=(
            Comparison(
                first="distilled",
                second="seeds_only",
                n=40,
                only_first=15,
                only_second=2,
                difference=0.325,
                low=0.15,
                high=0.47,
                p_value=0.0023,
                method="exact sign-flip test of clusters",
            ),
        ),
        curves=(_curve("distilled", 4_000), _curve("seeds_only", 30)),
        serving=ServingSummary(
            engine="transformers",
            engine_version="5.23",
            device="2 CPU cores",
            method="closed loop",
            concurrency=4,
            requests=200,
            failed=3,
            requests_per_second=3.4,
            p50_seconds=0.9,
            p95_seconds=1.6,
            p99_seconds=2.1,
            memory_mib=612.0,
        ),
    )


@pytest.fixture(scope="session")
def cost_rows_of_task(measured_student: StudentReport) -> tuple[CostRow, ...]:
    distilled = measured_student.arms[0]
    return cost_rows(
        students=[
            ServedStudent(
                student=measured_student.name,
                device="2 CPU cores",
                device_dollars_per_hour=0.10,
                requests_per_second=3.4,
                method="closed loop",
                input_tokens=800,
                output_tokens=24,
                accuracy=distilled.accuracy,
                accuracy_low=distilled.low,
                accuracy_high=distilled.high,
            )
        ],
        prices=[_price("Claude Haiku 4.5", 1.0, 5.0), _price("GPT-5 nano", 0.05, 0.40)],
        request=RequestTokens(input_tokens=800, output_tokens=24, counted_by="tiny-135m's tokenizer"),
    )


def _price(name: str, input_per_million: float, output_per_million: float) -> Price:
    return Price(
        model=ReferenceModel(slug="an-api", display_name=name, provider="openai", model="an-api"),
        input_per_million=input_per_million,
        output_per_million=output_per_million,
        valid_up_to_input_tokens=None,
        source="genai-prices 0.2.3",
        as_of=date(2026, 11, 24),
    )


@pytest.fixture(scope="session")
def measured_task(measured_student: StudentReport, cost_rows_of_task: tuple[CostRow, ...]) -> TaskReport:
    return TaskReport(
        name="smart_home",
        kind="multi-turn-tool-calling-closed-book",
        description="Turn what a resident says into one call.",
        seeds=50,
        metric="tool_call_equivalence",
        question_noun="turn",
        cluster_noun="conversation",
        teacher="recombination",
        corpus=CorpusFunnel(
            generated=1_210, rejections=(Rejection(rejected_by="near_duplicate", rows=210),), kept=1_000
        ),
        students=(StudentReport(name="unseen-4b"), measured_student),
        costs=cost_rows_of_task,
    )


@pytest.fixture(scope="session")
def half_measured_task() -> TaskReport:
    return TaskReport(
        name="git_assistant",
        kind="tool-calling-closed-book",
        description="Say it in git.",
        seeds=43,
        metric="tool_call_equivalence",
        students=(StudentReport(name="tiny-135m", arms=(_arm("seeds_only", 20, clusters_right=4),)),),
    )


@pytest.fixture(scope="session")
def unmeasured_task() -> TaskReport:
    return TaskReport(name="banking", kind="classification", description="Name it.", seeds=48, metric="exact_match")


@pytest.fixture(scope="session")
def report(measured_task: TaskReport, half_measured_task: TaskReport, unmeasured_task: TaskReport) -> ReportInput:
    return ReportInput(
        created=datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
        profile="embedded",
        code_version="0.1.0",
        interval_method="Wilson, over turns",
        tasks=(measured_task, half_measured_task, unmeasured_task),
        provenance=tuple(
            ProvenanceRow(
                number=f"something from {asset}",
                asset=asset,
                partition=partition,
                fingerprint=fingerprint * 16,
                code_version="1",
                created=datetime(2026, 11, 24, 6, 15, tzinfo=UTC),
                rows=rows,
            )
            for asset, partition, fingerprint, rows in (
                ("benchmark_scores", "tiny-135m|smart_home", "abcd", 120),
                ("cost_table", "smart_home", "1234", 5),
                ("price_book", None, "5678", 2),
                ("price_book", None, "9abc", None),
            )
        ),
    )
