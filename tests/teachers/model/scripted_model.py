"""A stand-in for a model that writes and answers: no model, but a few rules, and the same reply to the same messages.

What it writes holds the answer in its words, so that it can answer blind whatever it has written before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import Any

from distil_dagster.tasks import Task
from distil_dagster.tasks.tools import Tool
from tests.serving.scripted_server import Messages

MARKED = re.compile(r"«(.*)»", re.DOTALL)


class ScriptedModel:
    """Knows what the task may be answered with, and reads the rest from the request."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def __call__(self, messages: Messages) -> str:
        """Write what the last message orders, or answer it."""
        asked = messages[-1]["content"]
        random = Random(sha256(json.dumps(messages).encode()).hexdigest())
        if "Answer with JSON only" not in asked:
            return self.answer(asked)
        if '{"schema": "CREATE TABLE …"}' in asked:
            return json.dumps({"schema": schema(random)})
        if '{"rows": ' in asked:
            return json.dumps({"rows": {"stocks": [{"number": 7, "name": "ash"}]}})
        count = int(re.findall(r"Write (\d+) new example", asked)[-1])
        return json.dumps({"examples": [self.example(asked, random) for _ in range(count)]}, ensure_ascii=False)

    def answer(self, asked: str) -> str:
        """What stands in the marks of a text that it has written, or the count that a question to a table asks for."""
        table = re.search(r"CREATE TABLE (\w+)", asked)
        if table:
            return f"SELECT COUNT(*) FROM {table[1]} WHERE number > {re.findall(r'above ([0-9]+)', asked)[-1]};"
        called = re.fullmatch(r"Call (.+) back\.", asked)
        if called:
            entity = {"value": called[1], "replacement_token": "[PERSON]", "reason": "a name"}
            return json.dumps({"redacted_text": "Call [PERSON] back.", "entities": [entity]})
        marked = MARKED.search(asked.rpartition("Question:")[2])
        return marked[1] if marked else "I don't know."

    def example(self, asked: str, random: Random) -> dict[str, Any]:
        """One row in the form that the request shows."""
        form = asked.rpartition("Answer with JSON only, in this form:\n")[2]
        if '"text"' in form:
            label = re.findall(r"belong to the class '(.+?)'", asked)[-1]
            return {"text": f"{words(random)} that is clearly «{label}»"}
        if '"turns"' in form:
            turns = int((re.findall(r"a dialogue of (\d+) user turns", asked) or ["1"])[-1])
            last = self.ordered_call(asked, random)
            calls = [call(random.choice(self.task.tools.tools), None, random) for _ in range(turns - 1)]
            return {"turns": [{"user": said(item, random), "call": item} for item in [*calls, last]]}
        if '"user"' in form:
            ordered = self.ordered_call(asked, random)
            return {"user": said(ordered, random), "parameters": ordered["parameters"]}
        return self.answered(form, random)

    def answered(self, form: str, random: Random) -> dict[str, Any]:
        """A question, and its answer unless that is asked for later."""
        number = random.randrange(10**9)
        if '"answer"' not in form:
            return {"question": f"How many {words(random)} have a number above {number % 40}?"}
        if '"context"' in form:
            docstring = f"Scale by {number}.\n\nArgs:\n    value: What is scaled.\n\nReturns:\n    The product."
            code = f"def scaled_{number}(value):\n    return {number} * value"
            return {"context": code, "question": f"Document this function. «{docstring}»", "answer": docstring}
        if '"answer": {…}' in form:
            name = f"{random.choice(['Ada', 'Bo', 'Cleo'])} {words(random).split()[0].title()}"
            entity = {"value": name, "replacement_token": "[PERSON]", "reason": "a name"}
            answer = {"redacted_text": "Call [PERSON] back.", "entities": [entity]}
            return {"question": f"Call {name} back.", "answer": answer}
        return {"question": f"What is the {words(random)} called? «item {number}»", "answer": f"item {number}"}

    def ordered_call(self, asked: str, random: Random) -> dict[str, Any]:
        """A call as the order says it."""
        name, arguments = re.findall(
            r"a call of the tool `(\w+)` (?:without arguments|with exactly these arguments: ([\w, ]+))", asked
        )[-1]
        return call(self.task.tools.by_name[name], [part for part in arguments.split(", ") if part], random)


def call(tool: Tool, arguments: Sequence[str] | None, random: Random) -> dict[str, Any]:
    """A valid call with these arguments, or the required ones."""
    chosen = tool.required if arguments is None else arguments
    return {"name": tool.name, "parameters": {name: value(tool.properties[name], random) for name in chosen}}


def value(schema: Any, random: Random) -> Any:
    """A value that the schema of a parameter allows."""
    if "enum" in schema:
        return random.choice(schema["enum"])
    if schema.get("type") in ("integer", "number"):
        return random.randint(int(schema.get("minimum", 1)), int(schema.get("maximum", 99)))
    if schema.get("type") == "boolean":
        return random.random() < 0.5
    if schema.get("type") == "array":
        return [value(schema.get("items", {}), random)]
    return words(random)


def said(item: dict[str, Any], random: Random) -> str:
    """The words for a call."""
    return f"{words(random)}: «{json.dumps(item)}»"


def words(random: Random) -> str:
    """A few words, such that two draws are hardly ever alike."""
    syllables = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]
    return " ".join("".join(random.choices(syllables, k=3)) for _ in range(4))


def schema(random: Random) -> str:
    """A table."""
    return f"CREATE TABLE {words(random).replace(' ', '_')} (number INTEGER PRIMARY KEY, name TEXT, price REAL);"
