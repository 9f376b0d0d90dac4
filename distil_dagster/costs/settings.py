"""What profiles say about costs: the traffic that is to be served, for how long, and at which prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from distil_dagster.costs.device_cost import SECONDS_PER_MONTH

Dollars = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Traffic(_Section):
    """The requests that are to be served, as an average over day and night: give one of the two."""

    requests_per_month: float | None = Field(None, gt=0)
    requests_per_second: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if (self.requests_per_month is None) == (self.requests_per_second is None):
            raise ValueError("give either requests_per_month or requests_per_second")
        return self

    @property
    def monthly(self) -> float:
        """Requests per month of 730 hours."""
        if self.requests_per_month is not None:
            return self.requests_per_month
        return (self.requests_per_second or 0.0) * SECONDS_PER_MONTH


class CostSettings(_Section):
    """The cost table's settings; the price of the device itself is the device's."""

    traffic: Traffic | None = None
    """Costs and the spread of what the making cost are told for it as well; None if it isn't known."""
    model_life_months: float = Field(12.0, gt=0)
    """How long a model is expected to serve before it is replaced: over it the cost of making it is spread."""
    dollars_per_hour: tuple[Dollars, ...] = ()
    """Other prices of the device to calculate with, beside its own."""
    price_book: Path | None = None
    """A YAML file with dated prices that go before those of genai-prices; relative to the checkout."""
    prices_of: date | None = None
    """The day whose prices `price_book` looks up; today by default. An earlier day adds to the history of prices."""
    tokenizers: dict[str, Path] = {}
    """By a provider's id in genai-prices, the file of its tokenizer where that is public (`tokenizer.json`, as the
    library tokenizers reads it): its models' tokens are counted by it where they weren't asked."""
