"""The figures mark what was measured, all of it, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from distil_dagster.costs.cost_table import CostRow
from distil_dagster.reports import figures
from distil_dagster.reports.report_input import CorpusFunnel, CurvePoint, StudentReport, TaskReport, TrainingCurve


def notes(figure: Any) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def test_every_scored_arm_has_one_mark_with_its_interval(measured_student: StudentReport) -> None:
    figure = figures.accuracy_figure([measured_student])

    assert [trace.x[0] for trace in figure.data] == pytest.approx([0, 62.5, 95])
    assert figure.data[1].error_x.array[0] == pytest.approx(10)
    assert figure.data[2].error_x.arrayminus[0] == pytest.approx(10)
    assert notes(figure) == ["0.0 %", "62.5 %", "95.0 %"]


def test_a_student_or_arm_without_a_score_keeps_a_line_without_a_mark(
    half_measured_task: TaskReport, measured_task: TaskReport
) -> None:
    half = figures.accuracy_figure(half_measured_task.students)
    none = figures.accuracy_figure([measured_task.students[0]])

    assert len(half.data) == 1
    assert notes(half).count("not measured yet") == 2
    assert len(none.data) == 0
    assert notes(none) == ["not measured yet"]


def test_the_cost_figure_shows_all_contenders_the_cheapest_first(cost_rows_of_task: tuple[CostRow, ...]) -> None:
    figure = figures.cost_figure(cost_rows_of_task)

    assert list(figure.layout.yaxis.ticktext) == ["<b>tiny-135m</b>", "GPT-5 nano", "Claude Haiku 4.5"]
    assert [len(trace.x) for trace in figure.data] == [3, 1, 1]
    assert notes(figure) == ["$11.67", "$49.60", "$920.00"]


def test_the_cost_for_the_traffic_is_a_diamond_beside_the_line_of_shares(priced_task: TaskReport) -> None:
    figure = figures.cost_figure(priced_task.costs)

    (diamond,) = [trace for trace in figure.data if trace.marker.symbol == "diamond"]
    (line,) = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert diamond.x[0] == pytest.approx(175.2)
    assert list(line.x) == pytest.approx([3.003, 4.290, 10.010], abs=1e-3)
    assert "$4.29" in notes(figure)


def test_a_contender_without_a_measured_accuracy_is_not_on_the_accuracy_figure(
    cost_rows_of_task: tuple[CostRow, ...],
) -> None:
    figure = figures.accuracy_against_cost_figure(cost_rows_of_task)

    assert figure is not None
    assert [trace.text[0] for trace in figure.data if trace.text] == ["tiny-135m"]
    apis = [row for row in cost_rows_of_task if row.kind == "api"]
    assert figures.accuracy_against_cost_figure(apis) is None


def test_an_api_is_filled_where_its_tokens_were_measured_and_a_ring_where_all_is_published(
    classification_task: TaskReport,
) -> None:
    figure = figures.cost_figure(classification_task.costs)

    names = figure.layout.yaxis.ticktext
    symbols = {names[trace.y[0]]: trace.marker.symbol for trace in figure.data if len(trace.x) == 1}
    assert symbols == {
        "GPT-5 nano": "circle",
        "Claude Haiku 4.5": "circle",
        "Gemini 2.5 Flash Lite": "circle-open",
    }


def test_a_published_accuracy_is_not_on_the_accuracy_figure(classification_task: TaskReport) -> None:
    figure = figures.accuracy_against_cost_figure(classification_task.costs)

    assert figure is not None
    named = {trace.text[0]: trace.textposition for trace in figure.data if trace.text}
    assert named == {
        "tiny-135m": "bottom right",
        "GPT-5 nano": "bottom right",
        "Claude Haiku 4.5": "bottom left",
    }


class TestConfusion:
    def test_rows_are_what_was_right_and_columns_what_was_answered(self, classification_task: TaskReport) -> None:
        labels = classification_task.students[0].labels
        assert labels is not None

        (heatmap,) = figures.confusion_figure(labels).data

        assert list(heatmap.y) == ["abbreviation", "entity", "human", "location"]
        assert list(heatmap.x) == ["abbreviation", "entity", "human", "location", "no label"]
        assert list(heatmap.z[0]) == pytest.approx([0.8, 0.1, 0, 0, 0.1])
        assert list(heatmap.text[0]) == ["8", "1", "", "", "1"]
        assert heatmap.texttemplate == "%{text}"

    def test_a_label_that_was_never_right_has_an_empty_row(self, classification_task: TaskReport) -> None:
        labels = classification_task.students[0].labels
        assert labels is not None

        assert list(figures.confusion_figure(labels).data[0].z[3]) == [0] * 5

    def test_many_labels_are_all_drawn_without_numbers(self, many_labels_task: TaskReport) -> None:
        labels = many_labels_task.students[0].labels
        assert labels is not None

        figure = figures.confusion_figure(labels)

        assert (len(figure.data[0].y), len(figure.data[0].x)) == (77, 78)
        assert figure.data[0].texttemplate is None
        assert figure.layout.meta == {"many_labels": True}

    def test_labels_that_are_numbers_stay_categories_and_markup_stays_text(
        self, classification_task: TaskReport
    ) -> None:
        labels = classification_task.students[0].labels
        assert labels is not None
        changed = labels.model_copy(update={"answers": ("1", "2", "3", "<b>", "no label")})

        figure = figures.confusion_figure(changed)

        assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"
        assert figure.data[0].x[3] == "&lt;b&gt;"


def test_the_funnel_goes_from_what_was_written_to_what_was_kept(measured_task: TaskReport) -> None:
    assert measured_task.corpus is not None

    figure = figures.corpus_figure(measured_task.corpus)

    left, rejected = figure.data
    assert list(left.x) == [1210, 1000, 1000]
    assert list(rejected.x) == [0, 210, 0]
    assert list(figure.layout.yaxis.ticktext) == ["written by the teacher", "near duplicate", "<b>kept</b>"]


def test_an_empty_corpus_can_be_drawn() -> None:
    figure = figures.corpus_figure(CorpusFunnel(generated=0, rejections=(), kept=0))

    assert notes(figure) == ["0", "0"]


def test_a_long_curve_is_thinned_but_keeps_every_held_back_loss(measured_student: StudentReport) -> None:
    training, held_back = figures.training_figure(measured_student.curves[0]).data

    assert len(training.x) == 250
    assert len(held_back.x) == 400


@pytest.mark.parametrize(
    ("losses", "axis"),
    [([2.0, 1.0], "log"), ([2.0, 0.0], "linear"), ([2.0, float("nan")], "log"), ([float("inf")], None)],
)
def test_the_loss_axis_is_logarithmic_where_losses_allow_it(losses: list[float], axis: str | None) -> None:
    points = tuple(CurvePoint(step=step, examples=step, loss=loss) for step, loss in enumerate(losses))

    figure = figures.training_figure(TrainingCurve(arm="seeds_only", points=points))

    assert figure.layout.yaxis.type == (None if axis == "linear" else axis)
    assert json.loads(figure.to_json())


def test_a_figure_brings_no_colours_of_its_own_for_paper_and_text(measured_student: StudentReport) -> None:
    layout = figures.accuracy_figure([measured_student]).layout

    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None
    assert not layout.template.layout.to_plotly_json()
