"""Bracketing and bisection, over servers that are a number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.serving.load.search import Bracket, Search


class Server:
    """Passes up to a rate, and remembers what it was asked."""

    def __init__(self, truth: float) -> None:
        self.truth = truth
        self.asked: list[float] = []

    def passes(self, rate: float) -> bool:
        self.asked.append(rate)
        return rate <= self.truth


def search(
    server: Server, start: float, *, tolerance: float = 0.03, lowest: float = 0.1, highest: float = 1e4
) -> Search:
    return Search(server.passes, start, tolerance, lowest, highest)


@given(truth=st.floats(0.2, 5_000), start=st.floats(0.2, 5_000))
def test_the_answer_is_the_truth_to_the_tolerance_from_wherever_the_search_begins(truth: float, start: float) -> None:
    server = Server(truth)
    bracket = search(server, start).run()
    assert bracket.passing is not None
    assert bracket.failing is not None
    assert bracket.passing <= truth < bracket.failing
    assert bracket.failing <= bracket.passing * 1.03
    assert len(server.asked) == len(set(server.asked))


def test_a_start_that_is_far_off_costs_few_rates() -> None:
    server = Server(1_000.0)
    search(server, 1.0).run()
    assert len(server.asked) < 20


def test_nothing_passes_down_to_the_lowest_rate() -> None:
    server = Server(0.0)
    assert search(server, 4.0, lowest=0.5).run() == Bracket(None, 0.5)
    assert min(server.asked) == 0.5


def test_everything_passes_up_to_the_highest_rate() -> None:
    server = Server(math.inf)
    assert search(server, 4.0, highest=50.0).run() == Bracket(50.0, None)
    assert max(server.asked) == 50.0


def test_what_is_known_is_not_measured_again() -> None:
    server = Server(9.0)
    known = Search(server.passes, 1.0, 0.03, 0.1, 100.0, verdicts={8.0: True, 10.0: False})
    bracket = known.run()
    assert all(8.0 < rate < 10.0 for rate in server.asked)
    assert bracket.passing == pytest.approx(9.0, rel=0.03)


def test_a_rate_that_passed_above_one_that_failed_counts_for_nothing() -> None:
    assert Bracket.of({1.0: True, 2.0: False, 3.0: True}) == Bracket(1.0, 2.0)
    assert Bracket.of({2.0: False, 3.0: True}) == Bracket(None, 2.0)


def test_a_verdict_that_is_taken_back_is_searched_below() -> None:
    server = Server(10.0)
    finding = search(server, 8.0)
    found = finding.run().passing
    assert found is not None
    finding.verdicts[found] = False
    lower = finding.run()
    assert lower.passing is not None
    assert lower.passing < found == lower.failing
