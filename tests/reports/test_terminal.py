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
        f"tiny-135m: distilled {wording.MINUS} seeds only: +32.5 points (+16.5 to +48.5), p = 0.0023; "
        "right alone: 15 against 2 of 40"
    ) in text


def test_questions_over_schemas_count_whole_schemas(sql_task: TaskReport) -> None:
    text = printed((sql_task,), width=80)

    assert "questions  schemas" in text
    (distilled,) = [line for line in text.splitlines() if "24/40" in line]
    assert distilled.split()[-2:] == ["24/40", "9/20"]


def test_questions_that_stand_alone_have_no_column_of_clusters(half_measured_task: TaskReport) -> None:
    (line,) = [line for line in printed((half_measured_task,), width=80).splitlines() if "seeds only" in line]

    assert line.split()[-1] == "20/40"


def test_costs_say_whether_they_were_measured_here(measured_task: TaskReport) -> None:
    text = printed((measured_task,), width=80)

    (at_seventy,) = [line for line in text.splitlines() if " 70 % " in line]
    (haiku,) = [line for line in text.splitlines() if "Claude Haiku 4.5" in line]
    assert at_seventy.split()[-4:] == ["$11.67", "95.0", "measured", "here"]
    assert haiku.split()[-4:] == ["$920.00", "not", "measured", "published"]


def test_a_published_accuracy_is_marked_as_such(classification_task: TaskReport) -> None:
    text = printed((classification_task,), width=80)

    (gemini,) = [line for line in text.splitlines() if "Gemini 2.5 Flash" in line and "$" in line]
    (nano,) = [line for line in text.splitlines() if "GPT-5 nano" in line and "$" in line]
    assert gemini.split()[-3:] == ["91.1", "published", "published"]
    assert nano.split()[-3:] == ["62.5", "measured", "tokens"]


def test_each_verdict_is_said_with_its_reason(report: ReportInput) -> None:
    text = printed(report.tasks, width=120)

    assert "tiny-135m: retune. The student went from 10.0 % to 82.5 %, 75.0 % of the way." in text
    assert "tiny-135m: undecided. The teacher has no score" in text
    assert text.count("retune.") + text.count("undecided.") == 2


def test_students_stand_beside_references_by_adjusted_p_values(classification_task: TaskReport) -> None:
    again = classification_task.model_copy(update={"name": "trec_again"})

    alone = printed((classification_task,), width=120)
    both = printed((classification_task, again), width=120)

    assert f"GPT-5 nano: 62.5 % (54.5 {wording.DASH} 70.5), 3 x 40 questions" in alone
    assert (
        f"tiny-135m: distilled {wording.MINUS} GPT-5 nano: +20.0 points (+4.0 to +36.0), adjusted p = 0.04, ahead; "
        "40 in common"
    ) in alone
    assert "adjusted p = 0.08, not distinguishable" in both
    assert "ahead" not in both


def test_a_reference_without_a_student_asked_the_same_is_still_shown(sql_task: TaskReport) -> None:
    assert "2 x 40 questions; no student was asked the same questions" in printed((sql_task,), width=120)


def test_what_was_not_measured_is_said(report: ReportInput) -> None:
    text = printed(report.tasks, width=80)

    assert "not measured yet: unseen-4b" in text
    assert "Accuracy: not measured yet" in text
    assert text.count("Cost: not measured yet") == 4


def test_a_name_in_brackets_is_not_taken_for_markup(half_measured_task: TaskReport) -> None:
    student = half_measured_task.students[0].model_copy(update={"name": "tiny[red]"})

    assert "tiny[red]" in printed((half_measured_task.model_copy(update={"students": (student,)}),), width=80)


def test_training_seeds_and_judge_have_a_line_each(measured_task: TaskReport) -> None:
    text = printed((measured_task,), width=200)

    assert f"tiny-135m, distilled: 92.5 {wording.PLUS_MINUS} 2.5 % over 3 training seeds" in text
    assert "tiny-135m, distilled, judged by a-judge: 85.0% good (71.0% to 93.0%), 2 of 40 verdicts unreadable" in text


def test_traffic_making_retirement_and_crossings_are_told(priced_task: TaskReport) -> None:
    text = printed((priced_task,), width=80)
    told = " ".join(text.split())

    assert "* 1.7 % $175.20" in told
    assert "* a traffic of 10 million requests a month" in told
    assert "tiny-135m: at least $16.14 to make (teacher $13.70, training $2.40, benchmark $0.04); with it" in told
    assert "Retire: GPT-5 nano 2026-12-11" in told
    assert "Claude Opus 4.6 0.353 927,000" in told
    assert "A Give-away never" in told
