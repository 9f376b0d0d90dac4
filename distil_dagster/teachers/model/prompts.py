"""The words in which a model is asked to write rows.

What is the same for all requests of a task stands first, so that an endpoint with a prefix cache reads it once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from distil_dagster.tasks import Message, Task
from distil_dagster.teachers.model.mutators import Mutators, in_words

Item = Mapping[str, Any]
"""One row in the form that the teacher is asked for and shown."""

ROLE = (
    "You write training data for a small language model that will do one narrow task. The examples you write must be "
    "right, unlike each other, and look as if real users had written them; none is a copy of one that you are shown."
)


def instructions(task: Task) -> Message:
    """The system message: the role, and the task with what may be answered."""
    parts = [ROLE, f"The task, as the small model is told it:\n<task>\n{task.kind.system_prompt(task)}\n</task>"]
    described = {tool.name: _tool_in_words(tool.description, tool.properties) for tool in task.tools.tools}
    if described:
        parts.append("What the tools do:\n" + "\n".join(f"- {name}: {words}" for name, words in described.items()))
    if task.job.input_description:
        parts.append(f"What it is asked:\n{task.job.input_description}")
    return Message("system", "\n\n".join(parts))


def request(
    *,
    what: str,
    form: str,
    mutators: Mutators = (),
    material: str = "",
    examples: Sequence[Item] = (),
    others: Sequence[Item] = (),
    texts: Sequence[str] = (),
) -> Message:
    """The user message of one call.

    Args:
        what: what to write and how much of it.
        form: the JSON that is expected, shown by its keys.
        mutators: what all of it must be like.
        material: what it must be made from, such as a passage or a schema.
        examples: seeds of the wanted design.
        others: seeds of other designs, which the new ones must not be taken for.
        texts: unlabelled texts of the domain, for tone and vocabulary.
    """
    parts = [material] if material else []
    if examples:
        parts.append("Examples that are right, for form and style:\n" + _lines(examples))
    if others:
        parts.append("Examples of other answers, which yours must not be mistaken for:\n" + _lines(others))
    if texts:
        parts.append(
            "Texts of the domain, for tone and vocabulary:\n" + "\n".join(f"<text>{text}</text>" for text in texts)
        )
    parts.append(what)
    if mutators:
        parts.append(f"Important, of each of them:\n{in_words(mutators)}")
    parts.append(f"Answer with JSON only, in this form:\n{form}")
    return Message("user", "\n\n".join(parts))


def _lines(items: Sequence[Item]) -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items)


def _tool_in_words(description: str, properties: Mapping[str, Mapping[str, Any]]) -> str:
    parameters = [
        f"{name}: {schema['description']}" for name, schema in properties.items() if schema.get("description")
    ]
    return " ".join(
        [description or "(no description)", *(["Parameters: " + "; ".join(parameters)] if parameters else [])]
    )
