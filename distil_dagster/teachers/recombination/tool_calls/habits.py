"""The habits by which follow-ups carry arguments on: evidence from the seeds, turn by turn, and what it settles."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from distil_dagster.tasks import Conversation, Toolbox, ToolCall
from distil_dagster.tasks.rows import canonical_json
from distil_dagster.tasks.tool_call_metrics import same_json
from distil_dagster.teachers.recombination.tool_calls.alignment import Aligner
from distil_dagster.teachers.recombination.tool_calls.grammar import CarryHabits
from distil_dagster.teachers.recombination.tool_calls.templates import Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import domain_at

FILLING_SEEDS = 4
"""Turns that only add to the call before them, from which on this counts as how the task is spoken to."""


class HabitEvidence:
    """Counts what became of each argument of the earlier call."""

    def __init__(self, tools: Toolbox, aligner: Aligner, conversations: tuple[Conversation, ...]) -> None:
        self.tools = tools
        self.aligner = aligner
        self.conversations = conversations
        self.fills = self._fills()
        """Calls are filled turn by turn; see `CarryHabits`."""
        self._carried: dict[tuple[str, frozenset[str], frozenset[str], str], Counter[bool]] = defaultdict(Counter)
        self._skipped: set[str] = set()

    def note(self, tool: str, said: frozenset[str], earlier: frozenset[str], carried: frozenset[str]) -> None:
        """Note a call that says some arguments, and which of the earlier call's others it carries."""
        for name in earlier - said:
            self._carried[tool, said, said & earlier, name][name in carried] += 1

    def note_skipped(self, calls: Iterable[ToolCall]) -> None:
        """Note calls over which a follow-up reached back to an earlier one."""
        self._skipped.update(canonical_json([call.name, call.arguments]) for call in calls)

    def settled(self, templates: Iterable[Template]) -> CarryHabits:
        """The habits that the evidence shows without contradiction."""
        decisions = {key: True in counts for key, counts in self._carried.items() if len(counts) == 1}
        swapped: dict[tuple[str, str], bool] = {}
        held: dict[tuple[str, str], bool] = {}
        for (tool, said, replaced, name), counts in self._carried.items():
            held[tool, name] = held.get((tool, name), True) and False not in counts
            if len(said) == 1 and said == replaced:
                key = (tool, next(iter(said)))
                swapped[key] = swapped.get(key, True) and False not in counts
        objects = {
            (tool.name, name)
            for tool in self.tools.tools
            for name in tool.properties
            if self.aligner.is_object(domain_at(tool, (name,)))
        }
        seen_swaps = {key for key, always in swapped.items() if always and key in objects}
        if len({template.name for template in templates if _is_swap(template)}) >= 2:
            # The seeds show how an object is exchanged; the habit holds for the objects of all tools.
            seen_swaps |= {key for key in objects if swapped.get(key, True)}
        kept = {key for key, always in held.items() if always} & objects
        return CarryHabits(
            decisions,
            frozenset(seen_swaps),
            frozenset(kept),
            frozenset(self._skipped),
            self._yielding(objects),
            self.fills,
        )

    def _fills(self) -> bool:
        """Whether the seeds often fill a call turn by turn, and never drop an argument in doing so."""
        filled = 0
        for conversation in self.conversations:
            for before, turn in pairwise(conversation.turns):
                tool = self.tools.get(turn.call.name)
                if tool is None or before.call.name != tool.name or not turn.user:
                    continue
                earlier = before.call.arguments
                said = {str(span.path[0]) for span in self.aligner.align(turn.user, tool, turn.call.arguments)}
                if not said or said & earlier.keys():
                    continue
                if not all(same_json(turn.call.arguments.get(name), value) for name, value in earlier.items()):
                    return False
                filled += said | earlier.keys() == turn.call.arguments.keys()
        return filled >= FILLING_SEEDS

    def _yielding(self, objects: set[tuple[str, str]]) -> frozenset[tuple[str, str, str]]:
        cases = [
            (tool, name, counts)
            for (tool, said, replaced, name), counts in self._carried.items()
            if not replaced and len(said) == 1 and not ({(tool, name), (tool, next(iter(said)))} & objects)
        ]
        if len({(tool, name) for tool, name, _ in cases}) < 2 or any(True in counts for _, _, counts in cases):
            return frozenset()
        dropped = {
            (tool, name, other)
            for (tool, said, _, other), counts in self._carried.items()
            for name in said
            if len(said) == 1 and True not in counts
        }
        together = {
            (turn.call.name, name, other)
            for conversation in self.conversations
            for turn in conversation.turns
            for name in turn.call.arguments
            for other in turn.call.arguments
        }
        pairs = {
            (tool.name, name, other)
            for tool in self.tools.tools
            for name in tool.properties
            for other in tool.properties
            if name != other and not ({(tool.name, name), (tool.name, other)} & objects)
        }
        return frozenset(pair for pair in pairs if pair in dropped or pair not in together)


def _is_swap(template: Template) -> bool:
    reference = template.reference
    return bool(reference and reference.carried and len(template.said_keys) == 1 == len(reference.replaced))
