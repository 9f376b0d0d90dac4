"""Chats become rows; what can't is counted by its reason, with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distil_dagster.tasks.folder import load_declaration
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.traces.reading import TraceError, read_traces
from tests.traces.conftest import Write, call, chat


def test_every_turn_that_calls_a_tool_is_a_row_of_its_chat(declaration: Path, log: Write) -> None:
    file = log([chat(("lights in the hall", call("set_lights", room="hall")), ("stop it", call("stop")))])
    rows, faults = read_traces(file, load_declaration(declaration))
    assert [(traced.row.question, json.loads(traced.row.answer)["name"], traced.line) for traced in rows] == [
        ("lights in the hall", "set_lights", 1),
        ("stop it", "stop", 1),
    ]
    assert str(faults) == "no faults"


def test_each_fault_is_counted_with_its_line(declaration: Path, log: Write) -> None:
    two_calls = {"role": "assistant", "tool_calls": [{}, {}]}
    asked = {"role": "user", "content": "two"}
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
            {"messages": [asked, two_calls]},
            {"messages": [asked]},
            {"messages": [asked, {"role": "assistant", "content": " "}]},
            {"messages": []},
            {
                "messages": [
                    asked,
                    {"role": "assistant", "tool_calls": [{"function": {"name": "stop", "arguments": "{"}}]},
                ]
            },
            {"messages": [{"role": "assistant", "content": "Good morning."}]},
            chat(("open the door", call("open_door"))),
        ]
    )
    rows, faults = read_traces(file, load_declaration(declaration))
    assert len(rows) == 1
    assert {reason: found["lines"] for reason, found in faults.as_dict().items()} == {
        "not JSON": [1],
        "no messages": [2, 12],
        "a call of an undeclared tool": [3, 15],
        "arguments that break the tool's schema": [4],
        "an answer in words, not with a call": [5],
        "said and answered before": [7],
        "several calls at once": [9],
        "no answer of the assistant to a user": [10, 14],
        "an empty answer": [11],
        "a call that can't be read": [13],
    }
    assert "'attic' is not one of" in faults.as_dict()["arguments that break the tool's schema"]["first"]
    assert faults.count == 13


def test_only_the_first_lines_of_a_reason_are_shown(tiny_classification_folder: Path, log: Write) -> None:
    """Labels that are free text differ in every line, and yet they are one reason."""
    chats = [chat((f"text {number}", f"long answer number {number}")) for number in range(1, 301)]
    _, faults = read_traces(log(chats), load_declaration(tiny_classification_folder))
    assert {reason: (found["count"], found["lines"]) for reason, found in faults.as_dict().items()} == {
        "a label that is none of the classes": (300, [1, 2, 3, 4, 5])
    }
    assert len(str(faults)) < 250


def test_bytes_that_are_no_text_are_a_fault_of_their_line(declaration: Path, tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"messages": "\xff"}\n' + json.dumps(chat(("stop it", call("stop")))).encode())
    rows, faults = read_traces(file, load_declaration(declaration))
    assert [traced.line for traced in rows] == [2]
    assert faults.as_dict()["not JSON"]["lines"] == [1]


def test_requests_that_are_answered_together_are_one_question(declaration: Path, log: Write) -> None:
    messages = [{"role": "user", "content": "wait"}, *chat(("stop it", call("stop")))["messages"][1:]]
    ((traced,), _) = read_traces(log([messages]), load_declaration(declaration))
    assert traced.row.question == "wait\nstop it"


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


class TestDialogueCutShort:
    def calls(self, folder: Path, file: Path) -> tuple[list[list[str]], list[str]]:
        task = load_declaration(folder)
        rows, faults = read_traces(file, task)
        return [
            [turn.call.name for turn in tool_calling(task.kind).conversation(traced.row).turns] for traced in rows
        ], list(faults.found)

    def test_what_is_said_after_the_last_call_is_no_loss(self, tiny_multi_turn_folder: Path, log: Write) -> None:
        file = log([chat(("lights in the hall", call("set_lights", room="hall")), ("thanks", "You're welcome."))])
        assert self.calls(tiny_multi_turn_folder, file) == ([["set_lights"]], [])

    def test_the_beginning_is_kept_where_words_answer_in_between(
        self, tiny_multi_turn_folder: Path, log: Write
    ) -> None:
        turns = ("lights in the hall", call("set_lights", room="hall")), ("a timer", "How long?"), ("5", call("stop"))
        assert self.calls(tiny_multi_turn_folder, log([chat(*turns)])) == (
            [["set_lights"]],
            ["a dialogue of which only the beginning is usable"],
        )

    def test_a_call_that_rests_on_words_before_it_is_no_row(self, tiny_multi_turn_folder: Path, log: Write) -> None:
        """Without the question of the assistant nobody could tell what "five" means."""
        file = log([chat(("a timer please", "For how long?"), ("five", call("set_timer", minutes=5)))])
        assert self.calls(tiny_multi_turn_folder, file) == ([], ["an answer in words, not with a call"])


def test_texts_and_their_labels(tiny_classification_folder: Path, log: Write) -> None:
    task = load_declaration(tiny_classification_folder)
    label = next(iter(task.classes))
    rows, faults = read_traces(log([chat(("a text", label)), chat(("another", "no such label"))]), task)
    assert [(traced.row.question, traced.row.answer) for traced in rows] == [("a text", label)]
    assert list(faults.found) == ["a label that is none of the classes"]


@pytest.mark.parametrize("form", ["bare list", "langfuse", "langfuse with messages", "parts"])
def test_other_forms_of_logs(declaration: Path, log: Write, form: str) -> None:
    messages = chat(("stop it", call("stop")))["messages"]
    line: object = messages
    if form.startswith("langfuse"):
        config = declaration / "config.yaml"
        config.write_text(config.read_text() + "trace_processing: {observation_format: langfuse}\n")
        given = messages[:2]
        line = {"input": given if form == "langfuse" else {"messages": given}, "output": messages[2]}
    elif form == "parts":
        messages[1]["content"] = [
            {"type": "image_url"},
            {"type": "text", "text": None},
            {"type": "text", "text": "stop it"},
        ]
        line = {"messages": messages}
    rows, _ = read_traces(log([line]), load_declaration(declaration))
    assert [traced.row.question for traced in rows] == ["stop it"]


def test_an_output_of_langfuse_may_be_a_text(tiny_classification_folder: Path, log: Write) -> None:
    config = tiny_classification_folder / "config.yaml"
    config.write_text(config.read_text() + "trace_processing: {observation_format: langfuse}\n")
    line = {"input": [{"role": "user", "content": "no more tries"}], "output": "pin_blocked"}
    rows, faults = read_traces(log([line, {"input": [], "output": "x"}]), load_declaration(tiny_classification_folder))
    assert [(traced.row.question, traced.row.answer) for traced in rows] == [("no more tries", "pin_blocked")]
    assert faults.as_dict()["no input or no output"]["lines"] == [2]


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
