"""Derivation: further templates from those of the seeds, by moves of English grammar that settle their own meaning.

A place may be said before or behind its noun ("the kitchen lights", "the lights in the kitchen"), may be left out where
the tool does without it, be added where another template shows how, or be replaced by a word that refers back ("in
there", "it"). Each move is made only where the seeds show both of its sides (Andreas 2020, "Good-Enough Compositional
Data Augmentation": fragments that occur in one common environment may be exchanged in others).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from distil_dagster.tasks import Task, Tool
from distil_dagster.teachers.recombination.tool_calls.english import (
    BARE_ADVERBS,
    CONJUNCTIONS,
    FUNCTION_WORDS,
    OPPOSITES,
    PREPOSITIONS,
)
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.referring import Referring
from distil_dagster.teachers.recombination.tool_calls.syntax import (
    ARTICLE,
    ECHO,
    NEXT_NOUN,
    POINTING,
    THERE,
    nouns_behind,
    objects,
    placed,
    spliced,
    words_before,
    words_behind,
)
from distil_dagster.teachers.recombination.tool_calls.templates import FALL, RISE, Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import alike, domain_at, is_action
from distil_dagster.teachers.recombination.tool_calls.words import normal_words

_TAIL = re.compile(r"((?:,? (?:please|now|thanks|for me|for a second|then))*[.!?]*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Adjunct:
    """Words that add an argument at the end of a request, as " in the {room}", and the seeds that show it."""

    lead: str
    slot: Slot
    seeds: tuple[str, ...]


def derived_templates(task: Task, grammar: Grammar, requests: Iterable[Template] = ()) -> tuple[Template, ...]:
    """Every template that follows from those of the seeds, and from further requests, without repetitions.

    Requests that are not from the seeds are only made to refer back ("in there", "it"), not taken apart.
    """
    deriver = _Deriver(task, grammar)
    further = tuple(requests)
    seen = {
        (template.tool, template.text.lower(), template.reference, template.asked) for template in grammar.templates
    }
    kept = []
    for template in (*deriver.templates(), *deriver.referring.templates(further)):
        key = (template.tool, template.text.lower(), template.reference, template.asked)
        if key not in seen:
            seen.add(key)
            kept.append(template)
    return tuple(kept)


class _Deriver:
    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.task = task
        self.grammar = grammar
        self.requests = [
            template
            for template in grammar.templates
            if template.reference is None
            and template.asked is None
            and template.completion is None
            and template.tool not in grammar.chat_tools
            and template.after_tool is None
        ]
        self.nouns = nouns_behind(grammar.templates)
        self.referring = Referring(task, grammar)
        self.places = self._places()
        self.adjuncts = self._adjuncts()

    def templates(self) -> Iterator[Template]:
        moved = [*self._reordered(self.requests), *self._placed_from_there()]
        complete = [*self.requests, *moved]
        shorter = list(self._shortened(complete))
        longer = list(self._extended([*complete, *shorter]))
        yield from moved
        yield from shorter
        yield from longer
        yield from self.referring.templates(complete)
        yield from self.referring.relying(shorter)
        yield from self._opposed_tools([*complete, *shorter])
        yield from self._opposed_values([*self.grammar.templates, *moved, *shorter])
        yield from self._opposed_changes(self.grammar.templates)

    # What the seeds show

    def _places(self) -> set[tuple[str, str]]:
        """The parameters that the seeds say at the end behind "in", by their domain's kind and name."""
        return {
            (slot.domain.kind, slot.domain.name)
            for template in self.grammar.templates
            for index, slot in objects(template)
            if (match := placed(words_before(template, index)))
            and match.group(1).lower() == "in"
            and _TAIL.fullmatch(words_behind(template, index))
        }

    def _adjuncts(self) -> list[Adjunct]:
        found: dict[tuple[str, str], Adjunct] = {}
        for template in self.requests:
            for index, slot in objects(template):
                before, behind = words_before(template, index), words_behind(template, index)
                if not _TAIL.fullmatch(behind):
                    continue
                match = placed(before)
                first = normal_words(slot.said)[0]
                if match and match.group(1).lower() != "of":
                    lead = " " + match.group(0)
                elif first in PREPOSITIONS or first in BARE_ADVERBS:
                    lead = " "
                else:
                    continue
                key = (lead.lower(), f"{slot.domain.owner}/{slot.domain.name}")
                known = found.get(key)
                seeds = (*known.seeds, *template.seeds) if known else template.seeds
                found[key] = Adjunct(lead.lower(), slot, tuple(dict.fromkeys(seeds)))
        return list(found.values())

    def _does_without(self, tool: str, name: str, *, besides: frozenset[str]) -> bool:
        """Whether seeds call the tool without the argument; and without any, if nothing is said besides it."""
        if (tool, besides) in self.grammar.asked_back:
            return False
        return name not in self.task.tools.by_name[tool].required and any(
            template.tool == tool and name not in template.said_keys and (besides or not template.said_keys)
            for template in self.requests
        )

    # Moves

    def _reordered(self, templates: Iterable[Template]) -> Iterator[Template]:
        """From "the kitchen lights" to "the lights in the kitchen", and back."""
        for template in templates:
            for index, slot in objects(template):
                before, behind = words_before(template, index), words_behind(template, index)
                nouns = self.nouns.get(slot.domain, set())
                noun = NEXT_NOUN.match(behind)
                is_place = (slot.domain.kind, slot.domain.name) in self.places
                if is_place and noun and noun.group(1).lower() in nouns and (index == 0 or ARTICLE.search(before)):
                    lead = before if index else ""
                    text = f"{lead}{noun.group(1)} in the "
                    rest = behind[noun.end() :]
                    yield self._changed(template, "placed", index, before=text, behind=rest, position="noun")
                place = placed(before)
                match = (
                    re.search(r"\b(?:(the|my) )?([a-z]+) $", before[: place.start()], re.IGNORECASE) if place else None
                )
                if place and match and place.group(1).lower() == "in" and match.group(2).lower() in nouns:
                    start = before[: match.start()]
                    if match.group(1) or not start:
                        article = f"{match.group(1)} " if match.group(1) else ""
                        rest = f" {match.group(2).lower()}{behind}"
                        yield self._changed(template, "named", index, before=start + article, behind=rest)

    def _placed_from_there(self) -> Iterator[Template]:
        """A request that points "there" with the place named instead."""
        for template in self.grammar.templates:
            reference = template.reference
            if reference is None or reference.tool == template.tool or len(reference.carried) != 1:
                continue
            words = set(template.literal_words)
            found = [
                (index, part, THERE.search(part)) for index, part in enumerate(template.parts) if isinstance(part, str)
            ]
            places = [(index, part, match) for index, part, match in found if match]
            if len(places) != 1 or words & ECHO:
                continue
            index, part, match = places[0]
            name = next(iter(reference.carried))
            domain = domain_at(self.task.tools.by_name[template.tool], (name,))
            slot = Slot((name,), domain, "base" if domain.kind == "enum" else "text", "noun", name)
            start, end = part[: match.start()], part[match.end() :]
            parts = (*template.parts[:index], f"{start}in the ", slot, end, *template.parts[index + 1 :])
            parts = tuple(item for item in parts if item != "")
            yield replace(
                template,
                name=f"{template.name}/place",
                parts=parts,
                reference=None,
                only_later=template.only_later and template.text[:1].islower() and "and" in words,
                origin="derived",
            )

    def _shortened(self, templates: Iterable[Template]) -> Iterator[Template]:
        """A request without its place, for tools that do without it."""
        for template in templates:
            for index, slot in objects(template):
                name = str(slot.path[0])
                if not self._does_without(template.tool, name, besides=template.said_keys - {name}):
                    continue
                before, behind = words_before(template, index), words_behind(template, index)
                place = placed(before)
                noun = NEXT_NOUN.match(behind)
                if (
                    place
                    and place.group(1).lower() != "of"
                    and not NEXT_NOUN.match(behind.replace(" please", "").replace(" now", ""))
                ):
                    text, rest = before[: place.start()].rstrip(), behind
                elif noun and noun.group(1).lower() in self.nouns.get(slot.domain, set()):
                    text, rest = before, behind.lstrip()
                else:
                    continue
                parts = spliced(template, index, [text + rest if not index else text, rest if index else ""])
                shorter = replace(template, name=f"{template.name}-{name}", parts=parts, origin="derived")
                if shorter.slots or not FUNCTION_WORDS.issuperset(shorter.literal_words):
                    yield shorter

    def _extended(self, templates: Iterable[Template]) -> Iterator[Template]:
        """A request with an argument added, as other requests of the same or a like tool add it."""
        for template in templates:
            tool = self.task.tools.by_name[template.tool]
            if "," in template.text or set(template.literal_words) & (POINTING | ECHO) or template.only_later:
                continue
            for adjunct in self.adjuncts:
                slot = self._own_slot(tool, adjunct.slot)
                if slot is None or str(slot.path[0]) in template.said_keys:
                    continue
                last = template.parts[-1]
                tail = _TAIL.search(last) if isinstance(last, str) else None
                ending = tail.group(1) if tail else ""
                if adjunct.lead == " " and not self._shown(template.tool, slot):
                    continue
                head = last[: len(last) - len(ending)] if isinstance(last, str) else None
                parts = (
                    [*template.parts[:-1], head + adjunct.lead, slot]
                    if head is not None
                    else [*template.parts, adjunct.lead, slot]
                )
                yield replace(
                    template,
                    name=f"{template.name}+{slot.path[0]}",
                    parts=(*parts, *([ending] if ending else [])),
                    seeds=tuple(dict.fromkeys((*template.seeds, *adjunct.seeds[:1]))),
                    origin="derived",
                )
            yield from self._specified(template, tool)

    def _specified(self, template: Template, tool: Tool) -> Iterator[Template]:
        """From "the lights" to "the kitchen lights"."""
        for domain, nouns in self.nouns.items():
            like = next((name for name in tool.properties if alike(domain_at(tool, (name,)), domain)), None)
            if like is None or like in template.said_keys:
                continue
            for index, part in enumerate(template.parts):
                if not isinstance(part, str):
                    continue
                match = re.search(r"(?:^|\b(?:the|my) )(" + "|".join(sorted(nouns)) + r")\b(?!')", part, re.IGNORECASE)
                if not match or (match.start(1) == 0 and index > 0):
                    continue
                own = domain_at(tool, (like,))
                said = "Kitchen" if match.start(1) == 0 and part[:1].isupper() else "kitchen"
                slot = Slot(
                    (like,), own, "base" if own.kind == "enum" else "text", "noun" if match.start(1) else "verb", said
                )
                start, end = part[: match.start(1)], " " + part[match.start(1) :].lower()
                parts = tuple(
                    item
                    for item in (*template.parts[:index], start, slot, end, *template.parts[index + 1 :])
                    if item != ""
                )
                yield replace(template, name=f"{template.name}*{like}", parts=parts, origin="derived")

    def _opposed_tools(self, templates: Iterable[Template]) -> Iterator[Template]:
        """From "turn off the lights" to "turn on the lights", for tools that are described as opposites."""
        opposites = [
            (tool.name, other.name)
            for tool in self.task.tools.tools
            for other in self.task.tools.tools
            if _opposition(normal_words(tool.description), normal_words(other.description))
        ]
        for template in templates:
            for tool, other in opposites:
                if tool != template.tool:
                    continue
                turned = self._turned(template)
                slots = {slot: self._own_slot(self.task.tools.by_name[other], slot) for slot in template.slots}
                if turned is None or None in slots.values() or template.fixed:
                    continue
                parts = tuple(slots[part] or part if isinstance(part, Slot) else part for part in turned)
                yield replace(template, name=f"{template.name}~{other}", tool=other, parts=parts, origin="derived")

    def _opposed_values(self, templates: Iterable[Template]) -> Iterator[Template]:
        """From "lift the blinds" to "lower the blinds", for values that are opposites."""
        for template in templates:
            if template.asked is not None or len(template.fixed) != 1 or "," in template.text:
                continue
            numeric = any(slot.domain.kind == "number" for slot in template.slots)
            if numeric or (template.reference is not None and template.reference.exact):
                continue
            ((path, value),) = template.fixed
            domain = domain_at(self.task.tools.by_name[template.tool], path)
            other = OPPOSITES.get(str(value))
            turned = self._turned(template)
            if other not in domain.values or turned is None or not is_action(domain):
                continue
            yield replace(
                template, name=f"{template.name}~{other}", parts=turned, fixed=((path, other),), origin="derived"
            )

    def _opposed_changes(self, templates: Iterable[Template]) -> Iterator[Template]:
        """From "raise it by two degrees" to "lower it by two degrees"."""
        other = {RISE: FALL, FALL: RISE}
        for template in templates:
            turned = self._turned(template) if any(slot.manner in other for slot in template.slots) else None
            if turned is not None:
                parts = tuple(
                    replace(part, manner=other.get(part.manner, part.manner)) if isinstance(part, Slot) else part
                    for part in turned
                )
                yield replace(template, name=f"{template.name}~turned", parts=parts, origin="derived")

    @staticmethod
    def _turned(template: Template) -> tuple[str | Slot, ...] | None:
        """The parts with their one word of direction turned round; None if there are none or several, or a negation."""
        words = [word for word in template.literal_words if word in OPPOSITES]
        spoilt = {"no", "not", "without"} | CONJUNCTIONS
        if len(words) != 1 or set(template.literal_words) & spoilt or "n't" in template.text:
            return None
        if re.search(r"\blight (?:up|down)\b", template.text, re.IGNORECASE):
            return None
        pattern = re.compile(rf"\b{words[0]}\b", re.IGNORECASE)

        def opposite(match: re.Match[str]) -> str:
            word = OPPOSITES[words[0]]
            return word.capitalize() if match.group()[0].isupper() else word

        return tuple(pattern.sub(opposite, part) if isinstance(part, str) else part for part in template.parts)

    # Parts

    def _own_slot(self, tool: Tool, slot: Slot) -> Slot | None:
        """The slot for a like parameter of a tool, or None if it has none."""
        name = str(slot.path[0])
        if name not in tool.properties:
            return None
        domain = domain_at(tool, (name,))
        return replace(slot, domain=domain) if alike(domain, slot.domain) else None

    def _shown(self, tool: str, slot: Slot) -> bool:
        """Whether a seed of the tool says this argument, so that words like "by ten percent" are known to fit it."""
        return (
            any(
                template.tool == tool and any(own.path == slot.path for own in template.slots)
                for template in self.requests
            )
            or slot.domain.kind == "text"
        )

    def _changed(
        self, template: Template, mark: str, index: int, *, before: str, behind: str, position: str = ""
    ) -> Template:
        slot = template.parts[index]
        assert isinstance(slot, Slot)
        moved = replace(slot, position=position or slot.position, said=slot.said.lower())
        parts = (*template.parts[: max(index - 1, 0)], before, moved, behind, *template.parts[index + 2 :])
        return replace(
            template,
            name=f"{template.name}/{mark}",
            parts=tuple(part for part in parts if part != ""),
            origin="derived",
        )


def _opposition(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two descriptions differ in one word, which is the opposite of the other's."""
    if len(words) != len(others):
        return False
    different = [(word, other) for word, other in zip(words, others, strict=True) if word != other]
    return len(different) == 1 and OPPOSITES.get(different[0][0]) == different[0][1]
