"""Reads chats as they were logged and cuts them into rows of a task; what can't be used is counted by its reason."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

from distil_dagster.tasks import Conversation, Row, Task, Turn
from distil_dagster.tasks.classification import Classification
from distil_dagster.tasks.multi_turn_tool_calling import MultiTurnToolCalling
from distil_dagster.tasks.rows import read_json
from distil_dagster.tasks.tool_calling import ToolCalling, call_from_json

SHOWN_LINES = 5
SHOWN_CHARACTERS = 120


class TraceError(ValueError):
    """Traces can't become a task; the message says why and what to do."""


@dataclass(frozen=True)
class TracedRow:
    """A row and the line of the chat that it comes from."""

    row: Row
    line: int


@dataclass(frozen=True)
class Fault:
    """Why a line, or a part of it, can't be used."""

    reason: str
    """One of a few, by which faults are counted."""
    detail: str = ""
    """What it was there."""


@dataclass
class Faults:
    """The faults of a file by their reason, each with its line."""

    found: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, fault: Fault, line: int) -> None:
        """Count one."""
        self.found[fault.reason].append((line, fault.detail))

    @property
    def count(self) -> int:
        """Of all reasons together."""
        return sum(map(len, self.found.values()))

    def __str__(self) -> str:
        """The reasons, the most frequent first, each with its first line."""
        by_count = sorted(self.found.items(), key=lambda item: -len(item[1]))
        return "; ".join(f"{len(found)} x {reason} ({_first(found)})" for reason, found in by_count) or "no faults"

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """For a report: by reason the count, the first lines, and what was found in the first."""
        return {
            reason: {"count": len(found), "lines": [line for line, _ in found[:SHOWN_LINES]], "first": found[0][1]}
            for reason, found in self.found.items()
        }


class _UnusableError(ValueError):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.fault = Fault(reason, detail)


def read_traces(file: Path, task: Task) -> tuple[list[TracedRow], Faults]:
    """The rows that the chats of a JSONL file give for a task, and what was wrong with the others.

    A line is `{"messages": [...]}` or a bare list of messages, or with `trace_processing.observation_format: langfuse`
    `{"input": ..., "output": ...}`, the input in one of those forms, the output a message or its text. System messages
    are left out: a task has its own.

    Raises:
        TraceError: if the task asks for something that isn't supported.
        OSError: if the file can't be read.
    """
    settings = task.settings.trace_processing
    if settings.observation_format == "unstructured_with_openai_messages":
        raise TraceError(
            "trace_processing.observation_format: unstructured_with_openai_messages is not supported; write one chat a "
            "line, as openai_messages, and other texts into unstructured.jsonl"
        )
    if settings.compress_job_description:
        raise TraceError("trace_processing.compress_job_description is not supported: shorten job_description.json")
    rows: list[TracedRow] = []
    faults = Faults()
    seen: set[tuple[str, str]] = set()
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            content = line.removeprefix(BOM_UTF8) if number == 1 else line
            if not content.strip():
                continue
            try:
                messages = _messages(content, langfuse=settings.observation_format == "langfuse")
            except _UnusableError as error:
                faults.add(error.fault, number)
                continue
            for row in _rows(task, messages, single=settings.convert_to_single_turn):
                fault = row if isinstance(row, Fault) else _fault_of(task, row)
                if fault is not None:
                    faults.add(fault, number)
                elif isinstance(row, Row) and (row.question, row.answer) in seen:
                    faults.add(Fault("said and answered before"), number)
                elif isinstance(row, Row):
                    seen.add((row.question, row.answer))
                    rows.append(TracedRow(row, number))
    return rows, faults


def _messages(line: bytes, *, langfuse: bool) -> list[dict[str, Any]]:
    try:
        value = read_json(line.decode())
    except ValueError as error:
        raise _UnusableError("not JSON", str(error)) from error
    if langfuse:
        if not isinstance(value, dict) or not value.get("input") or not value.get("output"):
            raise _UnusableError("no input or no output")
        given, output = value["input"], value["output"]
        given = given.get("messages") if isinstance(given, dict) else given
        answer = output if isinstance(output, dict) else {"content": output}
        value = [*given, {"role": "assistant", **answer}] if isinstance(given, list) else None
    elif isinstance(value, dict):
        value = value.get("messages")
    if not isinstance(value, list) or not value or not all(isinstance(message, dict) for message in value):
        raise _UnusableError("no messages")
    return [message for message in value if message.get("role") not in ("system", "developer")]


def _rows(task: Task, messages: list[dict[str, Any]], *, single: bool) -> Iterator[Row | Fault]:
    """Rows of one chat, or why a turn, or all of it, is none."""
    if isinstance(task.kind, MultiTurnToolCalling):
        yield from _dialogue(task.kind, list(_turns(messages)))
        return
    found = list(_calls(task.kind, messages) if isinstance(task.kind, ToolCalling) else _texts(messages))
    if not found:
        yield Fault("no answer of the assistant to a user")
    elif not single and sum(isinstance(row, Row) for row in found) > 1:
        yield Fault("several turns, and trace_processing.convert_to_single_turn is off")
    else:
        yield from found


def _dialogue(kind: MultiTurnToolCalling, turns: Sequence[Turn | Fault]) -> Iterator[Row | Fault]:
    """The dialogue up to the first turn that isn't one call. What is merely said after the last call is no loss."""
    usable = tuple(takewhile(lambda turn: isinstance(turn, Turn), turns))
    further = turns[len(usable) :]
    if usable:
        yield kind.row(Conversation("", tuple(turn for turn in usable if isinstance(turn, Turn))))
    if not turns:
        yield Fault("no answer of the assistant to a user")
    elif not usable and isinstance(turns[0], Fault):
        yield turns[0]
    elif any(isinstance(turn, Turn) for turn in further) and isinstance(further[0], Fault):
        yield Fault("a dialogue of which only the beginning is usable", further[0].reason)


def _calls(kind: ToolCalling, messages: list[dict[str, Any]]) -> Iterator[Row | Fault]:
    for turn in _turns(messages):
        if isinstance(turn, Fault):
            yield turn
        elif turn.user:  # a call that follows another's result answers no question of its own
            yield kind.row(Conversation("", (Turn(turn.user, turn.call),)))


def _texts(messages: list[dict[str, Any]]) -> Iterator[Row | Fault]:
    for asked, answer in pairwise(messages):
        if asked.get("role") == "user" and answer.get("role") == "assistant":
            question, text = _content(asked), _content(answer)
            yield Row(question, text) if question and text else Fault("an empty question or answer")


def _turns(messages: list[dict[str, Any]]) -> Iterator[Turn | Fault]:
    """What the user said and the call that followed, or why there is none."""
    said: list[str] = []
    observation = None
    for message in messages:
        role = message.get("role")
        if role == "user":
            said.append(_content(message))
        elif role == "tool":
            observation = _content(message)
        elif role == "assistant":
            calls, text = message.get("tool_calls"), "\n".join(filter(None, said))
            if calls:
                yield _turn(text, calls, observation)
                observation = None
            elif said:
                yield Fault("an answer in words, not with a call" if _content(message) else "an empty answer")
            # Words that follow a call's result end a turn that is told already.
            said = []
    if said:
        yield Fault("no answer of the assistant to a user")


def _turn(said: str, calls: Any, observation: str | None) -> Turn | Fault:
    if not isinstance(calls, list) or len(calls) != 1:
        return Fault("several calls at once")
    if not (said or observation):
        return Fault("a call that follows nothing")
    try:
        return Turn(said, call_from_json(calls[0]), observation)
    except ValueError as error:
        return Fault("a call that can't be read", str(error))


def _fault_of(task: Task, row: Row) -> Fault | None:
    """Why the row is none of the task's. The reasons are few; what was found differs from row to row."""
    problems = task.kind.row_problems(task, row)
    if not problems:
        return None
    reason = "an answer that the task doesn't allow"
    if isinstance(task.kind, Classification):
        reason = "a label that is none of the classes"
    elif isinstance(task.kind, ToolCalling):
        try:
            called = [turn.call for turn in task.kind.conversation(row).turns]
        except ValueError:
            return Fault("a dialogue that isn't one call to each request", problems[0])
        known = all(task.tools.get(call.name) for call in called)
        reason = "arguments that break the tool's schema" if known else "a call of an undeclared tool"
    return Fault(reason, problems[0])


def _content(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(text for text in texts if isinstance(text, str))
    return content.strip() if isinstance(content, str) else ""


def _first(found: Sequence[tuple[int, str]]) -> str:
    line, detail = found[0]
    return f"first in line {line}" + (f": {detail[:SHOWN_CHARACTERS]}" if detail else "")
