"""Chats as a system in production logs them, and the folder that says what they are for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.traces.asking import Panel
from distil_dagster.traces.settings import TraceSettings

Write = Callable[[Sequence[Any]], Path]
ROOMS = ("kitchen", "hall", "study", "cellar", "porch")
WORDS = tuple("abcdefghijklmnop")


@pytest.fixture
def log(tmp_path: Path) -> Write:
    """Writes values as the lines of a file; texts are written as they are."""

    def write(lines: Sequence[Any]) -> Path:
        path = tmp_path / "traces.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
        return path

    return write


@pytest.fixture
def declaration(tiny_task_folder: Path) -> Path:
    """The folder of the small task that calls tools, without its rows."""
    for file in ("train.jsonl", "test.jsonl"):
        (tiny_task_folder / file).unlink()
    return tiny_task_folder


def chat(*turns: tuple[str, dict[str, Any] | str]) -> dict[str, Any]:
    """A chat of a user and an assistant, who calls a tool or says something."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You are the voice of the house."}]
    for said, answer in turns:
        messages.append({"role": "user", "content": said})
        if isinstance(answer, str):
            messages.append({"role": "assistant", "content": answer})
        else:
            function = {"name": answer["name"], "arguments": json.dumps(answer["parameters"])}
            messages.append({"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": function}]})
            messages.append({"role": "tool", "content": "ok", "tool_call_id": "1"})
    return {"messages": messages}


def call(name: str, **parameters: Any) -> dict[str, Any]:
    return {"name": name, "parameters": parameters}


def different_chats(count: int) -> list[dict[str, Any]]:
    """Chats of one turn that say different things, of all three tools."""
    chats = []
    for number in range(count):
        first, second = WORDS[number % 16] * 3, WORDS[number // 16 % 16] * 4
        if number % 3 == 0:
            room = ROOMS[number % 5]
            chats.append(
                chat((f"{first} {second} scene number {number}, in the {room}", call("set_lights", room=room)))
            )
        elif number % 3 == 1:
            chats.append(chat((f"{number} minutes for {first} {second}", call("set_timer", minutes=number))))
        else:
            chats.append(chat((f"{second} {first} stop number {number}", call("stop"))))
    return chats


def panel(folder: Path, settings: TraceSettings | None = None) -> Panel:
    """The models of these settings, or none; their answers are recorded in the folder."""
    return Panel(
        settings or TraceSettings(),
        responses=folder / "responses",
        prices=lambda model: TokenPrices(model.input_price or 0.0, model.output_price or 0.0),
        report=lambda message: None,
    )
