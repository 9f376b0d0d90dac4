"""Chats become rows; what can't is counted by its reason, with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distil_dagster.tasks.folder import load_declaration
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.traces.reading import TraceError, read_traces
from tests.traces.conftest import ROOMS, Write, call, chat


def test_every_turn_that_calls_a_tool_is_a_row_of_its_chat(declaration: Path, log: Write) -> None:
    file = log([chat(("lights in the hall", call("set_lights", room="hall")), ("stop it", call("stop")))])
    rows, faults = read_traces(file, load_declaration(declaration))
    assert [(traced.row.question, json.loads(traced.row.answer)["name"], traced.line) for traced in rows] == [
        ("lights in the hall", "set_lights", 1),
        ("stop it", "stop", 1),
    ]
    assert str(faults) == "no faults"


def test_each_fault_is_counted_with_its_line(declaration: Path, log: Write) -> None:
    file = log(
        [
            "{broken",
            {"no": "messages"},
            chat(("open the safe", call("open_safe"))),
            chat(("lights in the attic", call("set_lights", room="attic"))),
            chat(("hello", "Hello! How can I help?")),
            chat(("stop it", call("stop"))),
            chat(("stop it", call("stop"))),
            "",
            {"messages": [{"role": "user", "content": "two"}, {"role": "assistant", "tool_calls": [{}, {}]}]},
        ]
    )
    rows, faults = read_traces(file, load_declaration(declaration))
    assert len(rows) == 1
    assert {reason: found["lines"] for reason, found in faults.as_dict().items()} == {
        "not JSON": [1],
        "no list of messages": [2],
        "the call in turn 1 is not valid: no tool is named 'open_safe'; declared are set_lights, set_timer, stop": [3],
        f"the call in turn 1 is not valid: room: 'attic' is not one of {list(ROOMS)}": [4],
        "no answer of the assistant to a user": [5],
        "said and answered before": [7],
        "several calls at once; a row has one": [9],
    }


def test_a_dialogue_stays_whole_where_the_kind_has_dialogues(tiny_multi_turn_folder: Path, log: Write) -> None:
    file = log([chat(("lights in the hall", call("set_lights", room="hall")), ("stop it", call("stop")))])
    task = load_declaration(tiny_multi_turn_folder)
    ((traced,), _) = read_traces(file, task)
    turns = tool_calling(task.kind).conversation(traced.row).turns
    assert [(turn.user, turn.call.name) for turn in turns] == [
        ("lights in the hall", "set_lights"),
        ("stop it", "stop"),
    ]
    assert turns[1].observation == "ok"


def test_texts_and_their_labels(tiny_classification_folder: Path, log: Write) -> None:
    task = load_declaration(tiny_classification_folder)
    label = next(iter(task.classes))
    rows, faults = read_traces(log([chat(("a text", label)), chat(("another", "no such label"))]), task)
    assert [(traced.row.question, traced.row.answer) for traced in rows] == [("a text", label)]
    assert len(faults.lines) == 1


@pytest.mark.parametrize("form", ["bare list", "langfuse", "parts"])
def test_other_forms_of_logs(declaration: Path, log: Write, form: str) -> None:
    messages = chat(("stop it", call("stop")))["messages"]
    line: object = messages
    if form == "langfuse":
        config = declaration / "config.yaml"
        config.write_text(config.read_text() + "trace_processing: {observation_format: langfuse}\n")
        line = {"input": messages[:2], "output": messages[2]}
    elif form == "parts":
        messages[1]["content"] = [{"type": "text", "text": "stop it"}]
        line = {"messages": messages}
    rows, _ = read_traces(log([line]), load_declaration(declaration))
    assert [traced.row.question for traced in rows] == ["stop it"]


def test_with_single_turns_off_longer_chats_are_left_out(declaration: Path, log: Write) -> None:
    config = declaration / "config.yaml"
    config.write_text(config.read_text() + "trace_processing: {convert_to_single_turn: false}\n")
    long = chat(("lights in the hall", call("set_lights", room="hall")), ("stop it", call("stop")))
    rows, faults = read_traces(log([long, chat(("stop now", call("stop")))]), load_declaration(declaration))
    assert [traced.line for traced in rows] == [2]
    assert "convert_to_single_turn" in str(faults)


@pytest.mark.parametrize(
    "setting", ["observation_format: unstructured_with_openai_messages", "compress_job_description: true"]
)
def test_what_is_not_supported_says_so(declaration: Path, log: Write, setting: str) -> None:
    config = declaration / "config.yaml"
    config.write_text(config.read_text() + f"trace_processing: {{{setting}}}\n")
    with pytest.raises(TraceError, match="not supported"):
        read_traces(log([]), load_declaration(declaration))
