"""The traffic from which on a device that is always on costs less than an API.

A device costs its price per month whatever it answers, an API its price per request: the two cross where
requests per second x 3600 x the API's dollars per request = the device's dollars per hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from distil_dagster.costs.cost_table import CostRow, ServedStudent
from distil_dagster.costs.device_cost import REQUESTS, SECONDS_PER_HOUR, SECONDS_PER_MONTH


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """One row of `break_even.parquet`: a student on a device at a price, and an API."""

    student: str
    device_dollars_per_hour: float
    api: str
    api_dollars_per_million: float
    requests_per_second: float | None
    """The average from which on the device costs less; None if the API costs less even than a device at full use."""
    requests_per_month: float | None


def break_even_requests_per_second(
    *, dollars_per_hour: float, requests_per_second: float, api_dollars_per_million: float
) -> float | None:
    """The average requests per second at which one device costs as much as the API; None if there is none.

    Args:
        dollars_per_hour: what the device costs, busy or idle.
        requests_per_second: the most that it sustains.
        api_dollars_per_million: what a million requests cost there.
    """
    if not api_dollars_per_million > 0:
        return None
    crossing = dollars_per_hour / SECONDS_PER_HOUR / (api_dollars_per_million / REQUESTS)
    return crossing if crossing <= requests_per_second else None


def break_even_rows(
    students: Sequence[ServedStudent], rows: Sequence[CostRow], *, dollars_per_hour: Sequence[float] = ()
) -> tuple[BreakEven, ...]:
    """Every student at its device's own price, then at the others, against every API of the cost table."""
    found = []
    for student in students:
        for hourly in dict.fromkeys((student.device_dollars_per_hour, *dollars_per_hour)):
            for row in rows:
                if row.kind != "api":
                    continue
                average = break_even_requests_per_second(
                    dollars_per_hour=hourly,
                    requests_per_second=student.requests_per_second,
                    api_dollars_per_million=row.dollars_per_million,
                )
                found.append(
                    BreakEven(
                        student=student.student,
                        device_dollars_per_hour=hourly,
                        api=row.contender,
                        api_dollars_per_million=row.dollars_per_million,
                        requests_per_second=average,
                        requests_per_month=None if average is None else average * SECONDS_PER_MONTH,
                    )
                )
    return tuple(found)
