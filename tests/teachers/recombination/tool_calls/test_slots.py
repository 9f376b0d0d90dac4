"""Which words of a seed other values may stand in for, by what stands together in the seeds."""

from dataclasses import replace
from pathlib import Path

from distil_dagster.tasks import Conversation, Tool, Toolbox, ToolCall, Turn, load_task
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.teachers.recombination.tool_calls.alignment import Aligner
from distil_dagster.teachers.recombination.tool_calls.induction import induce
from distil_dagster.teachers.recombination.tool_calls.slots import SlotFinder
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Vocabulary

TOOLS = Toolbox(
    (
        Tool(
            "status",
            "",
            {
                "type": "object",
                "properties": {
                    "device": {"type": "string", "enum": ["lights", "door"]},
                    "room": {"type": "string", "enum": ["kitchen", "hall", "study"]},
                },
            },
        ),
        Tool(
            "branch",
            "",
            {
                "type": "object",
                "properties": {
                    "action": {"type": "string", "enum": ["list", "delete", "reset"]},
                    "name": {"type": "string"},
                },
            },
        ),
    )
)


def asked(device: str, **more: str) -> ToolCall:
    return ToolCall("status", {"device": device, **more})


SEEDS = [
    ("is the door locked", asked("door")),
    ("are the doors locked now", asked("door")),
    ("door locked?", asked("door")),
    ("are the lights on in the kitchen", asked("lights", room="kitchen")),
    ("any lights on in the hall", asked("lights", room="hall")),
    ("lights on in the study?", asked("lights", room="study")),
    ("list my branches", ToolCall("branch", {"action": "list"})),
    ("delete the branch old", ToolCall("branch", {"action": "delete", "name": "old"})),
]


def excluded(utterance: str, call: ToolCall) -> dict[str, tuple[str, ...]]:
    """The slots that are found in an utterance, each with the values that may not stand there."""
    aligner = Aligner(Vocabulary(TOOLS))
    aligner.learn((text, TOOLS.by_name[call.name], call.arguments) for text, call in SEEDS)
    finder = SlotFinder(TOOLS, aligner, [Conversation("", (Turn(*seed),)) for seed in SEEDS])
    tool = TOOLS.by_name[call.name]
    slots, _ = finder.find(utterance, tool, aligner.align(utterance, tool, call.arguments))
    return {slot.domain.name: slot.excluded for _, _, slot in slots}


def test_a_kind_of_thing_stays_with_the_words_that_are_said_of_it() -> None:
    assert excluded("is the door locked", asked("door")) == {}


def test_a_place_may_be_any_other() -> None:
    found = excluded("are the lights on in the kitchen", asked("lights", room="kitchen"))
    assert found == {"room": ()}


def test_an_action_stays_with_the_arguments_that_it_was_seen_with() -> None:
    found = excluded("delete the branch old", ToolCall("branch", {"action": "delete", "name": "old"}))
    assert found["action"] == ("list",), "the seeds never list a branch by name, and never show what reset takes"


def test_a_call_keeps_a_topical_value_in_the_company_that_the_seeds_show(tiny_task_folder: Path) -> None:
    task = replace(load_task(tiny_task_folder), job=JobDescription(tools=TOOLS))
    grammar = induce(task, [Conversation(str(number), (Turn(*seed),)) for number, seed in enumerate(SEEDS)])
    assert grammar.is_shown(asked("lights", room="hall"))
    assert not grammar.is_shown(asked("door", room="hall")), "no seed asks for the door of a room"
    assert grammar.is_shown(ToolCall("branch", {"action": "reset", "name": "old"}))
