"""The verdict on a student: its thresholds, and when there is nothing to judge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.benchmark.statistics import (
    Interval,
    distillation_verdict,
    paired_comparison,
    unpaired_difference,
    verdict_from_rows,
)

SURE = Interval(0.2, 0.6)


def outcomes(right: int, rows: int) -> dict[str, float]:
    return {f"r{number:04}": float(number < right) for number in range(rows)}


class TestThresholds:
    @pytest.mark.parametrize(
        ("distilled", "word"),
        [
            (0.95, "deploy"),
            (0.90, "deploy"),
            (0.82, "deploy"),
            (0.819, "retune"),
            (0.66, "retune"),
            (0.659, "redo"),
            (0.50, "redo"),
            (0.40, "redo"),
        ],
    )
    def test_the_share_of_the_gap_closed_decides(self, distilled: float, word: str) -> None:
        verdict = distillation_verdict(0.5, distilled, 0.9, SURE)
        assert verdict.word == word
        assert verdict.closed == pytest.approx((distilled - 0.5) / 0.4)

    @given(st.floats(0, 0.4), st.floats(0.5, 1))
    def test_equal_to_the_teacher_is_deployed_and_equal_to_the_base_is_redone(
        self, base: float, teacher: float
    ) -> None:
        assert distillation_verdict(base, teacher, teacher, SURE).word == "deploy"
        assert distillation_verdict(base, base, teacher, SURE).word == "redo"

    def test_the_reason_holds_the_figures(self) -> None:
        reason = distillation_verdict(0.388, 0.967, 0.921, SURE, Interval(0.91, 1.31)).reason
        assert reason == (
            "The student went from 38.8 % to 96.7 %, 108.6 % of the way to its teacher's 92.1 % "
            "(95 % interval 91.0 % to 131.0 %)."
        )

    def test_the_reason_says_which_other_words_the_interval_allows(self) -> None:
        reason = distillation_verdict(0.5, 0.75, 0.9, SURE, Interval(0.35, 0.9)).reason
        assert "which also allows redo or deploy" in reason


class TestUndecided:
    def test_without_a_teacher(self) -> None:
        verdict = distillation_verdict(0.4, 0.9, None, None)
        assert (verdict.word, verdict.closed, verdict.interval) == ("undecided", None, None)
        assert "no score" in verdict.reason
        assert "from 40.0 % to 90.0 %" in verdict.reason

    def test_where_the_interval_of_the_gap_holds_zero(self) -> None:
        verdict = distillation_verdict(0.80, 0.95, 0.84, Interval(-0.03, 0.11))
        assert (verdict.word, verdict.closed) == ("undecided", None)
        assert "not distinguishable" in verdict.reason
        assert "+4.0 points, 95 % interval -3.0 to +11.0" in verdict.reason

    def test_where_the_teacher_is_worse(self) -> None:
        verdict = distillation_verdict(0.8, 0.9, 0.5, Interval(-0.4, -0.2))
        assert (verdict.word, verdict.closed) == ("undecided", None)
        assert "worse than" in verdict.reason

    def test_a_paired_gap_is_judged_by_its_p_value(self) -> None:
        # One row lost against seven won: Tango's interval excludes 0, McNemar's exact p is 0.07.
        teacher = {str(row): float(row < 8) for row in range(21)}
        base = {str(row): float(row < 1 or row == 8) for row in range(21)}
        gap = paired_comparison(teacher, base)
        assert gap.low > 0
        verdict = distillation_verdict(2 / 21, 8 / 21, 8 / 21, gap)
        assert verdict.word == "undecided"
        assert "p = 0.07" in verdict.reason

    def test_a_gap_of_unknown_certainty_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="how sure the gap"):
            distillation_verdict(0.4, 0.8, 0.9, None)


class TestFromRows:
    def test_the_figures_are_those_of_the_rows(self) -> None:
        verdict = verdict_from_rows(outcomes(40, 200), outcomes(164, 200), outcomes(180, 200))
        assert verdict.closed == pytest.approx(124 / 140)
        assert verdict.word == "deploy"
        assert verdict.interval is not None
        assert verdict.interval.low < 124 / 140 < verdict.interval.high

    def test_clusters_widen_the_interval(self) -> None:
        base, distilled, teacher = outcomes(40, 200), outcomes(164, 200), outcomes(180, 200)
        clusters = {f"r{number:04}": f"c{number // 10:02}" for number in range(200)}
        alone = verdict_from_rows(base, distilled, teacher).interval
        together = verdict_from_rows(base, distilled, teacher, clusters).interval
        assert alone is not None
        assert together is not None
        assert together.high - together.low > 1.5 * (alone.high - alone.low)

    def test_a_small_gap_over_the_same_rows_is_no_noise_if_the_teacher_never_loses(self) -> None:
        base, teacher = outcomes(180, 200), outcomes(192, 200)
        assert verdict_from_rows(base, outcomes(190, 200), teacher).word == "deploy"
        apart = unpaired_difference(
            0.96, Interval(*wilson_interval(192, 200)), 0.90, Interval(*wilson_interval(180, 200))
        )
        paired = paired_comparison(teacher, base)
        assert apart.high - apart.low > paired.high - paired.low

    def test_a_gap_within_noise_is_undecided(self) -> None:
        verdict = verdict_from_rows(outcomes(90, 100), outcomes(99, 100), outcomes(92, 100))
        assert (verdict.word, verdict.interval) == ("undecided", None)

    def test_without_a_teacher(self) -> None:
        verdict = verdict_from_rows(outcomes(1, 4), outcomes(3, 4), None)
        assert verdict.word == "undecided"
        assert "from 25.0 % to 75.0 %" in verdict.reason

    def test_a_student_that_answers_as_its_teacher_has_no_spread_to_show(self) -> None:
        verdict = verdict_from_rows(outcomes(10, 50), outcomes(45, 50), outcomes(45, 50))
        assert (verdict.closed, verdict.interval) == (1.0, None)

    def test_the_interval_holds_the_true_share(self) -> None:
        generator = np.random.default_rng(8)
        held = 0
        for _ in range(200):
            draws = np.repeat(generator.random(60), 3)  # conversations of three turns that are right together
            base, distilled, teacher = (
                {f"r{row:03}": float(draw < level) for row, draw in enumerate(draws)} for level in (0.3, 0.7, 0.9)
            )
            clusters = {f"r{row:03}": f"c{row // 3:02}" for row in range(180)}
            interval = verdict_from_rows(base, distilled, teacher, clusters).interval
            held += interval is not None and interval.low <= 2 / 3 <= interval.high
        assert 176 <= held <= 199

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0])] * 3, st.sampled_from("abcd")), min_size=1, max_size=30)
    )
    def test_any_rows_have_a_verdict(self, rows: list[tuple[float, float, float, str]]) -> None:
        base = {str(row): cells[0] for row, cells in enumerate(rows)}
        distilled = {str(row): cells[1] for row, cells in enumerate(rows)}
        teacher = {str(row): cells[2] for row, cells in enumerate(rows)}
        verdict = verdict_from_rows(base, distilled, teacher, {str(row): cells[3] for row, cells in enumerate(rows)})
        assert (verdict.closed is None) == (verdict.word == "undecided")
        assert verdict.interval is None or verdict.interval.low <= verdict.interval.high
        assert "nan" not in verdict.reason
        assert "inf" not in verdict.reason

    def test_missing_rows_are_named(self) -> None:
        with pytest.raises(ValueError, match="the teacher has no outcome for r0003"):
            verdict_from_rows(outcomes(1, 4), outcomes(3, 4), outcomes(3, 3))


class TestUnpairedDifference:
    def test_a_worked_example_of_the_literature(self) -> None:
        # Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10:
        # 56 of 70 against 48 of 80.
        first, second = Interval(*wilson_interval(56, 70)), Interval(*wilson_interval(48, 80))
        assert unpaired_difference(0.8, first, 0.6, second) == pytest.approx((0.0524, 0.3339), abs=5e-5)
