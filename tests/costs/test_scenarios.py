"""Other prices of an hour."""

from __future__ import annotations

import pytest

from distil_dagster.costs.scenarios import scenarios
from tests.costs.priced import STUDENT


def test_every_price_of_an_hour_is_told_at_every_load_the_own_among_them() -> None:
    found = scenarios(
        [STUDENT], dollars_per_hour=(5.00, 2.00, 2.40, 3.00), utilisations=(1.0, 0.7), requests_per_month=10e6
    )

    full = [row for row in found if row.utilisation == 1.0]
    assert [row.device_dollars_per_hour for row in full] == [2.00, 2.40, 3.00, 5.00]
    assert [row.is_own_price for row in full] == [False, True, False, False]
    assert [row.dollars_per_million for row in full] == pytest.approx([2.5025, 3.003, 3.7538, 6.2563], abs=1e-4)
    assert [row.load for row in found[:3]] == ["share", "share", "traffic"]


def test_without_other_prices_the_own_one_stands_alone() -> None:
    assert [row.device_dollars_per_hour for row in scenarios([STUDENT], dollars_per_hour=())] == [2.40] * 3
