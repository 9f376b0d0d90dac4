"""The small pictures are valid, small, and say what they show."""

from __future__ import annotations

import base64
import random
import re
from xml.etree import ElementTree

import pytest

from distil_dagster.reports.report_input import CurvePoint, LabelReport, StudentReport
from distil_dagster.reports.sparklines import (
    accuracy_svg,
    confusion_svg,
    cost_svg,
    curve_svg,
    funnel_svg,
    markdown_image,
    rate_latency_svg,
)
from tests.reports.parts import label_report, open_loop_summary
from tests.reports.priced_task import priced

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_accuracy_shows_every_arm_with_a_dot_a_whisker_and_its_counts(measured_student: StudentReport) -> None:
    svg = accuracy_svg(measured_student.arms, question_noun="turn")

    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}circle"))) == 3
    assert {"base", "seeds only", "distilled", "95.0 %  (38/40)"} <= set(texts(svg))
    assert len(svg) < 20_000


def test_costs_show_every_contender_and_use_on_one_scale(
    measured_student: StudentReport,
) -> None:
    costs = priced(measured_student).costs
    svg = cost_svg(costs)

    circles = [float(element.get("cx", 0)) for element in ElementTree.fromstring(svg).iter(f"{SVG}circle")]
    dollars = [row.dollars_per_million for row in costs if row.dollars_per_million > 0]
    assert len(circles) == len(dollars)
    assert circles.index(max(circles)) == dollars.index(max(dollars))
    assert "GPT-5 nano" in texts(svg)
    assert len(svg) < 20_000


def test_a_curve_of_thousands_of_steps_stays_small_and_keeps_its_axis_labels(measured_student: StudentReport) -> None:
    points = measured_student.curves[0].points

    svg = curve_svg(points)

    assert len(points) == 4_000
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}polyline"))) == 2
    assert {"examples seen", "0", "32,000", "training", "held back"} <= set(texts(svg))
    assert len(svg) < 20_000


@pytest.mark.parametrize("losses", [[0.0], [0.0, 0.0], [float("nan"), 1.0], [float("inf")]])
def test_a_curve_of_odd_losses_is_still_a_valid_document(losses: list[float]) -> None:
    svg = curve_svg([CurvePoint(step=step, examples=step, loss=loss) for step, loss in enumerate(losses)])

    assert "nan" not in svg
    assert "inf" not in svg
    assert "held back" not in texts(svg)


def test_a_curve_without_a_single_step_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one training step"):
        curve_svg([])


def confusion(report: LabelReport) -> str:
    return confusion_svg([score.label for score in report.labels], report.answers, report.confusion)


def cells(svg: str) -> int:
    """How many cells of a matrix are shaded."""
    return sum(
        int(run.partition("m")[0])
        for path in ElementTree.fromstring(svg).iter(f"{SVG}path")
        for run in path.attrib["d"].split("h")[1:]
    )


class TestConfusion:
    def test_a_few_labels_are_named_and_counted(self) -> None:
        svg = confusion(label_report(("abbreviation", "entity", "human")))

        assert [text for text in texts(svg) if text[0].isalpha()] == [
            "answered",
            "right",
            "abbreviation 1",
            "entity 2",
            "human 3",
        ]
        assert texts(svg).count("8") == 2
        assert cells(svg) == 6

    def test_the_title_says_what_rows_and_columns_are_and_what_goes_wrong_most(self) -> None:
        svg = confusion_svg(["yes", "no"], ["yes", "no", "no label"], [[5, 2, 0], [3, 4, 1]])

        title = ElementTree.fromstring(svg).find(f"{SVG}title")
        assert title is not None
        assert title.text == (
            "2 labels: rows are what was right, columns what was answered; 9 of 15 agree; "
            "most often no taken for yes (3)"
        )

    def test_many_labels_are_shaded_and_their_most_frequent_mistakes_named(self) -> None:
        labels = [f"label_{number}_with_a_name_that_is_long" for number in range(77)]
        counts = [[0] * 78 for _ in labels]
        counts[4][70], counts[70][77] = 9, 3

        svg = confusion_svg(labels, [*labels, "no label"], counts)

        assert "9 label_4_with_a_name_tha…" in texts(svg)
        assert "as label_70_with_a_name_th…" in texts(svg)
        assert texts(svg).index("9 label_4_with_a_name_tha…") < texts(svg).index("as no label")
        assert cells(svg) == 2

    def test_a_matrix_of_77_labels_with_answers_all_over_stays_small(self) -> None:
        chance = random.Random(0)
        labels = [f"intent_{number}" for number in range(77)]
        counts = [[0] * 78 for _ in labels]
        for question in range(3_080):
            counts[question % 77][chance.randrange(78)] += 1

        svg = confusion_svg(labels, [*labels, "no label"], counts)

        assert cells(svg) == sum(count > 0 for row in counts for count in row)
        assert len(svg) < 20_000

    def test_a_perfect_classifier_has_no_mistake_to_name(self) -> None:
        svg = confusion_svg(["a", "b"], ["a", "b", "no label"], [[3, 0, 0], [0, 2, 0]])

        assert "most often" not in svg
        assert "5 of 5 agree" in svg

    def test_a_label_with_markup_in_it_stays_text(self) -> None:
        assert "<b> & co 1" in texts(confusion(label_report(("<b> & co", "other"))))


def test_a_name_with_markup_in_it_stays_text(measured_student: StudentReport) -> None:
    arm = measured_student.arms[0].model_copy(update={"arm": "<b> & co"})

    assert "<b> & co" in texts(accuracy_svg([arm], question_noun="question"))


def test_the_markdown_image_holds_the_document_itself() -> None:
    image = markdown_image("the loss", "<svg/>")

    assert image.startswith("![the loss](data:image/svg+xml;base64,")
    assert base64.b64decode(image.partition("base64,")[2].rstrip(")")) == b"<svg/>"


def test_the_funnel_shows_what_each_filter_left_and_took() -> None:
    svg = funnel_svg({"generated": 1000, "too_long": 250, "unbalanced": 0, "kept": 750})
    assert "750 of 1,000 rows kept" in svg
    assert "250 out" in svg
    assert "too long" in svg
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="12"', svg)]
    # Kept and rejected of each row of the picture, in its order.
    assert widths == [250.0, 0.0, 187.5, 62.5, 187.5, 0.0, 187.5, 0.0]


def test_the_rate_latency_curve_marks_every_run_twice_and_the_promise_once() -> None:
    points = open_loop_summary().points
    svg = rate_latency_svg(points, {"p99": 5.0})
    assert svg.count("<circle") == 2 * len(points) + 2
    assert "p99 promised" in texts(svg)
    assert "3 runs" in svg[: svg.index("</title>")]
    places = [float(part.split('"')[0]) for part in svg.split('cy="')[1:]]
    assert all(20 < place < 220 for place in places)


def test_a_rate_latency_curve_without_a_run_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        rate_latency_svg([], {})
