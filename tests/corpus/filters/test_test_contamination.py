"""Rows that ask what a test row asks, in whatever turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.corpus.curation import CurationSettings
from distil_dagster.tasks import Task, Turn
from distil_dagster.tasks.tool_calling import tool_calling
from tests.corpus.parts import LONG, STOP, generated, lights, only, plain, with_test


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_a_question_of_some_length_is_out_in_any_turn(tiny_multi_turn_folder: Path, turn: int) -> None:
    task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), (LONG, lights("hall")))
    turns = [(f"something else {number}", lights("hall")) for number in range(3)]
    turns[turn] = (f"{LONG.upper()}!", lights("hall"))
    (detail,) = only("test_contamination", task, [generated(task, *turns)]).values()
    assert detail == f"a question has similarity 1.00 to one of test {task.tests[-1].id}"


def test_a_short_phrase_is_out_where_the_dialogue_before_it_is_the_tests(tiny_multi_turn_folder: Path) -> None:
    task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), ("same again", STOP))
    same = generated(task, ("brew some coffee", STOP), ("Same again!", lights("hall")))
    opening = generated(task, ("Brew some coffee", lights("hall")))
    other = generated(task, ("tidy up the cellar", STOP), ("same again", lights("hall")))
    assert list(only("test_contamination", task, [same, opening, other])) == [0, 1]


def test_from_how_many_tokens_an_utterance_tells_is_a_setting(tiny_multi_turn_folder: Path) -> None:
    task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), ("same again", STOP))
    row = generated(task, ("tidy up the cellar", STOP), ("same again", STOP))
    assert list(only("test_contamination", task, [row], CurationSettings(telling_tokens=2))) == [0]


def test_a_near_question_is_out_and_a_far_one_is_in(tiny_multi_turn_folder: Path) -> None:
    task = with_test(tiny_multi_turn_folder, ("one two three four", STOP))
    near = generated(task, ("one two three four five", STOP))
    far = generated(task, ("one two three four five six", STOP))
    assert only("test_contamination", task, [near, far]) == {
        0: f"a question has similarity 0.80 to one of test {task.tests[-1].id}"
    }


def test_the_call_does_not_count(task: Task) -> None:
    said = tool_calling(task.kind).conversation(task.tests[5]).turns[0].user
    assert list(only("test_contamination", task, [generated(task, (said, STOP))])) == [0]


def test_rows_unlike_any_test_are_in(task: Task) -> None:
    assert only("test_contamination", task, [plain(task, number) for number in range(5)]) == {}


def test_a_turn_in_which_nothing_was_said_is_no_copy(task: Task) -> None:
    row = generated(task, ("brew some coffee", lights("hall")), Turn("", lights("study"), "done"))
    assert only("test_contamination", task, [row]) == {}
