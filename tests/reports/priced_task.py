"""A task with everything that can be told about its costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from distil_dagster.costs.api_cost import RequestTokens
from distil_dagster.costs.break_even import break_even_rows
from distil_dagster.costs.cost_table import ServedStudent, cost_rows
from distil_dagster.costs.making import MakingStep, cost_of_making
from distil_dagster.costs.price_history import price_history
from distil_dagster.costs.price_list import PriceList
from distil_dagster.costs.scenarios import scenarios
from distil_dagster.reports.report_input import CostDetails, StudentReport, TaskReport
from tests.reports.parts import price

FEBRUARY, NOVEMBER = date(2026, 2, 15), date(2026, 11, 24)
REQUEST = RequestTokens(input_tokens=208, output_tokens=34, counted_by="tiny-135m's tokenizer")
OLD_HAIKU = price("claude-haiku-4.5", "Claude Haiku 4.5", 1.0, 5.0, as_of=FEBRUARY)
PRICES = (
    price(
        "claude-haiku-5.5",
        "Claude Haiku 5.5",
        0.1,
        0.5,
        succeeds="claude-haiku-4.5",
        batch_input_per_million=0.05,
        batch_output_per_million=0.25,
    ),
    price("gpt-5-nano", "GPT-5 nano", 0.05, 0.40, retires_on=date(2026, 12, 11)),
    price("claude-opus", "Claude Opus 4.6", 5.0, 25.0),
    price("a-give-away", "A Give-away", 0.0, 0.001),
)
HOURS = (2.00, 2.40, 5.00)
MAKING = (
    ("teacher", "synthetic_corpus", "docstring", 1800.0, 12.5),
    ("training", "lora_adapter", "tiny-135m|docstring", 3600.0, 0.0),
    ("training", "merged_model", "tiny-135m|docstring", None, 0.0),
    ("benchmark", "reference_scores", "gpt-5-nano|docstring", 0.0, 0.04),
)


def served(student: StudentReport) -> ServedStudent:
    distilled = student.arm("distilled")
    return ServedStudent(
        student=student.name,
        device="2 CPU cores",
        device_dollars_per_hour=0.10,
        requests_per_second=3.4,
        method="closed loop",
        input_tokens=800,
        output_tokens=24,
        accuracy=distilled.accuracy if distilled else None,
        accuracy_low=distilled.low if distilled else None,
        accuracy_high=distilled.high if distilled else None,
    )


def making(student: str) -> tuple[MakingStep, ...]:
    """Four steps, one of which was made before times were recorded."""
    return tuple(
        MakingStep(
            student=student,
            stage=stage,  # type: ignore[arg-type]
            asset=asset,
            partition=partition,
            fingerprint="abcd",
            device_seconds=seconds,
            device_dollars=None if seconds is None else seconds / 3600 * 2.40,
            api_dollars=dollars,
        )
        for stage, asset, partition, seconds, dollars in MAKING
    )


def priced(student: StudentReport) -> TaskReport:
    """The student on an H100 at $2.40, ten million requests a month, and books of two days."""
    steps = making(student.name)
    on_h100 = replace(
        served(student),
        device="one H100",
        device_dollars_per_hour=2.40,
        requests_per_second=222.0,
        requests_per_second_interval=(210.0, 230.0),
        making=cost_of_making(steps),
    )
    rows = cost_rows(students=[on_h100], prices=PRICES, request=REQUEST, requests_per_month=10e6)
    books = [
        PriceList(source="a book", data_sha256="0" * 64, as_of=day, prices=prices)
        for day, prices in ((FEBRUARY, (OLD_HAIKU, *PRICES[1:3])), (NOVEMBER, PRICES))
    ]
    return TaskReport(
        name="docstring",
        kind="question-answering",
        description="Document the function.",
        seeds=28,
        metric="docstring_match",
        students=(
            student.model_copy(update={"comparisons": (), "curves": (), "judge": None, "spreads": (), "serving": None}),
        ),
        costs=rows,
        cost_details=CostDetails(
            requests_per_month=10e6,
            life_months=12,
            dollars_per_hour=2.40,
            break_even=break_even_rows([on_h100], rows, dollars_per_hour=HOURS),
            scenarios=scenarios([on_h100], dollars_per_hour=HOURS, requests_per_month=10e6),
            making=steps,
            history=price_history(books, lambda slug: REQUEST),
        ),
    )
