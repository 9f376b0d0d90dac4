"""The tools of a task: their JSON schemas, the check of a call against them, and their compact rendering."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from distil_dagster.tasks.rows import ToolCall, canonical_json

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


@dataclass(frozen=True)
class Tool:
    """A function the model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @cached_property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """The schema of each parameter, by name; an empty one where it only says that anything goes (`true`)."""
        declared: Mapping[str, Any] = self.parameters.get("properties") or {}
        return {name: schema if isinstance(schema, Mapping) else {} for name, schema in declared.items()}

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the parameters that every call must give."""
        return tuple(self.parameters.get("required") or ())

    def signature(self) -> str:
        """The tool on one line, as `lights(room!: kitchen|hallway, power: on|off)`, for a prompt without waste.

        An exclamation mark stands behind the parameters that every call must give.
        """
        parameters = []
        for name, schema in self.properties.items():
            required = "!" if name in self.required else ""
            default = f"={_value_in_words(schema['default'])}" if "default" in schema else ""
            parameters.append(f"{name}{required}: {_type_in_words(schema)}{default}")
        return f"{self.name}({', '.join(parameters)})"

    @cached_property
    def _validator(self) -> "Validator":
        from jsonschema import Draft202012Validator

        # Undeclared arguments are refused unless the schema allows them in so many words: a tool can't use them.
        closed = {"type": "object", "additionalProperties": False, **self.parameters}
        return Draft202012Validator(closed)

    def argument_problems(self, arguments: Mapping[str, Any]) -> list[str]:
        """What is wrong with these arguments, one sentence each; empty when a call with them is valid."""
        return [
            f"{'.'.join(str(part) for part in error.absolute_path) or self.name}: {error.message}"
            for error in self._validator.iter_errors(self.without_empty(arguments))
        ]

    def without_empty(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments less those that are null where the schema knows no null: they were not given."""
        return {
            name: value
            for name, value in arguments.items()
            if not (value is None and name in self.properties and not self._allows_null(name))
        }

    def _allows_null(self, parameter: str) -> bool:
        return self._validator.evolve(schema=self.properties[parameter]).is_valid(None)


@dataclass(frozen=True)
class Toolbox:
    """All tools of a task."""

    tools: tuple[Tool, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Tool]:
        """The tools by their names."""
        return {tool.name: tool for tool in self.tools}

    def get(self, name: str) -> Tool | None:
        """The tool of this name, or None if it is not declared."""
        return self.by_name.get(name)

    def problems(self, call: ToolCall) -> list[str]:
        """Why the call is not valid, one sentence each; empty when it is."""
        tool = self.get(call.name)
        if tool is None:
            return [f"no tool is named {call.name!r}; declared are {', '.join(self.by_name)}"]
        return tool.argument_problems(call.arguments)

    def signatures(self) -> str:
        """One line per tool."""
        return "\n".join(tool.signature() for tool in self.tools)


def _value_in_words(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _type_in_words(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "|".join(map(_value_in_words, schema["enum"]))
    kind = schema.get("type", "any")
    kind = "|".join(kind) if isinstance(kind, list) else str(kind)
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} {schema['minimum']}..{schema['maximum']}"
    return kind
