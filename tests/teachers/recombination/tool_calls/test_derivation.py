from dataclasses import replace
from pathlib import Path

import pytest

from distil_dagster.tasks import Conversation, Task, Tool, Toolbox, ToolCall, Turn, load_task
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.teachers.recombination.tool_calls.derivation import derived_templates
from distil_dagster.teachers.recombination.tool_calls.induction import induce


@pytest.fixture
def home(tiny_task_folder: Path) -> Task:
    """Two tools that are described as opposites."""
    room = {"type": "string", "enum": ["kitchen", "hall", "study"]}
    schema = {"type": "object", "properties": {"room": room}}
    tools = Toolbox((Tool("on", "Turn on the lights.", schema), Tool("off", "Turn off the lights.", schema)))
    return replace(load_task(tiny_task_folder), job=JobDescription(tools=tools))


def derive(task: Task, *seeds: tuple[str, ToolCall]) -> set[tuple[str, str]]:
    conversations = [Conversation(str(number), (Turn(*seed),)) for number, seed in enumerate(seeds)]
    return {(template.tool, template.text) for template in derived_templates(task, induce(task, conversations))}


SEEDS = (
    ("turn off the lights in the kitchen", ToolCall("off", {"room": "kitchen"})),
    ("hall lights off", ToolCall("off", {"room": "hall"})),
    ("turn off the lights", ToolCall("off", {})),
    ("switch on the lights please", ToolCall("on", {})),
)


def test_a_place_moves_before_and_behind_its_noun(home: Task) -> None:
    derived = derive(home, *SEEDS)
    assert ("off", "turn off the {room} lights") in derived
    assert ("off", "lights in the {room} off") in derived


def test_a_place_is_left_out_where_the_tool_does_without_it(home: Task) -> None:
    assert ("off", "lights off") in derive(home, *SEEDS)
    assert ("off", "lights off") not in derive(home, *SEEDS[:2])


def test_a_place_is_added_where_another_tool_shows_how(home: Task) -> None:
    derived = derive(home, *SEEDS)
    assert ("on", "switch on the {room} lights please") in derived
    assert ("on", "switch on the lights in the {room} please") in derived


def test_requests_for_opposite_tools_are_opposite(home: Task) -> None:
    derived = derive(home, *SEEDS)
    assert ("on", "turn on the lights in the {room}") in derived
    assert ("off", "switch off the lights please") in derived


def test_a_particle_is_no_place(home: Task) -> None:
    seeds = (("switch on the kitchen", ToolCall("on", {"room": "kitchen"})), ("lights", ToolCall("on", {})))
    assert not any(
        tool == "on" and text.startswith("switch") and " on" not in text for tool, text in derive(home, *seeds)
    )
