"""A report with everything that can happen to one: measured, half measured and unmeasured tasks and students."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from distil_dagster.benchmark.settings import ArmSpread
from distil_dagster.costs.api_cost import RequestTokens
from distil_dagster.costs.cost_table import CostRow, MeasuredReference, PublishedAccuracy, cost_rows
from distil_dagster.reports.report_input import (
    CorpusFunnel,
    ProvenanceRow,
    Rejection,
    ReportInput,
    StudentReport,
    StudentVerdict,
    TaskReport,
)
from tests.reports.parts import (
    arm_score,
    comparison,
    judge_report,
    label_report,
    price,
    reference_score,
    serving_summary,
    training_curve,
)
from tests.reports.priced_task import priced, served

QUESTION_TYPES = ("abbreviation", "entity", "human", "location")
INTENTS = tuple(f"intent_{number:02}_about_a_card_or_a_transfer" for number in range(77))
LABEL_METRICS = ("exact_label", "lenient_label")


@pytest.fixture(scope="session")
def measured_student() -> StudentReport:
    return StudentReport(
        name="tiny-135m",
        arms=(
            arm_score("distilled", 38, clusters_right=8, clusters=10),
            arm_score("base", 0, clusters_right=0, clusters=10),
            arm_score("seeds_only", 25, clusters_right=3, clusters=10),
        ),
        comparisons=(comparison("distilled", "seeds_only", 32.5, p_value=0.0023),),
        spreads=(
            ArmSpread(
                arm="distilled", values=(0.95, 0.9, 0.925), mean=0.925, standard_deviation=0.025, low=0.84, high=0.98
            ),
        ),
        judge=judge_report("distilled"),
        curves=(training_curve("distilled", 4_000), training_curve("seeds_only", 30)),
        serving=serving_summary(),
    )


@pytest.fixture(scope="session")
def cost_rows_of_task(measured_student: StudentReport) -> tuple[CostRow, ...]:
    return cost_rows(
        students=[served(measured_student)],
        prices=[
            price("claude-haiku", "Claude Haiku 4.5", 1.0, 5.0),
            price("gpt-5-nano", "GPT-5 nano", 0.05, 0.40),
        ],
        request=RequestTokens(input_tokens=800, output_tokens=24, counted_by="tiny-135m's tokenizer"),
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
def priced_task(measured_student: StudentReport) -> TaskReport:
    """A student with a traffic and the cost of its making, and four APIs, one of which became a tenth of its price."""
    return priced(measured_student)


@pytest.fixture(scope="session")
def half_measured_task() -> TaskReport:
    return TaskReport(
        name="git_assistant",
        kind="tool-calling-closed-book",
        description="Say it in git.",
        seeds=43,
        metric="tool_call_equivalence",
        students=(StudentReport(name="tiny-135m", arms=(arm_score("seeds_only", 20),)),),
    )


@pytest.fixture(scope="session")
def unmeasured_task() -> TaskReport:
    return TaskReport(name="banking", kind="classification", description="Name it.", seeds=48, metric="exact_label")


@pytest.fixture(scope="session")
def classification_task() -> TaskReport:
    """Four labels, a verdict, two references that were asked and one of which an accuracy was published."""
    student = StudentReport(
        name="tiny-135m",
        arms=tuple(
            arm_score(name, correct, metrics=LABEL_METRICS, otherwise="other label")
            for name, correct in (("base", 4), ("seeds_only", 30), ("distilled", 33))
        ),
        comparisons=(
            comparison("seeds_only", "base", 65.0, p_value=0.00001),
            comparison("distilled", "base", 72.5, p_value=0.00001),
            comparison("distilled", "seeds_only", 7.5, p_value=0.4),
        ),
        beside_references=(
            comparison("distilled", "GPT-5 nano", 20.0, p_value=0.02),
            comparison("distilled", "Claude Haiku 4.5", -12.5, p_value=0.03),
        ),
        verdict=StudentVerdict(
            word="retune", closed=0.75, reason="The student went from 10.0 % to 82.5 %, 75.0 % of the way."
        ),
        labels=label_report(QUESTION_TYPES),
        serving=serving_summary(),
    )
    asked = [
        reference_score("gpt-5-nano", "GPT-5 nano", (0.625, 0.6, 0.65)),
        reference_score("claude-haiku", "Claude Haiku 4.5", (0.95,)),
    ]
    return TaskReport(
        name="trec",
        kind="classification",
        description="Say what a question asks for.",
        seeds=48,
        metric="exact_label",
        teacher="a-teacher",
        students=(student,),
        references=tuple(asked),
        costs=cost_rows(
            students=[served(student)],
            prices=[
                price("gpt-5-nano", "GPT-5 nano", 0.05, 0.40),
                price("claude-haiku", "Claude Haiku 4.5", 1.0, 5.0),
                price("gemini", "Gemini 2.5 Flash Lite", 0.1, 0.4),
            ],
            request=RequestTokens(input_tokens=300, output_tokens=5, counted_by="tiny-135m's tokenizer"),
            references=[
                MeasuredReference(
                    slug=reference.reference,
                    request=RequestTokens(
                        input_tokens=310,
                        output_tokens=7,
                        counted_by="the provider",
                        cached_input_tokens=0,
                        reasoning_tokens=0,
                    ),
                    accuracy=reference.repeats.mean,
                    accuracy_low=reference.low,
                    accuracy_high=reference.high,
                    method="40 questions",
                )
                for reference in asked
            ],
            published=[
                PublishedAccuracy(slug="gemini", accuracy=0.911, source="A Lab, March 2026: exact_label on their rows")
            ],
        ),
    )


@pytest.fixture(scope="session")
def many_labels_task() -> TaskReport:
    """77 labels, and a teacher that can't write rows for them: there is no distilled student."""
    return TaskReport(
        name="banking77",
        kind="classification",
        description="Name the intent.",
        seeds=154,
        metric="exact_label",
        students=(
            StudentReport(
                name="tiny-135m",
                arms=tuple(
                    arm_score(name, correct, of=760, metrics=LABEL_METRICS, otherwise="other label")
                    for name, correct in (("base", 0), ("seeds_only", 608))
                ),
                comparisons=(comparison("seeds_only", "base", 80.0, p_value=0.00001, n=760),),
                labels=label_report(INTENTS).model_copy(update={"arm": "seeds_only"}),
            ),
        ),
    )


@pytest.fixture(scope="session")
def sql_task() -> TaskReport:
    """Questions over schemas, an undecided student, and a reference to which no student can be compared."""
    metrics = ("execution_match", "same_text", "runs")
    return TaskReport(
        name="text2sql",
        kind="question-answering-open-book",
        description="Write the query.",
        seeds=50,
        metric="execution_match",
        cluster_noun="schema",
        students=(
            StudentReport(
                name="tiny-135m",
                arms=(
                    arm_score("base", 2, clusters_right=0, clusters=20, metrics=metrics, otherwise="different result"),
                    arm_score("distilled", 24, clusters_right=9, clusters=20, metrics=metrics, otherwise="timeout"),
                ),
                comparisons=(comparison("distilled", "base", 55.0, p_value=0.00002),),
                verdict=StudentVerdict(
                    word="undecided", closed=None, reason="The teacher has no score, so there is no gap to close."
                ),
            ),
        ),
        references=(reference_score("gpt-5-nano", "GPT-5 nano", (0.8, 0.775)),),
    )


@pytest.fixture(scope="session")
def tasks_without_calls(
    classification_task: TaskReport, many_labels_task: TaskReport, sql_task: TaskReport
) -> tuple[TaskReport, ...]:
    return classification_task, many_labels_task, sql_task


@pytest.fixture(scope="session")
def report(
    priced_task: TaskReport,
    measured_task: TaskReport,
    half_measured_task: TaskReport,
    unmeasured_task: TaskReport,
    tasks_without_calls: tuple[TaskReport, ...],
) -> ReportInput:
    return ReportInput(
        created=datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
        profile="embedded",
        code_version="0.1.0",
        interval_method="Wilson, over turns",
        tasks=(measured_task, half_measured_task, unmeasured_task, *tasks_without_calls, priced_task),
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
                ("reference_scores", "gpt-5-nano|trec", "def0", 40),
                ("price_book", None, "5678", 2),
                ("price_book", None, "9abc", None),
            )
        ),
    )
