"""Mistakes are what lies off the diagonal, the most frequent first."""

from __future__ import annotations

from distil_dagster.reports.mistakes import Mistake, mistakes

ANSWERS = ("yes", "no", "no label")


def test_the_most_frequent_come_first_and_equals_in_the_order_of_the_labels() -> None:
    found = mistakes(("yes", "no"), ANSWERS, ((5, 1, 2), (2, 4, 0)))

    assert found == [Mistake("yes", "no label", 2), Mistake("no", "yes", 2), Mistake("yes", "no", 1)]


def test_right_answers_and_answers_never_given_are_no_mistakes() -> None:
    assert mistakes(("yes", "no"), ANSWERS, ((5, 0, 0), (0, 4, 0))) == []
