"""Requests and dialogues for a call whose tool and arguments were chosen before."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from distil_dagster.tasks import Conversation, Row, ToolCall, Turn
from distil_dagster.tasks.tool_calling import call_from_json, tool_calling
from distil_dagster.tasks.tools import Tool
from distil_dagster.teachers.model.plan import Design, Order
from distil_dagster.teachers.model.prompts import Item
from distil_dagster.teachers.model.reading import UnreadableError, text_under
from distil_dagster.teachers.model.writer import SingleRequestWriter, closed_object, examples_word

MOST_SHAPES = 8
"""Sets of arguments of one tool at most: those of the seeds, then those that its schema suggests."""


class ToolRequests(SingleRequestWriter):
    """Single requests; one design for each tool and set of arguments. See `SingleRequestWriter` for each method."""

    def find_designs(self) -> tuple[Design, ...]:
        """Of each tool the sets of arguments that seeds show, and those that come of its required ones and one more."""
        last_calls = [tool_calling(self.task.kind).conversation(row).turns[-1].call for row in self.task.seeds]
        designs = []
        for tool in self.task.tools.tools:
            shown: dict[tuple[str, ...], list[int]] = {}
            for index, call in enumerate(last_calls):
                if call.name == tool.name:
                    shown.setdefault(_in_order(tool, call.arguments), []).append(index)
            for arguments in list(dict.fromkeys(chain(shown, _suggested(tool))))[:MOST_SHAPES]:
                same_tool = [index for indices in shown.values() for index in indices]
                designs.append(
                    Design(
                        f"{tool.name}({', '.join(arguments)})",
                        f"a call of the tool `{tool.name}` "
                        + (
                            f"with exactly these arguments: {', '.join(arguments)}"
                            if arguments
                            else "without arguments"
                        ),
                        tuple(shown.get(arguments) or same_tool),
                    )
                )
        return tuple(designs)

    def what(self, order: Order) -> str:
        """Requests that only this call answers."""
        return (
            f"Write {examples_word(order.count)} of what a user says, whose one right answer is "
            f"{order.cell.design.instruction}. Say everything that the arguments' values rest on in the user's words; "
            f"choose other values each time."
        )

    def form(self, order: Order) -> str:
        """The words and the arguments."""
        _, arguments = self._designed(order)
        parameters = ", ".join(f'"{name}": …' for name in arguments)
        return f'{{"user": "…", "parameters": {{{parameters}}}}}'

    def item_schema(self, order: Order) -> dict[str, Any]:
        """The words, and the arguments by the tool's own schema."""
        tool, arguments = self._designed(order)
        parameters = closed_object({name: tool.properties[name] for name in arguments})
        return closed_object({"user": {"type": "string"}, "parameters": parameters})

    def item(self, row: Row) -> Item:
        """The last turn of a seed."""
        turn = tool_calling(self.task.kind).conversation(row).turns[-1]
        return {"user": turn.user, "parameters": turn.call.arguments}

    def row(self, item: Item, order: Order) -> Row:
        """The request and the call of the tool that was chosen."""
        tool, _ = self._designed(order)
        parameters = item.get("parameters", {})
        if not isinstance(parameters, dict):
            raise UnreadableError(f"parameters is {type(parameters).__name__}, expected an object")
        turn = Turn(text_under(dict(item), "user"), ToolCall(tool.name, parameters))
        return tool_calling(self.task.kind).row(Conversation("", (turn,)))

    def _designed(self, order: Order) -> tuple[Tool, tuple[str, ...]]:
        name, _, arguments = order.cell.design.name.removesuffix(")").partition("(")
        return self.task.tools.by_name[name], tuple(filter(None, arguments.split(", ")))


class ToolDialogues(ToolRequests):
    """Dialogues of as many turns as those of the seeds, whose last call was chosen before."""

    def what(self, order: Order) -> str:
        """Dialogues that end in this call."""
        turns = self._turns(order)
        dialogue = f"a dialogue of {turns} user turns, each answered by one call" if turns > 1 else "one user turn"
        return (
            f"Write {examples_word(order.count)}, each {dialogue}. The last call is {order.cell.design.instruction}. "
            f"Later turns may lean on earlier ones as people do (it, there, the other one, a correction). Everything "
            f"that the values of a call rest on is said in the dialogue; choose other values each time."
        )

    def form(self, order: Order) -> str:
        """The turns, each with its call."""
        return '{"turns": [{"user": "…", "call": {"name": "…", "parameters": {…}}}, …]}'

    def item_schema(self, order: Order) -> dict[str, Any]:
        """The turns; their calls are left open, since strict schemas know no object with other keys for each tool."""
        turn = {
            "type": "object",
            "properties": {
                "user": {"type": "string"},
                "call": {
                    "type": "object",
                    "properties": {
                        "name": {"enum": list(self.task.tools.by_name)},
                        "parameters": {"type": "object"},
                    },
                    "required": ["name", "parameters"],
                },
            },
            "required": ["user", "call"],
        }
        return closed_object({"turns": {"type": "array", "items": turn, "minItems": 1}})

    def item(self, row: Row) -> Item:
        """All turns of a seed; what a tool reported is left out, since the new ones have none."""
        turns = tool_calling(self.task.kind).conversation(row).turns
        return {
            "turns": [
                {"user": turn.user, "call": {"name": turn.call.name, "parameters": turn.call.arguments}}
                for turn in turns
                if turn.user
            ]
        }

    def row(self, item: Item, order: Order) -> Row:
        """The dialogue. Its last call must be of the tool that was chosen."""
        tool, _ = self._designed(order)
        turns = item.get("turns")
        if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
            raise UnreadableError("expected a list of turns, each with user and call")
        said = tuple(Turn(text_under(turn, "user"), call_from_json(turn.get("call"))) for turn in turns)
        if said[-1].call.name != tool.name:
            raise UnreadableError(f"the last call is of {said[-1].call.name}, ordered was {tool.name}")
        return tool_calling(self.task.kind).row(Conversation("", said))

    def _turns(self, order: Order) -> int:
        lengths = [len(tool_calling(self.task.kind).conversation(row).turns) for row in self.task.seeds]
        return order.random().choice(lengths)


def _in_order(tool: Tool, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in tool.properties if name in arguments)


def _suggested(tool: Tool) -> list[tuple[str, ...]]:
    """What the schema suggests: the required arguments, these with one more, and all."""
    required = _in_order(tool, dict.fromkeys(tool.required))
    one_more = [_in_order(tool, dict.fromkeys([*required, name])) for name in tool.properties if name not in required]
    return [required, *one_more, tuple(tool.properties)]
