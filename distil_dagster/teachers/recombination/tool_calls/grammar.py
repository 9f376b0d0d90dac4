"""The grammar of a task, as it was induced from its seeds: templates, the words of values, the habits of dialogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from distil_dagster.tasks import ToolCall
from distil_dagster.teachers.recombination.tool_calls.alignment import Aligner
from distil_dagster.teachers.recombination.tool_calls.templates import Template


@dataclass(frozen=True)
class CarryHabits:
    """What the seeds show of a follow-up's arguments: which are carried, which are dropped.

    `decisions` maps (tool, names said anew, those of them that replace a value, name of another argument) to whether
    it was carried; cases that the seeds decide in both ways are left out. `swapped` are the arguments whose
    replacement carried all others, `held` those ever carried and never dropped.
    """

    decisions: Mapping[tuple[str, frozenset[str], frozenset[str], str], bool]
    swapped: frozenset[tuple[str, str]]
    held: frozenset[tuple[str, str]]
    skipped: frozenset[str]
    """Calls (as JSON) over which a follow-up reached back to an earlier call."""
    yielding: frozenset[tuple[str, str, str]] = frozenset()
    """Tool and two of its arguments, of which the second is dropped where the first is said anew without it.

    Known only where the seeds show that a new action or number takes the place of another ("play", then "volume 20").
    """
    fills: bool = False
    """Calls are filled turn by turn: what is said further is added to the same call, and nothing is dropped."""

    def carries(self, tool: str, said: frozenset[str], replaced: frozenset[str], name: str) -> bool | None:
        """Whether an argument of the earlier call is carried; None if the seeds don't tell."""
        decision = self.decisions.get((tool, said, replaced, name))
        if decision is None and len(said) == 1 and said == replaced and (tool, next(iter(said))) in self.swapped:
            return True
        if decision is None and len(said) == 1 and not replaced:
            (new,) = said
            if (tool, name) in self.held and any((tool, new) == pair[:2] for pair in self.yielding):
                return True
            if (tool, new, name) in self.yielding:
                return False
        if decision is None and self.fills and not replaced:
            return True
        return decision


@dataclass(frozen=True)
class Grammar:
    """All that was induced from a task's seeds."""

    templates: tuple[Template, ...]
    habits: CarryHabits
    aligner: Aligner
    chat_tools: frozenset[str]
    """Tools none of whose arguments are said in words of their own: nothing can be carried from their calls."""
    asking_calls: tuple[ToolCall, ...]
    word_tools: Mapping[str, frozenset[str]]
    """In the calls of which tools a word was seen in a seed that says all itself."""
    paths: Mapping[str, tuple[str, ...]]
    """The names of the templates of each seed, turn by turn."""
    company: Mapping[tuple[str, str, str], frozenset[frozenset[str]]]
    """The sets of arguments that the seeds give with a value of a topical parameter, by tool, parameter and value."""

    def is_shown(self, call: ToolCall) -> bool:
        """Whether the seeds show its topical values with all its arguments, or not at all: doors are in no room."""
        names = frozenset(call.arguments)
        return all(
            any(names <= shown for shown in self.company.get((call.name, name, str(value)), (names,)))
            for name, value in call.arguments.items()
        )

    @cached_property
    def asked_back(self) -> frozenset[tuple[str, frozenset[str]]]:
        """Tools with the arguments of a request that is asked back for more, if only those are said."""
        asked = (template.asked for template in self.templates)
        return frozenset((item.tool, item.known) for item in asked if item is not None)
