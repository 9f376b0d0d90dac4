"""Rows whose form is not that of the task."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.tasks import Row, Task, ToolCall, load_task
from tests.corpus.parts import as_generated, generated, lights, only, plain


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (ToolCall("open_door", {}), "no tool is named 'open_door'"),
        (lights("moon"), "'moon' is not one of"),
        (ToolCall("set_timer", {}), "'minutes' is a required property"),
        (ToolCall("set_timer", {"minutes": 1, "tone": "x"}), "'tone' was unexpected"),
    ],
)
def test_a_call_that_the_schemas_refuse_is_out(task: Task, call: ToolCall, reason: str) -> None:
    rows = [plain(task, 1), generated(task, ("do it", call)), plain(task, 2)]
    ((index, detail),) = only("invalid_answer", task, rows).items()
    assert index == 1
    assert reason in detail


def test_an_invalid_call_in_the_history_is_out_and_every_fault_is_kept(task: Task) -> None:
    row = generated(task, ("do it", lights("moon", power="dim")), ("again", lights("hall")))
    (detail,) = only("invalid_answer", task, [row]).values()
    assert detail.count("the call in turn 1 is not valid") == 2
    assert "; " in detail


def test_a_row_that_can_not_be_read_is_out(task: Task) -> None:
    broken = as_generated(Row("[{", '{"name": "stop"}'))
    (detail,) = only("invalid_answer", task, [broken]).values()
    assert "not a JSON list of messages" in detail


def test_valid_rows_pass(task: Task) -> None:
    assert only("invalid_answer", task, [as_generated(row) for row in task.seeds]) == {}


@pytest.mark.parametrize(("question", "answer", "part"), [("", "stop", "question"), ("be quiet", " \n", "answer")])
def test_a_row_with_an_empty_part_is_out(task: Task, question: str, answer: str, part: str) -> None:
    assert only("invalid_answer", task, [as_generated(Row(question, answer))]) == {0: f"{part}: empty"}


def test_a_label_that_is_not_declared_is_out(tiny_classification_folder: Path) -> None:
    task = load_task(tiny_classification_folder)
    rows = [as_generated(Row("my card is gone", label)) for label in ("card_lost", "card_gone")]
    assert list(only("invalid_answer", task, rows)) == [1]


def test_an_open_book_row_without_its_context_is_out(tiny_open_book_folder: Path) -> None:
    task = load_task(tiny_open_book_folder)
    rows = [as_generated(Row("Which is longer?", "the pier", context)) for context in (None, "The pier is longer.")]
    assert list(only("invalid_answer", task, rows)) == [0]
