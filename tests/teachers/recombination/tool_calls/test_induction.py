"""What a seed teaches of arguments that its words don't say: carried, reckoned from before, or nothing at all."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from distil_dagster.tasks import Conversation, Task, Tool, Toolbox, ToolCall, Turn
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher
from distil_dagster.teachers.recombination.tool_calls.dialogue import Said
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.induction import induce
from tests.teachers.conftest import Tasks

TOOLS = Toolbox(
    tuple(
        Tool(name, "", {"type": "object", "properties": properties})
        for name, properties in (
            (
                "climate",
                {
                    "temperature": {"type": "integer", "minimum": 60, "maximum": 80, "description": "In degrees"},
                    "mode": {"type": "string", "enum": ["heat", "cool", "auto"]},
                },
            ),
            ("door", {"door": {"type": "string", "enum": ["front", "back"]}, "state": {"enum": ["lock", "unlock"]}}),
            ("status", {"device": {"type": "string", "enum": ["doors", "climate"]}}),
            ("history", {"since": {"type": "string"}, "ref": {"type": "string"}}),
        )
    )
)
Dialogue = tuple[tuple[str, ToolCall], ...]


def climate(**arguments: Any) -> ToolCall:
    return ToolCall("climate", arguments)


def task_of(tasks: Tasks, dialogues: Iterable[Dialogue]) -> Task:
    kind = tasks.bank.kind
    rows = [kind.row(Conversation("", tuple(Turn(*turn) for turn in dialogue))) for dialogue in dialogues]
    return replace(tasks.bank, job=JobDescription(tools=TOOLS), seeds=tuple(rows), tests=())


def grammar_of(tasks: Tasks, *dialogues: Dialogue) -> Grammar:
    return induce(task_of(tasks, dialogues))


BEFORE = ("set it to 66", climate(temperature=66))
RAISED: Dialogue = (
    ("set the thermostat to 70", climate(temperature=70)),
    ("put it on auto", climate(temperature=70, mode="auto")),
    ("raise it by two degrees", climate(temperature=72, mode="auto")),
)


def test_a_number_that_is_not_said_is_carried_from_the_call_before(tasks: Tasks) -> None:
    (_, follow_up) = grammar_of(tasks, (BEFORE, ("in cooling mode", climate(temperature=66, mode="cool")))).templates
    assert follow_up.fixed == ((("mode",), "cool"),)
    assert follow_up.reference is not None
    assert follow_up.reference.carried == {"temperature"}


@pytest.mark.parametrize(
    "dialogue",
    [
        # Two turns back, past another tool: no template may claim that the words alone mean 66.
        (
            BEFORE,
            ("is the front door locked", ToolCall("status", {"device": "doors"})),
            ("back to the heating, leave it as it was", climate(temperature=66, mode="heat")),
        ),
        # Whether "cosier" implies heat, or the call before does, can't be told.
        (
            ("heat to 66", climate(temperature=66, mode="heat")),
            ("seventy would be cosier by far", climate(temperature=70, mode="heat")),
        ),
    ],
)
def test_what_was_told_earlier_is_not_taken_for_the_meaning_of_a_phrase(tasks: Tasks, dialogue: Dialogue) -> None:
    templates = grammar_of(tasks, dialogue, (("unlock the back door", ToolCall("door", {"door": "back"})),)).templates
    last = dialogue[-1][0].split()[-1]
    assert not any(template.text.endswith(last) for template in templates)


ASKED = ("is the front door locked", ToolCall("status", {"device": "doors"}))
LOCKED = ("lock it to be safe", ToolCall("door", {"door": "front", "state": "lock"}))


def test_a_pronoun_stands_for_what_only_the_words_before_it_name(tasks: Tasks) -> None:
    open_back = (("unlock the back door", ToolCall("door", {"door": "back", "state": "unlock"})),)
    teacher = RecombinationTeacher(task_of(tasks, [(ASKED, LOCKED), open_back]))
    for said, door in (("is the back door locked", "back"), ("is the front door locked", "front")):
        before = (Said(ASKED[1], utterance=said),)
        assert teacher.parser.read("lock it to be safe", before) == ToolCall("door", {"door": door, "state": "lock"})
    assert teacher.parser.read("lock it to be safe", (Said(ASKED[1], utterance="how are the doors"),)) is None
    assert teacher.parser.read("lock it to be safe", ()) is None


def test_a_change_by_an_amount_is_reckoned_from_the_call_before(tasks: Tasks) -> None:
    teacher = RecombinationTeacher(task_of(tasks, [RAISED]))
    before = (Said(climate(temperature=64, mode="heat")),)
    for said, temperature in (
        ("raise it by two degrees", 66),
        ("raise it by 5 degrees", 69),
        ("lower it by a couple of degrees", 62),
        ("three degrees cooler", 61),
        ("go up by 4", 68),
    ):
        assert teacher.parser.read(said, before) == climate(temperature=temperature, mode="heat")
    assert teacher.parser.read("raise it by two degrees", ()) is None


def test_generated_changes_add_up(tasks: Tasks) -> None:
    task = task_of(tasks, [RAISED] * 2)
    teacher = RecombinationTeacher(task)
    changed = 0
    for row in teacher.generate(count=300, seed=1).rows:
        *before, last = tool_calling(task.kind).conversation(row.row).turns
        if before and "rise" in row.origin.template.rpartition(" + ")[2] and before[-1].call.name == "climate":
            changed += 1
            assert last.call.arguments["temperature"] > before[-1].call.arguments["temperature"]
            assert last.call.arguments["temperature"] <= 80
    assert changed


def test_what_no_seed_shows_of_a_change_is_not_made_up(tasks: Tasks) -> None:
    names = {template.name for template in RecombinationTeacher(task_of(tasks, [(BEFORE,)])).templates}
    assert not any(":rise" in name or ":fall" in name for name in names)


def test_a_number_inside_a_text_is_exchanged_with_it(tasks: Tasks) -> None:
    teacher = RecombinationTeacher(
        task_of(
            tasks,
            [
                (("commits of the past two weeks", ToolCall("history", {"since": "2 weeks ago"})),),
                (("go over my last 4 commits", ToolCall("history", {"ref": "HEAD~4"})),),
            ],
        )
    )
    assert teacher.parser.read("commits of the past five weeks", ()) == ToolCall("history", {"since": "5 weeks ago"})
    assert teacher.parser.read("go over my last 11 commits", ()) == ToolCall("history", {"ref": "HEAD~11"})


def test_words_that_need_their_tool_before_them_carry_what_the_seeds_show(tasks: Tasks) -> None:
    shown: Dialogue = (
        ("heat to 70", climate(temperature=70, mode="heat")),
        ("actually, 71", climate(temperature=71, mode="heat")),
    )
    bare: Dialogue = (("set it to 68", climate(temperature=68)), ("make it 64 instead", climate(temperature=64)))
    teacher = RecombinationTeacher(task_of(tasks, [shown, bare]))
    before = (Said(climate(temperature=66, mode="cool")),)
    assert teacher.parser.read("make it 75 instead", before) == climate(temperature=75, mode="cool")
