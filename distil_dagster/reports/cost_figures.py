"""The figures of costs over volume and over time: lines that are named at their right end.

They look like those of `figures`. On a narrow screen the page leaves the names out; a tap tells them, and so does the
table beside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from distil_dagster.costs.break_even import BreakEven
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.costs.device_cost import REQUESTS, SECONDS_PER_MONTH, monthly_dollars
from distil_dagster.costs.price_history import HistoricCost
from distil_dagster.reports import wording
from distil_dagster.reports.figures import API, STUDENT, blank_figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_NAMES, _NAMES_WITH_PRICES = 168, 260
"""Pixels to the right of the lines for their names."""
_NAME_HEIGHT = 16
_LINES_UP_TO = 3
"""Devices at full use up to which the volume is drawn."""
_STEP = 1 + 1e-6
_MADE_CHEAPER = "#7a6ad0"


@dataclass(frozen=True)
class _Name:
    text: str
    value: float
    """Where its line ends."""


def volume_figure(
    rows: Sequence[CostRow], crossings: Sequence[BreakEven], *, requests_per_month: float | None
) -> Figure | None:
    """Dollars a month over requests a month, both logarithmic: devices that are always on, and the APIs.

    A student's line is flat until its device is full, then steps up device by device. A dot is where it crosses an
    API's line.

    Args:
        rows: the cost table of a task.
        crossings: of its students, at the prices of their devices.
        requests_per_month: the profile's traffic, drawn as a line of its own if there is one.

    Returns:
        None if no student or no API has a price.
    """
    students = {row.contender: row for row in rows if row.kind == "self-hosted"}
    apis = [row for row in rows if row.kind == "api" and row.dollars_per_million > 0]
    if not students or not apis:
        return None
    full = [(row.requests_per_second or 0.0) * SECONDS_PER_MONTH for row in students.values()]
    met = [row.requests_per_month for row in crossings if row.requests_per_month]
    known = [*met, *([requests_per_month] if requests_per_month else [])]
    low, high = min([*known, *full]) / 8, max([*known, *full]) * _LINES_UP_TO
    figure = blank_figure(height=440)
    for row in apis:
        figure.add_scatter(
            x=[low, high],
            y=[row.dollars_per_million * volume / REQUESTS for volume in (low, high)],
            mode="lines",
            line={"color": API, "width": 1.5},
            hovertemplate=f"{escape(row.contender)}: $%{{y:,.0f}} for %{{x:.3s}} requests a month<extra></extra>",
        )
    for row in students.values():
        volumes = _steps(row, low, high)
        figure.add_scatter(
            x=volumes,
            y=[_monthly(row, volume) for volume in volumes],
            mode="lines",
            line={"color": STUDENT, "width": 3},
            hovertemplate=f"{escape(row.contender)}: $%{{y:,.0f}} for %{{x:.3s}} requests a month<extra></extra>",
        )
    for crossing in crossings:
        if crossing.requests_per_month is not None:
            figure.add_scatter(
                x=[crossing.requests_per_month],
                y=[crossing.api_dollars_per_million * crossing.requests_per_month / REQUESTS],
                mode="markers",
                marker={"color": STUDENT, "size": 10, "line": {"width": 0}},
                hovertemplate=(
                    f"{escape(crossing.student)} is cheaper from here on<br>"
                    f"{escape(wording.break_even(crossing))}<extra></extra>"
                ),
            )
    if requests_per_month is not None:
        figure.add_vline(x=requests_per_month, line={"color": API, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            text="traffic", x=math.log10(requests_per_month), y=1, yref="paper", yanchor="top", xanchor="left",
            xshift=4, align="left", showarrow=False,
        )  # fmt: skip
    ends = [_Name(escape(row.contender), row.dollars_per_million * high / REQUESTS) for row in apis]
    ends += [_Name(f"<b>{escape(row.contender)}</b>", _monthly(row, high)) for row in students.values()]
    floor = min(row.dollars_per_million for row in apis) * low / REQUESTS
    bottom = min(min(_monthly(row, low) for row in students.values()) / 3, max(floor, 0.01) * 10)
    _name_lines(figure, ends, bottom=bottom, top=max(name.value for name in ends) * 1.6, width=_NAMES)
    figure.update_xaxes(**_volume_axis(low, high))
    figure.update_yaxes(tickprefix="$")
    return figure


def history_figure(history: Sequence[HistoricCost]) -> Figure | None:
    """Dollars per million of today's requests over the days of the price books, a line for each line of models.

    Those that became cheaper stand out. Returns None for fewer than two days.
    """
    if len({row.as_of for row in history}) < 2:
        return None
    figure = blank_figure(height=380)
    ends: list[_Name] = []
    priced = [row for row in history if row.dollars_per_million > 0]
    for line, found in groupby(sorted(priced, key=lambda row: (row.line, row.as_of)), key=lambda row: row.line):
        points = list(found)
        first, last = points[0].dollars_per_million, points[-1].dollars_per_million
        cheaper = last < 0.99 * first
        figure.add_scatter(
            x=[row.as_of.isoformat() for row in points],
            y=[row.dollars_per_million for row in points],
            mode="lines+markers",
            line={"color": _MADE_CHEAPER if cheaper else API, "width": 2.5 if cheaper else 1.5, "shape": "hv"},
            marker={"color": _MADE_CHEAPER if cheaper else API, "size": 8 if cheaper else 6},
            customdata=[escape(row.model) for row in points],
            hovertemplate="%{customdata}, %{x|%d %B %Y}: $%{y:,.2f}<extra></extra>",
        )
        change = f" {wording.dollars(first)} → {wording.dollars(last)}" if cheaper else ""
        ends.append(_Name(f"<b>{escape(line)}</b>{change}" if cheaper else escape(line), last))
    dollars = [row.dollars_per_million for row in priced]
    _name_lines(figure, ends, bottom=min(dollars) / 1.5, top=max(dollars) * 1.5, width=_NAMES_WITH_PRICES)
    figure.update_xaxes(type="date", nticks=6)
    figure.update_yaxes(tickprefix="$")
    return figure


def _monthly(row: CostRow, volume: float) -> float:
    return monthly_dollars(
        dollars_per_hour=row.device_dollars_per_hour or 0.0,
        requests_per_second=row.requests_per_second or 0.0,
        requests_per_month=volume,
    )


def _steps(row: CostRow, low: float, high: float) -> list[float]:
    """The volumes at which a student's line bends: just before and just after each further device."""
    full = (row.requests_per_second or 0.0) * SECONDS_PER_MONTH
    devices = range(max(1, math.ceil(low / full)), math.ceil(high / full))
    return [low, *(volume for count in devices for volume in (count * full / _STEP, count * full * _STEP)), high]


def _name_lines(figure: Figure, names: Sequence[_Name], *, bottom: float, top: float, width: int) -> None:
    """Give the figure a logarithmic axis of dollars, and each line its name at the right, none over another."""
    low, high = math.log10(bottom), math.log10(top)
    gap = (high - low) * _NAME_HEIGHT / (figure.layout.height - 60)
    figure.update_layout(margin={"r": width, "b": 52}, meta={"named_lines": True})
    figure.update_yaxes(type="log", range=[low, high], showgrid=True, dtick=1, tickformat=",~r")
    for text, place in _spread({name.text: math.log10(name.value) for name in names}, gap).items():
        figure.add_annotation(
            text=text, x=1, xref="paper", xanchor="left", xshift=8, y=min(place, high), yanchor="middle",
            align="left", showarrow=False,
        )  # fmt: skip


def _spread(places: Mapping[str, float], gap: float) -> dict[str, float]:
    """The places in their order, each at least so far above the last; the whole stays where it was on average."""
    spread: dict[str, float] = {}
    last = -math.inf
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        last = max(place, last + gap)
        spread[name] = last
    lift = sum(spread[name] - place for name, place in places.items()) / max(1, len(places))
    return {name: place - lift for name, place in spread.items()}


def _volume_axis(low: float, high: float) -> dict[str, Any]:
    decades = [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickvals": decades,
        "ticktext": [_short_volume(decade) for decade in decades],
        "showgrid": True,
        "title": {"text": "requests a month", "standoff": 8, "font": {"size": 13}},
    }


def _short_volume(requests: float) -> str:
    """As `wording.volume`, for the little room under an axis: "10M"."""
    return wording.volume(requests).replace(" million", "M").replace(" billion", "B")
