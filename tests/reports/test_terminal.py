"""Tables in a terminal: they fit, they are plain when piped, and they say what was not measured."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from distil_dagster.reports import wording
from distil_dagster.reports.report_input import ReportInput, TaskReport
from distil_dagster.reports.terminal import print_scores


def printed(tasks: tuple[TaskReport, ...], *, width: int) -> str:
    piped = io.StringIO()
    print_scores(tasks, console=Console(file=piped, width=width, highlight=False))
    return piped.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_off(report: ReportInput, width: int) -> None:
    text = printed(report.tasks, width=width)

    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


def test_piped_output_has_no_escape_sequences(report: ReportInput) -> None:
    assert "\x1b" not in printed(report.tasks, width=80)


def test_an_arm_is_shown_with_its_interval_and_its_counts(measured_task: TaskReport) -> None:
    (distilled,) = [line for line in printed((measured_task,), width=80).splitlines() if "38/40" in line]

    assert distilled.split() == ["distilled", "95.0", "85.0", wording.DASH, "100.0", "38/40", "8/10"]


def test_the_last_arm_is_compared_with_those_before_it(measured_task: TaskReport) -> None:
    text = printed((measured_task,), width=120)

    assert (
        f"tiny-135m: distilled {wording.MINUS} seeds only: +32.5 points (+15.0 to +47.0), p = 0.0023; "
        "right alone: 15 against 2 of 40"
    ) in text


def test_questions_that_stand_alone_have_no_column_of_clusters(half_measured_task: TaskReport) -> None:
    (line,) = [line for line in printed((half_measured_task,), width=80).splitlines() if "seeds only" in line]

    assert line.split()[-1] == "20/40"


def test_costs_say_whether_they_were_measured_here(measured_task: TaskReport) -> None:
    text = printed((measured_task,), width=80)

    (at_seventy,) = [line for line in text.splitlines() if " 70 % " in line]
    (haiku,) = [line for line in text.splitlines() if "Claude Haiku 4.5" in line]
    assert at_seventy.split()[-4:] == ["$11.67", "95.0", "measured", "here"]
    assert haiku.split()[-4:] == ["$920.00", "not", "measured", "published"]


def test_what_was_not_measured_is_said(report: ReportInput) -> None:
    text = printed(report.tasks, width=80)

    assert "not measured yet: unseen-4b" in text
    assert "Accuracy: not measured yet" in text
    assert text.count("Cost: not measured yet") == 2


def test_a_name_in_brackets_is_not_taken_for_markup(half_measured_task: TaskReport) -> None:
    student = half_measured_task.students[0].model_copy(update={"name": "tiny[red]"})

    assert "tiny[red]" in printed((half_measured_task.model_copy(update={"students": (student,)}),), width=80)
