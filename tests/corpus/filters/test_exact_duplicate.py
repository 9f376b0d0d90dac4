"""Rows that are there already, and those that only look like it."""

from __future__ import annotations

import pytest

from distil_dagster.tasks import Task, ToolCall
from tests.corpus.parts import generated, lights, only


def test_the_same_words_and_calls_are_out_whatever_their_case_and_punctuation(task: Task) -> None:
    rows = [
        generated(task, ("lights on please", lights("hall")), ("and now off", lights("hall", power="off"))),
        generated(task, ("Lights on, please!", lights("hall")), ("And now: off", lights("hall", power="off"))),
    ]
    assert only("exact_duplicate", task, rows) == {1: f"same as row {rows[0].row.id}"}


@pytest.mark.parametrize(
    "other",
    [("lights on please", lights("study")), ("lights off please", lights("hall")), ("lights on", lights("hall"))],
)
def test_another_word_or_another_call_is_in(task: Task, other: tuple[str, ToolCall]) -> None:
    assert (
        only("exact_duplicate", task, [generated(task, ("lights on please", lights("hall"))), generated(task, other)])
        == {}
    )


def test_the_order_of_arguments_does_not_count(task: Task) -> None:
    calls = (lights("hall", power="on"), ToolCall("set_lights", {"power": "on", "room": "hall"}))
    rows = [generated(task, ("lights on please", call)) for call in calls]
    assert list(only("exact_duplicate", task, rows)) == [1]
