"""Templates of plain English, added where the seeds show that people of this task speak that way at all."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from distil_dagster.tasks import Task
from distil_dagster.teachers.recombination.tool_calls import phrasebook
from distil_dagster.teachers.recombination.tool_calls.english import PREPOSITIONS, PRONOUNS, VERBS
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.out_of_scope import out_of_scope_templates
from distil_dagster.teachers.recombination.tool_calls.templates import (
    FALL,
    RISE,
    Asked,
    Completion,
    Reference,
    Slot,
    Template,
)
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, domain_at, is_action
from distil_dagster.teachers.recombination.tool_calls.words import normal_words

_UNIT = re.compile(r" (?:degrees?|percent|points?|notches)\b|%|°")
_WARMTH = re.compile(r"\b(?:temperature|thermostat|heat|heating|degrees)\b")


def english_templates(task: Task, grammar: Grammar) -> tuple[Template, ...]:
    """All phrases of English that fit the task, each marked `origin="english"`."""
    return tuple(_Phrases(task, grammar).templates())


class _Phrases:
    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.task = task
        self.grammar = grammar
        self.objects: list[tuple[str, str, Domain]] = []
        self.numbers: list[tuple[str, str, Domain]] = []
        self.actions: list[tuple[str, str, Domain]] = []
        for tool in task.tools.tools:
            for name in tool.properties:
                domain = domain_at(tool, (name,))
                if domain.kind == "number":
                    self.numbers.append((tool.name, name, domain))
                elif domain.kind == "enum" and grammar.aligner.is_varied(domain):
                    (self.actions if is_action(domain) else self.objects).append((tool.name, name, domain))

    def templates(self) -> Iterator[Template]:
        yield from self._follow_ups()
        yield from self._fillings()
        yield from self._completions()
        yield from self._bare_requests()
        yield from self._purposes()
        yield from self._situations()
        yield from self._degrees()
        yield from out_of_scope_templates(self.task, self.grammar)

    # Follow-ups

    def _seen(self, kind: str) -> list[Template]:
        """The seeds' follow-ups that say just one argument, replacing the one of the earlier call."""
        found = []
        for template in self.grammar.templates:
            reference = template.reference
            if reference is None or len(reference.replaced) != 1 or template.said_keys != reference.replaced:
                continue
            if not reference.carried:
                continue
            name = next(iter(reference.replaced))
            domain = domain_at(self.task.tools.by_name[template.tool], (name,))
            if self._kind(domain) == kind:
                found.append(template)
        return found

    def _kind(self, domain: Domain) -> str:
        if domain.kind == "number":
            return "number"
        if domain.kind == "enum" and is_action(domain):
            return "action"
        return "object"

    def _follow_ups(self) -> Iterator[Template]:
        if self._seen("object"):
            for tool, name, domain in self.objects:
                if (tool, name) in self.grammar.habits.swapped:
                    yield from self._referring(tool, name, domain, phrasebook.SWAP_PHRASES, mark="x", position="noun")
        if self._seen("number"):
            for tool, name, domain in self.numbers:
                yield from self._referring(tool, name, domain, phrasebook.NUMBER_PHRASES, mark="n", position="other")
        yield from self._changes()
        seen_actions = {template.tool for template in self._seen("action")}
        for tool, name, domain in self.actions:
            if tool in seen_actions:
                phrases, position = self._action_phrases(domain)
                yield from self._referring(tool, name, domain, phrases, mark="v", position=position)

    def _changes(self) -> Iterator[Template]:
        """A number changed by an amount, if the seeds show that, in the unit that they name."""
        shown: dict[tuple[str, Slot], set[str]] = defaultdict(set)
        for template in self.grammar.templates:
            for slot, after in pairwise((*template.parts, "")):
                if isinstance(slot, Slot) and slot.manner in (RISE, FALL):
                    named = _UNIT.match(after) if isinstance(after, str) else None
                    base = replace(slot, manner="", said="2")
                    shown[template.tool, base].add(named.group() if named else "")
        for (tool, base), units in shown.items():
            warmth = bool(_WARMTH.search(f"{base.domain.name} {base.domain.description}".lower()))
            for manner, phrases, warm in (
                (RISE, phrasebook.RISE_PHRASES, phrasebook.WARMER_PHRASES),
                (FALL, phrasebook.FALL_PHRASES, phrasebook.COOLER_PHRASES),
            ):
                for number, phrase in enumerate((*phrases, *(warm if warmth else ())), start=1):
                    before, behind = phrase.split("{n}")
                    for unit in sorted({"", *units}):
                        parts = (before, replace(base, manner=manner), unit + behind)
                        reference = Reference(
                            tool, frozenset(), frozenset(), frozenset({str(base.path[0])}), generic=True
                        )
                        yield Template(
                            f"english:{tool}.{base.path[0]}:{manner}{number}{unit}",
                            tool,
                            tuple(part for part in parts if part),
                            reference=reference,
                            only_later=True,
                            origin="english",
                        )

    def _fillings(self) -> Iterator[Template]:
        """One argument more for the call before, if that is how the seeds speak."""
        for tool in self.task.tools.tools if self.grammar.habits.fills else ():
            for name in tool.properties if tool.name not in self.grammar.chat_tools else ():
                domain = domain_at(tool, (name,))
                phrases: tuple[str, ...]
                if domain.kind == "number":
                    phrases, mark = phrasebook.COMPLETION_NUMBER_PHRASES, "n"
                elif domain.kind == "text":
                    phrases, mark = phrasebook.FILLING_TEXT_PHRASES, "x"
                elif domain.kind == "enum" and self._kind(domain) == "object":
                    phrases, mark = phrasebook.COMPLETION_ENTITY_PHRASES, "x"
                elif domain.kind == "enum":
                    phrases, mark = phrasebook.FILLING_ACTION_PHRASES, "v"
                else:
                    continue
                joint = name.split("_")[0]
                if joint in PREPOSITIONS and mark == "x":
                    phrases = tuple(phrase.replace("{p}", joint) for phrase in phrasebook.FILLING_PLACE_PHRASES)
                for number, phrase in enumerate(phrases, start=1):
                    position = {"x": "noun", "n": "other", "v": self._action_phrases(domain)[1]}[mark]
                    parts = self._parts(phrase, mark, name, domain, position)
                    reference = Reference(tool.name, frozenset(), frozenset(), frozenset(), generic=True)
                    label = f"english:{tool.name}.{name}:filled {number}"
                    yield Template(label, tool.name, parts, (), (), reference, only_later=True, origin="english")

    @staticmethod
    def _action_phrases(domain: Domain) -> tuple[tuple[str, ...], str]:
        heads = [normal_words(value)[0] for value in domain.values]
        if all(head in ("on", "off") for head in heads):
            return phrasebook.PARTICLE_PHRASES, "other"
        if all(head in VERBS for head in heads):
            return phrasebook.VERB_PHRASES, "verb"
        return (), "other"

    def _referring(
        self, tool: str, name: str, domain: Domain, phrases: tuple[str, ...], *, mark: str, position: str
    ) -> Iterator[Template]:
        for number, phrase in enumerate(phrases, start=1):
            parts = self._parts(phrase, mark, name, domain, position)
            anew = any((tool, name) == pair[:2] for pair in self.grammar.habits.yielding)
            for replaced in (frozenset({name}), *([frozenset[str]()] if anew else [])):
                reference = Reference(tool, frozenset(), frozenset(), replaced, generic=True)
                label = f"english:{tool}.{name}:{mark}{number}{'' if replaced else ' added'}"
                yield Template(label, tool, parts, (), (), reference, only_later=True, origin="english")

    def _parts(self, phrase: str, mark: str, name: str, domain: Domain, position: str) -> tuple[str | Slot, ...]:
        before, after = phrase.split(f"{{{mark}}}")
        manner = {"number": "digits", "text": "text"}.get(domain.kind, "base")
        said = {"x": "the thing", "n": "10", "v": "open" if position == "verb" else "on"}[mark]
        slot = Slot((name,), domain, manner, position, said, article=mark == "x" and domain.kind == "enum")
        return tuple(part for part in (before, slot, after) if part)

    # Requests that lack something, and their completion

    def _completions(self) -> Iterator[Template]:
        seen: dict[tuple[str, str, frozenset[str]], None] = {}
        for template in self.grammar.templates:
            if template.completion is not None and len(template.said_keys) == 1:
                seen[template.tool, next(iter(template.said_keys)), template.completion.known] = None
        for tool, name, known in seen:
            domain = domain_at(self.task.tools.by_name[tool], (name,))
            kind = self._kind(domain)
            phrases: tuple[str, ...]
            if kind == "number":
                phrases, mark, position = phrasebook.COMPLETION_NUMBER_PHRASES, "n", "other"
            elif kind == "object" and domain.kind == "enum":
                phrases, mark, position = phrasebook.COMPLETION_ENTITY_PHRASES, "x", "noun"
            elif kind == "action" and self._action_phrases(domain)[1] == "verb":
                phrases, mark, position = phrasebook.COMPLETION_VERB_PHRASES, "v", "verb"
            else:
                continue
            for number, phrase in enumerate(phrases, start=1):
                label = "+".join(sorted(known)) or "nothing"
                yield Template(
                    f"english:{tool}.{name}:after {label}:{number}",
                    tool,
                    self._parts(phrase, mark, name, domain, position),
                    completion=Completion(known),
                    only_later=True,
                    origin="english",
                )

    def _bare_requests(self) -> Iterator[Template]:
        """Requests with an action and a pronoun that stands for nothing, if the seeds ask back for such."""
        seen: dict[tuple[str, str, str], tuple[Template, Asked]] = {}
        for template in self.grammar.templates:
            asked = template.asked
            if asked is not None and len(asked.known) == 1 and template.only_first:
                seen.setdefault((asked.tool, next(iter(asked.known)), template.tool), (template, asked))
        for (tool, name, _), (template, asked) in seen.items():
            domain = domain_at(self.task.tools.by_name[tool], (name,))
            if self._kind(domain) != "action":
                continue
            phrases, position = self._action_phrases(domain)
            if position == "verb":
                phrases = phrasebook.BARE_REQUESTS
            for number, phrase in enumerate(phrases, start=1):
                if re.search(r"again|actually|^and|^no\b|okay|now|rather", phrase):
                    continue
                yield Template(
                    f"english:{tool}.{name}:bare {number}",
                    template.tool,
                    self._parts(phrase, "v", name, domain, position),
                    template.fixed,
                    asked=Asked(tool, asked.known),
                    only_first=True,
                    origin="english",
                )

    # Values that are implied

    def _purposes(self) -> Iterator[Template]:
        """What a value is for, said of oneself: "leaving_home is for going out" gives "I'm going out"."""
        for (tool_name, name, value), purpose in self.grammar.aligner.vocabulary.purposes.items():
            tool = self.task.tools.by_name[tool_name]
            if set(tool.properties) != {name}:
                continue
            words = value.replace("_", " ")
            noun = name.replace("_", " ")
            base = purpose.removeprefix(purpose.split(" ", 1)[0]).strip()
            verb = _infinitive(purpose.split(" ", 1)[0])
            phrases = [
                f"I'm {purpose}",
                f"I'm {purpose} now",
                f"we're {purpose}",
                f"we're {purpose} now",
                f"I'm about to {verb} {base}",
                f"we're about to {verb} {base}",
                f"time to {verb} {base}",
                f"I want to {verb} {base}",
                f"let's {verb} {base}",
                f"I'd like to {verb} {base}",
                f"I think I'll {verb} {base}",
                f"we're going to {verb} {base}",
                f"I'm ready to {verb} {base}",
            ]
            yield from self._implied(tool_name, ((name,), value), [phrase.rstrip() for phrase in phrases])
            yield from self._implied(
                tool_name,
                ((name,), value),
                [f"{words} {noun}", f"run the {words} {noun}", f"start {words}"],
                mark="named ",
            )
        for tool in self.task.tools.tools:
            if len(tool.properties) != 1 or tool.name not in self.grammar.chat_tools:
                continue
            (name,) = tool.properties
            domain = domain_at(tool, (name,))
            asks = {call.name for call in self.grammar.asking_calls}
            if domain.kind != "enum" or tool.name in asks:
                continue
            for value in domain.values:
                if (tool.name, name, value) not in self.grammar.aligner.vocabulary.purposes:
                    words, noun = value.replace("_", " "), name.replace("_", " ")
                    phrases = [f"{words} {noun}", f"run the {words} {noun}", f"start {words}", f"{words}, please"]
                    yield from self._implied(tool.name, ((name,), value), phrases, mark="named ")

    def _situations(self) -> Iterator[Template]:
        """What people say in the situation that a value stands for, where the seeds imply the value so."""
        for tool in self.task.tools.tools:
            for name in tool.properties:
                domain = domain_at(tool, (name,))
                if domain.kind != "enum" or self.grammar.aligner.is_varied(domain) or len(tool.properties) != 1:
                    continue
                for value in domain.values:
                    implied = any(template.fixed == (((name,), value),) for template in self.grammar.templates)
                    words = str(value).replace("_", " ").replace("-", " ").lower()
                    for pattern, phrases in phrasebook.SITUATIONS if implied else ():
                        if re.search(pattern, words):
                            yield from self._implied(tool.name, ((name,), value), list(phrases), mark="situation ")
                            break

    def _degrees(self) -> Iterator[Template]:
        """A change by an amount that isn't said, where the seeds ask back for the number."""
        for template in self.grammar.templates:
            asked = template.asked
            if asked is None or asked.fixed or set(template.literal_words) & PRONOUNS:
                continue
            for tool, name, domain in self.numbers:
                if tool != asked.tool or name in asked.known:
                    continue
                text = f"{name} {domain.description}".lower()
                for pattern, degrees in phrasebook.DEGREES:
                    if re.search(pattern, text) and self._is_relative(template):
                        yield from self._comparatives(template, tool, degrees)

    @staticmethod
    def _is_relative(template: Template) -> bool:
        text = template.text.lower()
        return bool(re.search(r"\b(a little|a bit|slightly|somewhat|dim|brighten|turn up|turn down)\b", text))

    def _comparatives(self, template: Template, tool: str, degrees: tuple[str, ...]) -> Iterator[Template]:
        for degree in degrees:
            for number, phrase in enumerate(phrasebook.DEGREE_PHRASES, start=1):
                yield Template(
                    f"english:{tool}:{degree} {number}",
                    template.tool,
                    (phrase.replace("{d}", degree),),
                    template.fixed,
                    only_later=True,
                    after_tool=tool,
                    origin="english",
                )

    def _implied(
        self, tool: str, fixed: tuple[tuple[str, ...], str], phrases: list[str], *, mark: str = ""
    ) -> Iterator[Template]:
        for number, phrase in enumerate(dict.fromkeys(phrases), start=1):
            yield Template(f"english:{tool}:{fixed[1]}:{mark}{number}", tool, (phrase,), (fixed,), origin="english")


def _infinitive(gerund: str) -> str:
    base = gerund.removesuffix("ing")
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "sl":
        base = base[:-1]
    return base if base in ("go", "do", "watch", "sleep", "eat", "read", "cook", "work") else _with_e(base)


def _with_e(base: str) -> str:
    return base + "e" if re.search(r"[^aeiou][aeiou][cgvsz]$|[^aeiou]l$", base) else base
