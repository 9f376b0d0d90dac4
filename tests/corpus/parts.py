"""Generated rows of the tiny tasks, as tests hand them to the filters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from distil_dagster.corpus.curation import CurationSettings
from distil_dagster.corpus.filters import FILTERS, Candidate
from distil_dagster.tasks import Conversation, Row, Task, ToolCall, Turn, load_task
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers import GeneratedRow, Origin, Vote

DEFAULTS = CurationSettings()
LONG = "make it bright in the cellar"
STOP = ToolCall("stop", {})


def lights(room: str, **more: Any) -> ToolCall:
    return ToolCall("set_lights", {"room": room, **more})


def generated(task: Task, *turns: tuple[str, ToolCall] | Turn) -> GeneratedRow:
    """A dialogue as a teacher would hand it over."""
    said = tuple(turn if isinstance(turn, Turn) else Turn(*turn) for turn in turns)
    return as_generated(tool_calling(task.kind).row(Conversation("", said)))


def as_generated(row: Row) -> GeneratedRow:
    return GeneratedRow(row, Origin(("a seed",), "a template"))


def voted(row: Row, *answers: str) -> GeneratedRow:
    """The row with these blind answers."""
    return GeneratedRow(row, Origin(votes=tuple(Vote(answer, f"request {answer}") for answer in answers)))


def plain(task: Task, number: int) -> GeneratedRow:
    """A valid row unlike any seed, test or other plain row."""
    words = " ".join(f"word{number}x{index}" for index in range(6))
    return generated(task, (words, lights("hall")))


def only(name: str, task: Task, rows: Sequence[GeneratedRow], settings: CurationSettings = DEFAULTS) -> dict[int, str]:
    """What this filter alone rejects."""
    return FILTERS[name].rejects(task, [Candidate(task, row) for row in rows], settings)


def with_test(folder: Path, *turns: tuple[str, ToolCall]) -> Task:
    """The task of a folder with one test dialogue more, which is its last."""
    dialogue = Conversation("", tuple(Turn(*turn) for turn in turns))
    row = tool_calling(load_task(folder).kind).row(dialogue)
    path = folder / "test.jsonl"
    path.write_text(path.read_text() + json.dumps({"question": row.question, "answer": row.answer}) + "\n")
    return load_task(folder)
