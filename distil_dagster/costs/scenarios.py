"""What a student costs where an hour of its device costs something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from distil_dagster.costs.api_cost import RequestTokens
from distil_dagster.costs.cost_table import UTILISATIONS, ServedStudent, cost_rows

_NO_API = RequestTokens(input_tokens=0, output_tokens=0, counted_by="nobody")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One row of `scenarios.parquet`: a student at a price per hour and a load."""

    student: str
    device_dollars_per_hour: float
    is_own_price: bool
    """Whether it is the price of the profile's device."""
    load: str
    """As in the cost table: share or traffic."""
    utilisation: float
    dollars_per_million: float
    dollars_low: float | None
    """The ends of the 95 % interval, which is that of the rate; None where that has none."""
    dollars_high: float | None


def scenarios(
    students: Sequence[ServedStudent],
    *,
    dollars_per_hour: Sequence[float],
    utilisations: Sequence[float] = UTILISATIONS,
    requests_per_month: float | None = None,
) -> tuple[Scenario, ...]:
    """Every student at its device's own price and at the others, the cheapest first, at every load of the table."""
    found = []
    for student in students:
        own = student.device_dollars_per_hour
        for hourly in sorted({own, *dollars_per_hour}):
            rows = cost_rows(
                students=[replace(student, device_dollars_per_hour=hourly)],
                prices=[],
                request=_NO_API,
                utilisations=utilisations,
                requests_per_month=requests_per_month,
            )
            found += [
                Scenario(
                    student=student.student,
                    device_dollars_per_hour=hourly,
                    is_own_price=hourly == own,
                    load=row.load or "share",
                    utilisation=row.utilisation or 0.0,
                    dollars_per_million=row.dollars_per_million,
                    dollars_low=row.dollars_low,
                    dollars_high=row.dollars_high,
                )
                for row in rows
            ]
    return tuple(found)
