"""How numbers are written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from distil_dagster.reports import wording
from distil_dagster.reports.report_input import CorpusFunnel, StudentReport, TaskReport


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


@pytest.mark.parametrize(
    ("requests", "expected"),
    [(926_984, "927,000"), (4_634_920, "4.63 million"), (73e6, "73 million"), (1.21e9, "1.21 billion"), (12, "12")],
)
def test_volumes_are_written_to_three_digits(requests: float, expected: str) -> None:
    assert wording.volume(requests) == expected


def test_a_small_share_in_use_keeps_two_digits(priced_task: TaskReport) -> None:
    full, *_, traffic, api = (row for row in priced_task.costs if row.contender in ("tiny-135m", "GPT-5 nano"))

    assert [wording.utilisation(row) for row in (full, traffic, api)] == ["100 %", "1.7 %", wording.DASH]


def test_a_cost_without_all_of_its_making_is_a_lower_bound(priced_task: TaskReport) -> None:
    row = priced_task.costs[0]

    assert wording.with_making(row) == "at least $3.01"
    assert wording.with_making(replace(row, making_is_complete=True)) == "$3.01"
    assert wording.with_making(replace(row, total_dollars_per_million=None)) == wording.DASH


def test_a_crossing_is_a_line_and_so_is_that_there_is_none(priced_task: TaskReport) -> None:
    details = priced_task.cost_details
    assert details is not None
    lines = {wording.break_even(row) for row in details.break_even if row.device_dollars_per_hour == 2.40}

    assert "GPT-5 nano: 27.8 requests/s, 73 million a month" in lines
    assert "A Give-away: never, it costs less than the device at full use" in lines
