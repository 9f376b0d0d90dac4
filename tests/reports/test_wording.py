"""How numbers are written."""

from __future__ import annotations

import pytest

from distil_dagster.reports import wording
from distil_dagster.reports.report_input import CorpusFunnel, StudentReport


@pytest.mark.parametrize(
    ("amount", "expected"), [(1890, "$1,890.00"), (3.003, "$3.00"), (0.446, "$0.45"), (0.0034, "$0.0034"), (0, "$0")]
)
def test_dollars_are_written_to_the_cent_unless_a_cent_is_too_coarse(amount: float, expected: str) -> None:
    assert wording.dollars(amount) == expected


@pytest.mark.parametrize(
    ("rate", "expected"), [(1340.2, "1,340"), (222, "222"), (99.96, "100"), (3.414, "3.41"), (0.0871, "0.0871")]
)
def test_rates_have_three_digits_and_no_powers_of_ten(rate: float, expected: str) -> None:
    assert wording.rate(rate) == expected


@pytest.mark.parametrize(("duration", "expected"), [(0.39, "390 ms"), (1.236, "1.24 s")])
def test_latencies_are_written_in_the_unit_that_fits(duration: float, expected: str) -> None:
    assert wording.seconds(duration) == expected


@pytest.mark.parametrize(
    ("difference", "expected"),
    [(0.125, "+12.5"), (-0.08, f"{wording.MINUS}8.0"), (0.0004, "0.0"), (-0.0004, "0.0"), (0, "0.0")],
)
def test_differences_are_signed_points_unless_they_round_to_nothing(difference: float, expected: str) -> None:
    assert wording.points(difference) == expected


def test_an_interval_of_differences_has_no_dash_that_looks_like_a_sign() -> None:
    assert wording.span(-0.16, 0.02) == f"{wording.MINUS}16.0 to +2.0"


@pytest.mark.parametrize(("value", "expected"), [(0.0231, "p = 0.023"), (1, "p = 1"), (0.00002, "p < 0.0001")])
def test_p_values_have_two_digits_and_tiny_ones_only_a_bound(value: float, expected: str) -> None:
    assert wording.p_value(value) == expected


def test_arms_go_from_the_untrained_model_to_the_distilled_one(measured_student: StudentReport) -> None:
    assert [arm.arm for arm in wording.in_order(measured_student.arms)] == ["base", "seeds_only", "distilled"]


def test_nothing_generated_has_no_kept_share() -> None:
    assert wording.kept_share(CorpusFunnel(generated=0, rejections=(), kept=0)) == wording.DASH
