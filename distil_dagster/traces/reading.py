"""Reads chats as they were logged and cuts them into rows of a task; what can't be used is counted by its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from distil_dagster.tasks import Conversation, Row, Task, Turn
from distil_dagster.tasks.multi_turn_tool_calling import MultiTurnToolCalling
from distil_dagster.tasks.rows import read_json
from distil_dagster.tasks.tool_calling import ToolCalling, call_from_json

SHOWN_LINES = 5


class TraceError(ValueError):
    """Traces can't become a task; the message says why and what to do."""


@dataclass(frozen=True)
class TracedRow:
    """A row and the line of the chat that it comes from."""

    row: Row
    line: int


@dataclass
class Faults:
    """Why lines, or parts of them, can't be used: the reasons with their counts and the first lines."""

    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, reason: str, line: int) -> None:
        """Count one."""
        self.lines[reason].append(line)

    def __str__(self) -> str:
        """The reasons, the most frequent first."""
        by_count = sorted(self.lines.items(), key=lambda item: -len(item[1]))
        return "; ".join(f"{len(lines)} x {reason} (line {lines[0]})" for reason, lines in by_count) or "no faults"

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """For a report: count and first lines by reason."""
        return {reason: {"rows": len(lines), "lines": lines[:SHOWN_LINES]} for reason, lines in self.lines.items()}


def read_traces(file: Path, task: Task) -> tuple[list[TracedRow], Faults]:
    """The rows that the chats of a JSONL file give for a task, and what was wrong with the others.

    A line is `{"messages": [...]}` or a bare list of messages, or with `trace_processing.observation_format: langfuse`
    `{"input": [...], "output": {...}}`. System messages are left out: a task has its own.

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
    with file.open(encoding="utf-8-sig") as lines:
        for number, text in enumerate(lines, start=1):
            if not text.strip():
                continue
            try:
                messages = _messages(text, langfuse=settings.observation_format == "langfuse")
                found = list(_rows(task, messages, single=settings.convert_to_single_turn))
            except ValueError as error:
                faults.add(str(error), number)
                continue
            if not found:
                faults.add("no answer of the assistant to a user", number)
            for row in found:
                if isinstance(row, str):
                    faults.add(row, number)
                elif problems := task.kind.row_problems(task, row):
                    faults.add(problems[0], number)
                elif (row.question, row.answer) in seen:
                    faults.add("said and answered before", number)
                else:
                    seen.add((row.question, row.answer))
                    rows.append(TracedRow(row, number))
    return rows, faults


def _messages(text: str, *, langfuse: bool) -> list[dict[str, Any]]:
    try:
        value = read_json(text)
    except ValueError as error:
        raise ValueError("not JSON") from error
    if langfuse:
        if not (isinstance(value, dict) and isinstance(value.get("input"), list) and "output" in value):
            raise ValueError("no list under input, or no output")
        output = value["output"]
        value = [*value["input"], {"role": "assistant", **output} if isinstance(output, dict) else output]
    elif isinstance(value, dict):
        value = value.get("messages")
    if not isinstance(value, list) or not all(isinstance(message, dict) for message in value):
        raise ValueError("no list of messages")
    return [message for message in value if message.get("role") not in ("system", "developer")]


def _rows(task: Task, messages: list[dict[str, Any]], *, single: bool) -> Iterator[Row | str]:
    """Rows of one chat, or why a turn is none."""
    if isinstance(task.kind, ToolCalling):
        turns = list(_turns(messages))
        if isinstance(task.kind, MultiTurnToolCalling):
            if any(isinstance(turn, str) for turn in turns):
                yield next(turn for turn in turns if isinstance(turn, str))
            elif turns:
                yield task.kind.row(Conversation("", tuple(turn for turn in turns if isinstance(turn, Turn))))
            return
        if not single and len(turns) > 1:
            yield "several turns, and trace_processing.convert_to_single_turn is off"
            return
        for turn in turns:
            if isinstance(turn, Turn) and turn.user:
                yield task.kind.row(Conversation("", (Turn(turn.user, turn.call),)))
            elif isinstance(turn, str):
                yield turn
        return
    answered = [
        (_content(asked), _content(answer))
        for asked, answer in pairwise(messages)
        if asked.get("role") == "user" and answer.get("role") == "assistant"
    ]
    if not single and len(answered) > 1:
        yield "several turns, and trace_processing.convert_to_single_turn is off"
        return
    for question, answer in answered:
        yield Row(question, answer) if question and answer else "an empty question or answer"


def _turns(messages: list[dict[str, Any]]) -> Iterator[Turn | str]:
    """What the user said and the call that followed; an assistant's words without a call are no turn."""
    said, observation = "", None
    for message in messages:
        role = message.get("role")
        if role == "user":
            said = _content(message)
        elif role == "tool":
            observation = _content(message)
        elif role == "assistant" and message.get("tool_calls"):
            calls = message["tool_calls"]
            if not isinstance(calls, list) or len(calls) != 1:
                yield "several calls at once; a row has one"
            elif not (said or observation):
                yield "a call that follows nothing"
            else:
                try:
                    yield Turn(said, call_from_json(calls[0]), observation)
                except ValueError as error:
                    yield str(error)
            said, observation = "", None


def _content(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content.strip() if isinstance(content, str) else ""
