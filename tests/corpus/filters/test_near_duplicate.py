"""Rows that differ from another by a few words."""

from __future__ import annotations

from distil_dagster.tasks import Task
from distil_dagster.teachers import GeneratedRow
from tests.corpus.parts import generated, lights, only


def dialogue(task: Task, *words: str) -> GeneratedRow:
    return generated(task, (" ".join([*(f"word{number}" for number in range(30)), *words]), lights("hall")))


def test_a_row_that_differs_by_one_word_of_many_is_out(task: Task) -> None:
    rows = [dialogue(task), dialogue(task, "please"), dialogue(task, "please", "now")]
    assert only("near_duplicate", task, rows) == {
        1: f"near row {rows[0].row.id}",
        2: f"near row {rows[0].row.id}",
    }


def test_a_row_that_differs_by_several_words_is_in(task: Task) -> None:
    rows = [dialogue(task), dialogue(task, *"abcdefgh")]
    assert only("near_duplicate", task, rows) == {}


def test_short_rows_that_differ_by_one_value_are_in(task: Task) -> None:
    rows = [generated(task, (f"lights on in the {room}", lights(room))) for room in ("hall", "study", "kitchen")]
    assert only("near_duplicate", task, rows) == {}
