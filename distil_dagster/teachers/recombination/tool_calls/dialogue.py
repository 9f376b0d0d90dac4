"""The state of a dialogue, and what a template means in it: which arguments are said, implied, or carried on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from distil_dagster.tasks import Task, ToolCall
from distil_dagster.tasks.rows import canonical_json
from distil_dagster.tasks.tool_call_metrics import same_json
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.templates import Reference, Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, Path, alike, domain_at, with_leaf
from distil_dagster.teachers.recombination.tool_calls.words import tokenise

REACH = 3
"""How many turns back a follow-up may refer."""


@dataclass(frozen=True)
class Said:
    """One turn of a dialogue: the call, and if it asked back, what the request had told of which tool."""

    call: ToolCall
    utterance: str = ""
    template: str = ""
    pending: "Pending | None" = None
    wording: str = ""
    """The utterance before a slip of the keyboard."""

    @cached_property
    def key(self) -> str:
        """The call as canonical JSON."""
        return canonical_json([self.call.name, self.call.arguments])


@dataclass(frozen=True)
class Pending:
    """A request that was answered by asking back: the tool it is about, and the arguments it gave."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a template means in a dialogue: a call of `tool` of which `arguments` are settled and the slots are open."""

    template: Template
    tool: str
    paths: tuple[Path, ...]
    """Where each slot's value goes."""
    domains: tuple[Domain, ...]
    arguments: Mapping[str, Any]
    previous: Mapping[Path, Any] = field(default_factory=dict)
    """Values that a slot replaces, hence can't say again."""
    reference: ToolCall | None = None

    def call(self, values: tuple[Any, ...], order: tuple[str, ...]) -> ToolCall:
        """The call with these values in the slots, its arguments in the schema's order."""
        arguments: dict[str, Any] = {}
        for name, value in self.arguments.items():
            arguments[name] = _copy(value)
        if self.template.asked is None:
            for path, value in (*self.template.fixed, *zip(self.paths, values, strict=True)):
                with_leaf(arguments, path, value)
        else:
            for path, value in self.template.fixed:
                with_leaf(arguments, path, value)
        ordered = {name: arguments[name] for name in order if name in arguments}
        return ToolCall(self.tool, ordered | {name: arguments[name] for name in arguments if name not in ordered})

    def pending(self, values: tuple[Any, ...]) -> Pending | None:
        """What the dialogue keeps of a request that is answered by asking back."""
        asked = self.template.asked
        if asked is None:
            return None
        arguments: dict[str, Any] = {}
        for path, value in (*asked.fixed, *zip(self.paths, values, strict=True)):
            with_leaf(arguments, path, value)
        return Pending(asked.tool, arguments)


class Interpreter:
    """Says whether a template may be uttered in a dialogue, and what it means there."""

    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.task = task
        self.grammar = grammar
        self.habits = grammar.habits
        self._domains = {
            tool.name: {name: domain_at(tool, (name,)) for name in tool.properties} for tool in task.tools.tools
        }

    def plan(self, template: Template, dialogue: tuple[Said, ...]) -> Plan | None:
        """The meaning of a template in a dialogue, or None if its words don't settle a call there."""
        pending = dialogue[-1].pending if dialogue else None
        if template.completion is not None:
            return self._completed(template, pending) if pending else None
        if pending is not None and not self._stands_alone(template):
            return None
        if template.reference is not None:
            return self._follow_up(template, dialogue)
        return self._plain(template, dialogue)

    def _stands_alone(self, template: Template) -> bool:
        """Whether a template can break into a request that waits for its missing detail."""
        return template.reference is None and template.asked is None and template.tool in self.grammar.chat_tools

    def _completed(self, template: Template, pending: Pending) -> Plan | None:
        completion = template.completion
        if completion is None or template.tool != pending.tool:
            return None
        if completion.known != frozenset(pending.arguments) or template.said_keys & completion.known:
            return None
        return Plan(template, template.tool, *self._own(template), pending.arguments)

    def _own(self, template: Template) -> tuple[tuple[Path, ...], tuple[Domain, ...]]:
        return tuple(slot.path for slot in template.slots), tuple(slot.domain for slot in template.slots)

    def _plain(self, template: Template, dialogue: tuple[Said, ...]) -> Plan | None:
        if (template.only_first and dialogue) or (template.only_later and not dialogue):
            return None
        if template.after_tool is not None and (not dialogue or dialogue[-1].call.name != template.after_tool):
            return None
        if template.asked is not None:
            # What a request lacks must not be supplied by what was done before.
            if self._supplies(dialogue, template.asked.tool, template.asked.known):
                return None
        elif template.tool not in self.grammar.chat_tools and self._supplies(
            dialogue, template.tool, template.said_keys | template.mentioned
        ):
            return None
        previous: dict[Path, Any] = {}
        if template.after_tool == template.tool and dialogue:
            earlier = dialogue[-1].call.arguments
            previous = {
                slot.path: earlier[str(slot.path[0])]
                for slot in template.slots
                if len(slot.path) == 1 and str(slot.path[0]) in earlier
            }
        arguments = self._mentioned(template, dialogue) if template.mentioned else self._continued(template, dialogue)
        return None if arguments is None else Plan(template, template.tool, *self._own(template), arguments, previous)

    def _mentioned(self, template: Template, dialogue: tuple[Said, ...]) -> dict[str, Any] | None:
        """The arguments that the words of the turn before name; None if it names none, or several."""
        tokens = tokenise(dialogue[-1].wording or dialogue[-1].utterance)
        domains = self._domains[template.tool]
        found = {name: self.grammar.aligner.only_mention(tokens, domains[name]) for name in sorted(template.mentioned)}
        return None if None in found.values() else found

    def _continued(self, template: Template, dialogue: tuple[Said, ...]) -> dict[str, Any] | None:
        """What words that need a call of their own tool before them take over from it; None if the seeds don't tell."""
        if template.after_tool != template.tool or template.tool in self.grammar.chat_tools:
            return {}
        said, earlier = template.said_keys, dialogue[-1].call.arguments
        arguments: dict[str, Any] = {}
        for name, value in earlier.items():
            carried = name not in said and self.habits.carries(template.tool, said, said & frozenset(earlier), name)
            if carried is None:
                return None
            if carried:
                arguments[name] = value
        return arguments

    def _supplies(self, dialogue: tuple[Said, ...], tool: str, said: frozenset[str]) -> bool:
        """Whether an earlier call has an argument that listeners would carry into a call that doesn't say it."""
        for turn in dialogue:
            for name in turn.call.arguments:
                domain = self._domains.get(turn.call.name, {}).get(name)
                if name not in said and domain is not None and self._domains[tool].get(name) == domain:
                    if (tool, name) in self.habits.held:
                        return True
                    if tool == turn.call.name and not said:
                        return True
        return False

    def _follow_up(self, template: Template, dialogue: tuple[Said, ...]) -> Plan | None:
        reference = template.reference
        referred = self._referred(dialogue)
        if reference is None or referred is None or not self._echoes(reference, referred):
            return None
        if reference.tool == template.tool:
            if referred.name == template.tool:
                return self._carried(template, reference, referred, *self._own(template))
            name = self._like(template.slots[0], referred) if reference.general else None
            if name is None:
                return None
            domain = self._domains[referred.name][name]
            return self._carried(template, reference, referred, ((name,),), (domain,))
        return self._pointed(template, reference, referred) if referred.name != template.tool else None

    @staticmethod
    def _echoes(reference: Reference, referred: ToolCall) -> bool:
        """Whether the earlier call has the very arguments from which the words take their meaning."""
        return all(
            name in referred.arguments and same_json(referred.arguments[name], value) for name, value in reference.exact
        )

    def _pointed(self, template: Template, reference: Reference, referred: ToolCall) -> Plan | None:
        """What a template means that takes an argument from the call of another tool ("music in there")."""
        own, known = self._domains[template.tool], self._domains[referred.name]
        carried = {
            name for name in reference.carried if name in own and name in known and alike(own[name], known[name])
        }
        if carried != reference.carried or not carried <= referred.arguments.keys():
            return None
        arguments = {name: referred.arguments[name] for name in sorted(carried)}
        return Plan(template, template.tool, *self._own(template), arguments, reference=referred)

    def _carried(
        self,
        template: Template,
        reference: Reference,
        referred: ToolCall,
        paths: tuple[Path, ...],
        domains: tuple[Domain, ...],
    ) -> Plan | None:
        """What a template means that says some arguments anew and takes the others from the earlier call."""
        said = frozenset(str(path[0]) for path in (*paths, *(path for path, _ in template.fixed)))
        replaced = said & frozenset(referred.arguments)
        own = referred.name == template.tool
        if len(replaced) != len(reference.replaced) or (own and replaced != reference.replaced):
            return None
        arguments = self._decided(reference, referred, said, own=own)
        if arguments is None:
            return None
        # "There" needs the place that it stands for; other words do without what they would carry.
        pointed = reference.generic or not replaced or "there" in template.literal_words
        idle = not replaced and bool(said) and not arguments and not self.habits.fills
        if own and (idle or (pointed and not reference.carried <= arguments.keys())):
            return None
        previous: dict[Path, Any] = {path: referred.arguments[str(path[0])] for path in paths if path[0] in replaced}
        for path, value in template.fixed:
            if len(path) == 1 and path[0] in replaced and same_json(referred.arguments[str(path[0])], value):
                return None
        return Plan(template, referred.name, paths, domains, arguments, previous, referred)

    def _decided(
        self, reference: Reference, referred: ToolCall, said: frozenset[str], *, own: bool
    ) -> dict[str, Any] | None:
        """The arguments carried from the earlier call; None if the seeds leave one of them undecided."""
        tool = referred.name
        replaced = said & frozenset(referred.arguments)
        arguments: dict[str, Any] = {}
        for name, value in referred.arguments.items():
            if name in said:
                continue
            decision = None
            if own and not reference.generic and name in reference.carried | reference.dropped:
                decision = name in reference.carried
            if decision is None:
                decision = self.habits.carries(tool, said, replaced, name)
            if decision is None and replaced == said and (tool, name) in self.habits.held:
                decision = True
            if decision is None:
                return None
            if decision:
                arguments[name] = value
        return arguments

    def _like(self, slot: Slot, referred: ToolCall) -> str | None:
        """The argument of another tool's call that a general follow-up replaces: the same domain, or the one number."""
        known = self._domains[referred.name]
        names = [name for name in referred.arguments if known.get(name) == slot.domain]
        if not names and slot.domain.kind == "number":
            names = [name for name in referred.arguments if name in known and known[name].kind == "number"]
        if len(names) != 1:
            return None
        if slot.domain.kind == "number" and slot.manner == "share" and known[names[0]] != slot.domain:
            return None
        return names[0]

    def _referred(self, dialogue: tuple[Said, ...]) -> ToolCall | None:
        for turn in reversed(dialogue[-REACH:]):
            if turn.call.name not in self.grammar.chat_tools:
                return turn.call
            if turn.key not in self.habits.skipped:
                return None
        return None


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
