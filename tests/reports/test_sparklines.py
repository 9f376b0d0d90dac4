"""The small pictures are valid, small, and say what they show."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest

from distil_dagster.reports.report_input import CurvePoint, StudentReport
from distil_dagster.reports.sparklines import accuracy_svg, curve_svg, markdown_image

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_accuracy_shows_every_arm_with_a_dot_a_whisker_and_its_counts(measured_student: StudentReport) -> None:
    svg = accuracy_svg(measured_student.arms, question_noun="turn")

    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}circle"))) == 3
    assert {"base", "seeds only", "distilled", "95.0 %  (38/40)"} <= set(texts(svg))
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


def test_a_name_with_markup_in_it_stays_text(measured_student: StudentReport) -> None:
    arm = measured_student.arms[0].model_copy(update={"arm": "<b> & co"})

    assert "<b> & co" in texts(accuracy_svg([arm], question_noun="question"))


def test_the_markdown_image_holds_the_document_itself() -> None:
    image = markdown_image("the loss", "<svg/>")

    assert image.startswith("![the loss](data:image/svg+xml;base64,")
    assert base64.b64decode(image.partition("base64,")[2].rstrip(")")) == b"<svg/>"
