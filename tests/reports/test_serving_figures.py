"""What the figure of a load test shows."""

from __future__ import annotations

from distil_dagster.reports.serving_figures import rate_latency_figure
from tests.reports.parts import open_loop_summary, serving_summary


def test_the_rate_latency_figure_has_three_percentiles_of_every_run_and_rings_where_it_was_refused() -> None:
    figure = rate_latency_figure(open_loop_summary())

    assert figure is not None
    assert [trace.name for trace in figure.data] == ["p50", "p95", "p99"]
    assert all(list(trace.x) == [2.2, 3.4, 3.7] for trace in figure.data)
    assert list(figure.data[2].marker.symbol) == ["circle", "circle", "circle-open"]
    assert [shape.y0 for shape in figure.layout.shapes] == [5.0]
    assert rate_latency_figure(serving_summary()) is None
