"""What a teacher sent that is no row."""

from __future__ import annotations

from distil_dagster.tasks import Row, Task
from distil_dagster.teachers import GeneratedRow
from tests.corpus.parts import only, plain


def test_what_could_not_be_read_is_out_in_the_words_of_who_tried(task: Task) -> None:
    rows = [plain(task, 1), GeneratedRow(Row("", ""), unreadable="expected a JSON object, found talk")]
    assert only("unreadable", task, rows) == {1: "expected a JSON object, found talk"}


def test_a_row_that_was_read_is_in_whatever_it_says(task: Task) -> None:
    assert only("unreadable", task, [GeneratedRow(Row("", "no call"))]) == {}
