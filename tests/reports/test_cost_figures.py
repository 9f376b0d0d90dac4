"""The figures of cost over volume and over time."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest

from distil_dagster.reports.cost_figures import history_figure, volume_figure
from distil_dagster.reports.report_input import CostDetails, TaskReport


@pytest.fixture
def details(priced_task: TaskReport) -> CostDetails:
    assert priced_task.cost_details is not None
    return priced_task.cost_details


@pytest.fixture
def volume(priced_task: TaskReport, details: CostDetails) -> Any:
    own = [row for row in details.break_even if row.device_dollars_per_hour == details.dollars_per_hour]
    return volume_figure(priced_task.costs, own, requests_per_month=details.requests_per_month)


def test_the_device_is_flat_until_it_is_full_and_then_a_second_one_is_added(volume: Any) -> None:
    (device,) = [trace for trace in volume.data if trace.line.width == 3]

    assert list(device.y) == pytest.approx([1752, 1752, 3504, 3504, 5256, 5256])
    assert device.x[1] == pytest.approx(222 * 3600 * 730, rel=1e-5)


def test_every_crossing_is_a_dot_on_both_lines_and_what_is_never_crossed_has_none(volume: Any) -> None:
    dots = [trace for trace in volume.data if trace.mode == "markers"]

    assert sorted(dot.x[0] for dot in dots) == pytest.approx([926_984, 46_349_206, 73e6], rel=1e-5)
    assert {round(dot.y[0]) for dot in dots} == {1752}


def test_lines_are_named_and_no_name_lies_over_another(volume: Any) -> None:
    names = [note for note in volume.layout.annotations if note.xref == "paper"]

    assert {note.text for note in names} == {
        "<b>tiny-135m</b>",
        "Claude Haiku 5.5",
        "GPT-5 nano",
        "Claude Opus 4.6",
        "A Give-away",
    }
    places = sorted(note.y for note in names)
    span = volume.layout.yaxis.range[1] - volume.layout.yaxis.range[0]
    pixels = [(above - below) / span * (volume.layout.height - 60) for below, above in pairwise(places)]
    assert min(pixels) >= 15


def test_the_traffic_is_marked_where_there_is_one(priced_task: TaskReport, volume: Any) -> None:
    without = volume_figure(priced_task.costs, [], requests_per_month=None)
    assert without is not None

    assert [shape.x0 for shape in volume.layout.shapes] == [10e6]
    assert not without.layout.shapes


def test_without_a_student_or_an_api_there_is_nothing_to_compare(priced_task: TaskReport) -> None:
    for kind in ("api", "self-hosted"):
        rows = [row for row in priced_task.costs if row.kind == kind]
        assert volume_figure(rows, [], requests_per_month=None) is None


def test_a_line_that_became_cheaper_stands_out_with_both_prices(details: CostDetails) -> None:
    figure = history_figure(details.history)
    assert figure is not None

    (haiku,) = [trace for trace in figure.data if trace.line.width == 2.5]
    assert list(haiku.x) == ["2026-02-15", "2026-11-24"]
    assert list(haiku.y) == pytest.approx([378, 37.8])
    assert "<b>Claude Haiku 5.5</b> $378.00 → $37.80" in {note.text for note in figure.layout.annotations}


def test_a_single_day_is_no_history(details: CostDetails) -> None:
    assert history_figure([row for row in details.history if row.as_of.month == 2]) is None
    assert history_figure([]) is None


def test_both_figures_are_json_without_infinite_numbers(volume: Any, details: CostDetails) -> None:
    for figure in (volume, history_figure(details.history)):
        content = json.loads(figure.to_json())
        assert content["data"]
        assert all(math.isfinite(end) for end in content["layout"]["yaxis"]["range"])
