"""`job_description.json`: the task in words, and what may be answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any

from distil_dagster.tasks.rows import read_json
from distil_dagster.tasks.tools import Tool, Toolbox

Fault = Callable[[int | None, str], None]
"""Takes the line, where it is known, and what was expected there."""


@dataclass(frozen=True)
class JobDescription:
    """What a task asks for; tools and classes are empty unless the kind has them."""

    description: str = ""
    tools: Toolbox = field(default_factory=lambda: Toolbox(()))
    classes: Mapping[str, str] = field(default_factory=dict)
    judge_instructions: str | None = None
    input_description: str = ""
    """What questions look like; a teacher is told, a student isn't."""


def read_job_description(text: str, fault: Fault) -> JobDescription:
    """Read the file's text; what is wrong with it is told to `fault`, and left out of the result."""
    try:
        content = read_json(text)
    except ValueError as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, JSONDecodeError) else str(error)
        fault(getattr(error, "lineno", None), f"not JSON: {reason}")
        return JobDescription()
    if not isinstance(content, dict):
        fault(None, "expected a JSON object")
        return JobDescription()
    description = content.get("task_description")
    if not isinstance(description, str) or not description.strip():
        fault(None, "task_description: expected a text that says what to do")
        description = ""
    judge = content.get("llm_as_a_judge_instructions")
    if not isinstance(judge, str | None):
        fault(None, f"llm_as_a_judge_instructions: expected a text, found {type(judge).__name__}")
        judge = None
    described = content.get("input_description")
    if not isinstance(described, str | None):
        fault(None, f"input_description: expected a text, found {type(described).__name__}")
        described = None
    return JobDescription(
        description.strip(),
        _tools(content.get("tools") or [], fault),
        _classes(content.get("classes_description") or {}, fault),
        judge or None,
        (described or "").strip(),
    )


def _classes(declared: Any, fault: Fault) -> dict[str, str]:
    if not isinstance(declared, dict):
        fault(None, "classes_description: expected an object of labels, each with its description")
        return {}
    classes = {}
    for label, description in declared.items():
        if not isinstance(description, str | None) or label != label.strip() or not label:
            fault(None, f"classes_description: {label!r}: expected a label without blanks around it, and a text")
        # The rows of a label that is badly described aren't at fault.
        classes[label.strip()] = description.strip() if isinstance(description, str) else ""
    return classes


def _tools(declared: Any, fault: Fault) -> Toolbox:
    if not isinstance(declared, list):
        fault(None, "tools: expected a list")
        return Toolbox(())
    tools: list[Tool] = []
    for number, entry in enumerate(declared, start=1):
        function = entry.get("function", entry) if isinstance(entry, dict) else {}
        function = function if isinstance(function, dict) else {}
        name, parameters = function.get("name"), function.get("parameters") or {"type": "object"}
        if not isinstance(name, str) or not name:
            fault(None, f"tool {number}: expected function.name")
            continue
        if name in {tool.name for tool in tools}:
            fault(None, f"tool {number}: the name {name!r} is declared twice")
        problem = _schema_problem(parameters)
        if problem:
            fault(None, f"tool {name}: parameters is no JSON schema of named parameters: {problem}")
            parameters = {"additionalProperties": True}  # the rows that call it aren't at fault
        tools.append(Tool(name, str(function.get("description") or ""), parameters))
    return Toolbox(tuple(tools))


def _schema_problem(parameters: Any) -> str | None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        return error.message
    properties = (parameters.get("properties") or {}).values() if isinstance(parameters, dict) else [parameters]
    if not all(isinstance(schema, dict) for schema in properties):
        return "expected an object whose properties are objects"
    return None
