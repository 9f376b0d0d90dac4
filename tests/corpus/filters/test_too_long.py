"""Rows at the limits of their length, and beyond."""

from __future__ import annotations

from distil_dagster.corpus.curation import CurationSettings
from distil_dagster.tasks import Row, Task
from tests.corpus.parts import as_generated, only, plain


def test_question_and_answer_count_together_and_the_limit_itself_is_in(task: Task) -> None:
    row = plain(task, 1)
    length = len(row.row.question) + len(row.row.answer)
    assert only("too_long", task, [row], CurationSettings(max_total_length=length)) == {}
    assert only("too_long", task, [row], CurationSettings(max_total_length=length - 1)) == {
        0: f"{length} characters, at most {length - 1}"
    }


def test_the_context_counts(task: Task) -> None:
    rows = [as_generated(Row("abc", "de", "f" * length)) for length in (5, 6)]
    assert only("too_long", task, rows, CurationSettings(max_total_length=10)) == {1: "11 characters, at most 10"}


def test_the_answer_has_a_limit_of_its_own(task: Task) -> None:
    rows = [as_generated(Row("abc", "d" * length)) for length in (4, 5)]
    assert only("too_long", task, rows, CurationSettings(max_answer_length=4)) == {
        1: "an answer of 5 characters, at most 4"
    }
