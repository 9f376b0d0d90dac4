"""The bundled git task: every tool and choice is shown and asked, and an answer says no more than its question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from distil_dagster.corpus.similarity import most_similar, utterance_tokens
from distil_dagster.tasks import Row, Task, Turn, load_task
from distil_dagster.tasks.tool_calling import tool_calling

FOLDER = Path(__file__).parents[2] / "tasks" / "git_assistant"
NEAR_EQUAL = 0.8

UNDERSTOOD_OTHERWISE = {
    "let me edit my last two commits in an interactive rebase": ("HEAD~2", "a count of last commits, in words"),
    "which commits does staging have that production lacks?": ("production..staging", "a range told as a difference"),
    "take back my last two commits but leave everything staged": ("HEAD~2", "a count of last commits, in words"),
    "uncommit the newest commit, the changes should end up unstaged": ("HEAD~1", "the commit before the newest"),
    "forget the last 3 commits ever happened, lose the changes too": ("HEAD~3", "a count of last commits"),
}
"""Questions whose answer holds a value that isn't written in them: that value, and why it follows all the same."""


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task(FOLDER)


def turns(task: Task, rows: tuple[Row, ...]) -> list[Turn]:
    return [turn for row in rows for turn in tool_calling(task.kind).conversation(row).turns]


def free_texts(task: Task, turn: Turn) -> Iterator[str]:
    """The strings of a call that are not chosen from a list of the schema."""
    tool = task.tools.by_name[turn.call.name]
    for name, value in turn.call.arguments.items():
        if "enum" not in tool.properties[name]:
            yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))


def test_it_is_a_single_turn_task_of_many_tools_with_enough_rows(task: Task) -> None:
    assert task.kind.name == "tool-calling-closed-book"
    assert len(task.tools.tools) >= 13
    assert len(task.seeds) >= 50
    assert len(task.tests) >= 150


@pytest.mark.parametrize(("part", "least"), [("seeds", 2), ("tests", 5)])
def test_every_tool_is_called_several_times(task: Task, part: str, least: int) -> None:
    called = [turn.call.name for turn in turns(task, getattr(task, part))]
    assert {tool for tool in task.tools.by_name if called.count(tool) < least} == set()


@pytest.mark.parametrize("part", ["seeds", "tests"])
def test_every_parameter_is_given_and_every_choice_taken(task: Task, part: str) -> None:
    calls = [turn.call for turn in turns(task, getattr(task, part))]
    for tool in task.tools.tools:
        for name, schema in tool.properties.items():
            given = [call.arguments[name] for call in calls if call.name == tool.name and name in call.arguments]
            assert given, f"{tool.name}.{name}"
            assert set(schema.get("enum", ())) <= set(map(str, given)), f"{tool.name}.{name}"


def test_no_question_is_nearly_another_one(task: Task) -> None:
    seeds, tests = ([utterance_tokens(turn.user) for turn in turns(task, rows)] for rows in (task.seeds, task.tests))
    alike = [(max(most_similar([test], seeds)), test) for test in tests]
    for rows in (seeds, tests):
        alike += [(max(most_similar([row], rows[:place])), row) for place, row in enumerate(rows) if place]
    assert [row for (similarity, _), row in alike if similarity >= NEAR_EQUAL] == []


def test_what_an_answer_quotes_is_written_in_its_question(task: Task) -> None:
    unwritten = {
        turn.user: text
        for turn in turns(task, task.tests)
        for text in free_texts(task, turn)
        if text.casefold() not in turn.user.casefold()
    }
    assert unwritten == {question: value for question, (value, _) in UNDERSTOOD_OTHERWISE.items()}
