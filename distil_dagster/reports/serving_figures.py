"""The figure of a load test: latency over the rate offered. It looks like those of `figures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distil_dagster.reports.figures import blank_figure, logarithmic_ticks, short
from distil_dagster.serving.summary import ServingSummary

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_PERCENTILE_COLOURS = {"p50": "#8a94a6", "p95": "#cc8a1f", "p99": "#1291a0"}


def rate_latency_figure(serving: ServingSummary) -> Figure | None:
    """p50, p95 and p99 over the offered rate, a mark for every run with its interval; rings are refused runs.

    Dotted lines are what the first service level promises. Returns None for a profile without an open loop.
    """
    if not serving.points:
        return None
    figure = blank_figure(height=320)
    for name, colour in _PERCENTILE_COLOURS.items():
        measured = [getattr(point, name) for point in serving.points]
        figure.add_scatter(
            x=[short(point.rate) for point in serving.points],
            y=[short(percentile.seconds) for percentile in measured],
            error_y={
                "array": [short(percentile.high - percentile.seconds) for percentile in measured],
                "arrayminus": [short(percentile.seconds - percentile.low) for percentile in measured],
                "thickness": 1.5,
                "width": 0,
                "color": colour,
            },
            name=name,
            mode="markers",
            marker={
                "color": colour,
                "size": 9,
                "symbol": ["circle-open" if point.refused else "circle" for point in serving.points],
                "line": {"color": colour, "width": 2},
            },
            customdata=["; ".join(point.refused) or "measured" for point in serving.points],
            hovertemplate=f"{name} %{{y:.3g}} s at %{{x:.3g}} requests/s, %{{customdata}}<extra></extra>",
        )
    level = serving.sustained[0].level
    for name, limit in level.limits.items():
        figure.add_hline(y=limit, line={"color": _PERCENTILE_COLOURS[name], "width": 1.5, "dash": "dot"})
    figure.update_xaxes(rangemode="tozero", title={"text": "requests/s offered", "standoff": 8, "font": {"size": 13}})
    shown = [getattr(point, name).seconds for point in serving.points for name in _PERCENTILE_COLOURS]
    ticks = logarithmic_ticks(min(*shown, *level.limits.values()), max(*shown, *level.limits.values()))
    figure.update_yaxes(type="log", showgrid=True, tickvals=ticks, ticktext=[f"{tick:g} s" for tick in ticks])
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        margin={"t": 28, "b": 48, "r": 16},
    )
    return figure
