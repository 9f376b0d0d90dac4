"""The leaderboard says what is known of every task and student, and leaves the rest empty."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from distil_dagster.reports.leaderboard import (
    LeaderboardRow,
    leaderboard_rows,
    leaderboard_table,
    reference_standings,
    write_leaderboard,
)
from distil_dagster.reports.report_input import ReportInput, TaskReport


def test_the_most_accurate_student_comes_first_and_tasks_keep_their_order(report: ReportInput) -> None:
    rows = leaderboard_rows(report.tasks)

    assert [(row.task, row.student) for row in rows] == [
        ("smart_home", "tiny-135m"),
        ("smart_home", "unseen-4b"),
        ("git_assistant", "tiny-135m"),
        ("trec", "tiny-135m"),
        ("banking77", "tiny-135m"),
        ("text2sql", "tiny-135m"),
        ("docstring", "tiny-135m"),
    ]


def test_a_measured_student_is_shown_with_its_gain_rate_and_cost_at_seventy_percent(measured_task: TaskReport) -> None:
    row = leaderboard_rows([measured_task])[0]

    assert (row.n_questions, row.n_clusters) == (40, 10)
    assert row.distilled_accuracy == pytest.approx(0.95)
    assert row.distilled_minus_seeds_only == pytest.approx(0.95 - 0.625)
    assert (row.gain_low, row.gain_high) == pytest.approx((0.165, 0.485))
    assert row.standing == "ahead"
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
    assert {row.gain_p_value, row.standing, row.verdict} == {None}
    assert row.distilled_accuracy is row.base_accuracy is row.distilled_minus_seeds_only is None
    assert row.requests_per_second is row.dollars_per_million is None


def test_rows_survive_the_way_through_the_table(report: ReportInput) -> None:
    rows = leaderboard_rows(report.tasks)

    assert tuple(LeaderboardRow(**record) for record in leaderboard_table(rows).to_pylist()) == rows


@pytest.mark.parametrize(("difference", "word"), [(0.2, "ahead"), (-0.2, "behind")])
def test_the_word_follows_the_sign_only_where_the_difference_is_significant(
    measured_task: TaskReport, difference: float, word: str
) -> None:
    student = measured_task.students[1]

    def standing(p_value: float) -> str | None:
        gain = student.comparisons[0].model_copy(update={"difference": difference, "p_value": p_value})
        changed = student.model_copy(update={"comparisons": (gain,)})
        return leaderboard_rows([measured_task.model_copy(update={"students": (changed,)})])[0].standing

    assert (standing(0.04), standing(0.06)) == (word, "not distinguishable")


def test_a_student_without_a_distilled_arm_has_its_other_arms_and_no_gain_or_verdict(
    many_labels_task: TaskReport,
) -> None:
    (row,) = leaderboard_rows([many_labels_task])

    assert (row.base_accuracy, row.seeds_only_accuracy, row.n_questions) == (0, 0.8, 760)
    assert {row.distilled_accuracy, row.distilled_minus_seeds_only, row.standing, row.verdict} == {None}


class TestBesideReferences:
    def test_a_student_is_compared_with_each_reference_that_was_asked_the_same(
        self, classification_task: TaskReport, sql_task: TaskReport
    ) -> None:
        rows = reference_standings([classification_task, sql_task])

        assert [(row.task, row.student, row.arm, row.reference, row.standing) for row in rows] == [
            ("trec", "tiny-135m", "distilled", "GPT-5 nano", "ahead"),
            ("trec", "tiny-135m", "distilled", "Claude Haiku 4.5", "behind"),
        ]
        assert rows[0].difference == pytest.approx(0.2)
        assert (rows[0].low, rows[0].high) == pytest.approx((0.04, 0.36))

    def test_the_p_values_pay_for_all_references_of_all_tasks(self, classification_task: TaskReport) -> None:
        alone = reference_standings([classification_task])
        beside_another = reference_standings([classification_task, classification_task])

        assert [row.p_value for row in alone] == pytest.approx([0.04, 0.04])
        assert [row.p_value for row in beside_another] == pytest.approx([0.08] * 4)
        assert {row.standing for row in beside_another} == {"not distinguishable"}

    def test_leaderboard_and_references_are_written_as_tables(self, report: ReportInput, tmp_path: Path) -> None:
        counts = write_leaderboard(report.tasks, tmp_path)

        assert counts == {"rows": 7, "beside_references": 2}
        assert pq.read_table(tmp_path / "leaderboard.parquet").column("verdict").to_pylist()[3] == "retune"
        references = pq.read_table(tmp_path / "references.parquet")
        assert references.column("reference").to_pylist() == ["GPT-5 nano", "Claude Haiku 4.5"]

    def test_without_references_the_table_is_empty_and_keeps_its_column_types(
        self, half_measured_task: TaskReport, tmp_path: Path
    ) -> None:
        write_leaderboard([half_measured_task], tmp_path)

        table = pq.read_table(tmp_path / "references.parquet")
        assert table.num_rows == 0
        assert str(table.schema.field("n").type) == "int64"
        assert str(table.schema.field("p_value").type) == "double"


def test_a_table_without_any_measurement_keeps_its_column_types() -> None:
    table = leaderboard_table([])

    assert str(table.schema.field("n_questions").type) == "int64"
    assert str(table.schema.field("distilled_accuracy").type) == "double"
