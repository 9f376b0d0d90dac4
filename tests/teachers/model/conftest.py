"""Tasks of every kind, and a teacher that is asked without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

import pytest

from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.model.plan import Cell, Order
from distil_dagster.teachers.model.writer import Draft, Question, Reply, Writer
from distil_dagster.teachers.model.writers import writer_for
from distil_dagster.teachers.teacher import GeneratedRow
from tests.serving.scripted_server import Messages

KINDS = {
    "classification": "tiny_classification_folder",
    "tool calling": "tiny_task_folder",
    "multi-turn tool calling": "tiny_multi_turn_folder",
    "open book": "tiny_open_book_folder",
    "closed book": "tiny_closed_book_folder",
    "sql": "tiny_sql_folder",
    "redaction": "tiny_redaction_folder",
    "docstring": "tiny_docstring_folder",
}


@pytest.fixture
def tiny_closed_book_folder(tiny_closed_book_folder: Path) -> Path:
    """The folder with the text that closed-book questions are written from."""
    passages = [f"The tower of {place} was built in {year}." for place, year in (("Brill", 1702), ("Norre", 1811))]
    lines = [json.dumps({"context": passage}) for passage in passages]
    (tiny_closed_book_folder / "unstructured.jsonl").write_text("\n".join(lines) + "\n")
    return tiny_closed_book_folder


@pytest.fixture(params=KINDS)
def task(request: pytest.FixtureRequest) -> Task:
    """A task of each kind and form of answers in turn."""
    return load_task(request.getfixturevalue(KINDS[request.param]))


def asking(model: Callable[[Messages], str], *, cut_off: bool = False) -> Callable[[Question], Awaitable[Reply]]:
    """Ask the stand-in directly; a reply's request is known by a hash of what was sent."""

    async def ask(question: Question) -> Reply:
        messages = [message.as_dict() for message in question.messages]
        return Reply(model(messages), cut_off, sha256(repr((messages, question.number)).encode()).hexdigest())

    return ask


def written(writer: Writer, model: Callable[[Messages], str], order: Order) -> list[Draft | GeneratedRow]:
    """What one call gives."""
    return asyncio.run(writer.write(asking(model), order))


def first_order(task: Task, *, count: int = 3, design: int = 0, number: int = 0) -> Order:
    """An order of one of the task's designs."""
    return Order(number, Cell(writer_for(task).designs[design], (("complexity", "simple"),)), count, "a seed")
