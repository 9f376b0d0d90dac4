"""The three metrics of a tool call, with the meanings under which Distil Labs publishes them.

`tool_call_equivalence` decides. The others stand beside it: `binary_tool_call` is stricter, `staged_tool_call`
says how far a wrong call got.
"""

from collections.abc import Mapping
from typing import Any

from distil_dagster.tasks.rows import ToolCall
from distil_dagster.tasks.tools import Tool, Toolbox


def tool_call_equivalence(toolbox: Toolbox, reference: ToolCall, prediction: ToolCall) -> bool:
    """Whether both calls do the same: an argument equal to the schema's default counts as omitted.

    So does a null where the schema knows no null. Names, types and nested values must be equal; the order of
    keys doesn't count. The relation is reflexive and symmetric.
    """
    if reference.name != prediction.name:
        return False
    tool = toolbox.get(reference.name)
    return same_json(effective_arguments(tool, reference), effective_arguments(tool, prediction))


def binary_tool_call(reference: ToolCall, prediction: ToolCall) -> bool:
    """Whether name and arguments are equal as JSON values, with no regard to defaults."""
    return reference.name == prediction.name and same_json(reference.arguments, prediction.arguments)


def staged_tool_call(toolbox: Toolbox, reference: ToolCall, prediction: ToolCall) -> float:
    """0.25 for a readable call, 0.5 if the name is right, 0.75 if the argument names are, 1 if all is."""
    if reference.name != prediction.name:
        return 0.25
    tool = toolbox.get(reference.name)
    expected, given = effective_arguments(tool, reference), effective_arguments(tool, prediction)
    if expected.keys() != given.keys():
        return 0.5
    return 1.0 if same_json(expected, given) else 0.75


def effective_arguments(tool: Tool | None, call: ToolCall) -> dict[str, Any]:
    """The arguments that change what the call does: those that differ from the schema's defaults."""
    if tool is None:
        return dict(call.arguments)
    return _without_defaults(tool.parameters, tool.without_empty(call.arguments))


def same_json(left: Any, right: Any) -> bool:
    """Equality of JSON values, where true is not 1 (as it is to Python) but 1.0 is 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same_json(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return bool(left == right)


def _without_defaults(schema: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    properties = schema.get("properties") or {}
    for name, item in value.items():
        item_schema = properties.get(name)
        if not isinstance(item_schema, Mapping):  # undeclared, or a schema without a word: true
            item_schema = {}
        effective = _without_defaults(item_schema, item) if isinstance(item, Mapping) else item
        if "default" in item_schema:
            default = item_schema["default"]
            if isinstance(default, Mapping):
                default = _without_defaults(item_schema, default)
            if same_json(effective, default):
                continue
        kept[name] = effective
    return kept
