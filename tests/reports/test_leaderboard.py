"""The leaderboard says what is known of every task and student, and leaves the rest empty."""

from __future__ import annotations

import pytest

from distil_dagster.reports.leaderboard import LeaderboardRow, leaderboard_rows, leaderboard_table
from distil_dagster.reports.report_input import ReportInput, TaskReport


def test_the_most_accurate_student_comes_first_and_tasks_keep_their_order(report: ReportInput) -> None:
    rows = leaderboard_rows(report.tasks)

    assert [(row.task, row.student) for row in rows] == [
        ("smart_home", "tiny-135m"),
        ("smart_home", "unseen-4b"),
        ("git_assistant", "tiny-135m"),
    ]


def test_a_measured_student_is_shown_with_its_gain_rate_and_cost_at_seventy_percent(measured_task: TaskReport) -> None:
    row = leaderboard_rows([measured_task])[0]

    assert (row.n_questions, row.n_clusters) == (40, 10)
    assert row.distilled_accuracy == pytest.approx(0.95)
    assert row.distilled_minus_seeds_only == pytest.approx(0.95 - 0.625)
    assert (row.gain_low, row.gain_high, row.standing) == (0.15, 0.47, "ahead")
    assert row.requests_per_second == 3.4
    assert row.dollars_per_million == pytest.approx(0.10 / (3600 * 3.4 * 0.7) * 1e6)


def test_the_standing_pays_for_all_comparisons_of_the_leaderboard(measured_task: TaskReport) -> None:
    gain = measured_task.students[1].comparisons[0]
    student = measured_task.students[1].model_copy(update={"comparisons": (gain.model_copy(update={"p_value": 0.03}),)})
    task = measured_task.model_copy(update={"students": (student,)})
    (alone,) = leaderboard_rows([task])
    assert (alone.gain_p_value, alone.standing) == (0.03, "ahead")

    beside_another = leaderboard_rows([task, task.model_copy(update={"name": "again"})])
    assert {row.gain_p_value for row in beside_another} == {0.06}
    assert {row.standing for row in beside_another} == {"not distinguishable"}


def test_what_was_not_measured_is_empty_and_never_zero(half_measured_task: TaskReport) -> None:
    (row,) = leaderboard_rows([half_measured_task])

    assert row.seeds_only_accuracy == 0.5
    assert row.distilled_accuracy is row.base_accuracy is row.distilled_minus_seeds_only is None
    assert row.requests_per_second is row.dollars_per_million is None


def test_rows_survive_the_way_through_the_table(report: ReportInput) -> None:
    rows = leaderboard_rows(report.tasks)

    assert tuple(LeaderboardRow(**record) for record in leaderboard_table(rows).to_pylist()) == rows


def test_a_table_without_any_measurement_keeps_its_column_types() -> None:
    table = leaderboard_table([])

    assert str(table.schema.field("n_questions").type) == "int64"
    assert str(table.schema.field("distilled_accuracy").type) == "double"
