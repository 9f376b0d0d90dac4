"""Prices, requests and a student with the figures of the benchmark that this project re-implements."""

from __future__ import annotations

from datetime import date
from typing import Any

from distil_dagster.costs.api_cost import RequestTokens
from distil_dagster.costs.cost_table import ServedStudent
from distil_dagster.costs.price_book import Price, ReferenceModel

DAY = date(2026, 11, 24)
H100_DOLLARS_PER_HOUR = 2.40


def price(input_per_million: float, output_per_million: float, *, slug: str = "an-api", **more: Any) -> Price:
    """A price of an API called after its slug."""
    name = more.pop("name", slug)
    return Price(
        model=ReferenceModel(slug=slug, display_name=name, provider="openai", model=slug),
        input_per_million=input_per_million,
        output_per_million=output_per_million,
        **{"valid_up_to_input_tokens": None, "source": "genai-prices 0.2.3", "as_of": DAY, **more},
    )


def request(input_tokens: float, output_tokens: float, **more: Any) -> RequestTokens:
    """A request that the student's tokenizer counted."""
    return RequestTokens(
        input_tokens=input_tokens, output_tokens=output_tokens, counted_by="the student's tokenizer", **more
    )


HAIKU = price(1.00, 5.00, slug="claude-haiku-4.5", name="Claude Haiku 4.5")
NANO = price(0.05, 0.40, slug="gpt-5-nano", name="GPT-5 nano")
REQUEST = request(208, 34)
STUDENT = ServedStudent(
    student="qwen3-4b",
    device="one H100",
    device_dollars_per_hour=H100_DOLLARS_PER_HOUR,
    requests_per_second=222,
    method="closed loop, concurrency 91",
    input_tokens=208,
    output_tokens=34,
    accuracy=0.98,
    accuracy_low=0.93,
    accuracy_high=0.99,
)
