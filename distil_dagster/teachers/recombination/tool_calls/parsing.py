"""Parsing: which call an utterance stands for in a dialogue, by the templates that match it word for word."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from distil_dagster.tasks import Task, ToolCall
from distil_dagster.tasks.tool_call_metrics import tool_call_equivalence
from distil_dagster.teachers.recombination.tool_calls.dialogue import Interpreter, Pending, Plan, Said
from distil_dagster.teachers.recombination.tool_calls.english import FILLERS, FUNCTION_WORDS
from distil_dagster.teachers.recombination.tool_calls.quantities import DIGIT_WORDS, find_quantities, read_digits
from distil_dagster.teachers.recombination.tool_calls.templates import FALL, RISE, SPELT, Slot, Template
from distil_dagster.teachers.recombination.tool_calls.values import Values
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain
from distil_dagster.teachers.recombination.tool_calls.words import normal_words, tokenise

_NUMBER = r"[\w.,\- ]+?"
_TEXT = r"\S+(?: \S+){0,7}?"
_SPELT = rf"(?:{'|'.join(DIGIT_WORDS)})(?: (?:{'|'.join(DIGIT_WORDS)}))+"


@dataclass(frozen=True)
class Reading:
    """One understanding of an utterance; `weight` counts the words that the template fixes."""

    template: Template
    call: ToolCall
    pending: Pending | None
    weight: int
    texts: tuple[tuple[Domain, str], ...] = ()
    """The free texts it found, with the parameters they belong to."""


class Parser:
    """Reads utterances by a set of templates."""

    def __init__(self, task: Task, interpreter: Interpreter, values: Values, templates: Iterable[Template]) -> None:
        self.task = task
        self.interpreter = interpreter
        self.values = values
        self._orders = {tool.name: tuple(tool.properties) for tool in task.tools.tools}
        self._by_word: dict[str, list[Template]] = defaultdict(list)
        self._patterns: dict[tuple[str, tuple[Domain, ...]], re.Pattern[str]] = {}
        self._meanings: dict[Domain, dict[str, Any]] = {}
        templates = tuple(templates)
        self._literal_words = {word for template in templates for word in _literal(template)}
        self._telling = self._literal_words | {
            word for domain in values.text_domains() for value in values.texts(domain) for word in normal_words(value)
        }
        """Words that belong to a template or are a value somewhere."""
        counts = Counter(word for template in templates for word in set(_literal(template)))
        self._literals = {template.name: frozenset(_literal(template)) for template in templates}
        for template in templates:
            words = _literal(template)
            self._by_word[min(words, key=lambda word: (counts[word], word)) if words else ""].append(template)

    def read(self, utterance: str, dialogue: tuple[Said, ...]) -> ToolCall | None:
        """The call an utterance stands for; None if no template matches, or equally good ones disagree."""
        readings = self.readings(utterance, dialogue)
        if not readings:
            return None
        best = max(reading.weight for reading in readings)
        calls = [reading.call for reading in readings if reading.weight == best]
        alike = all(tool_call_equivalence(self.task.tools, calls[0], call) for call in calls)
        return calls[0] if alike else None

    def is_literal(self, word: str) -> bool:
        """Whether a word stands outside the slots of some template."""
        return word in self._literal_words

    def agrees(self, utterance: str, dialogue: tuple[Said, ...], call: ToolCall) -> bool:
        """Whether no template that fits the utterance at least as well as any other reads another call."""
        readings = self.readings(utterance, dialogue)
        best = max((reading.weight for reading in readings), default=0)
        return all(
            tool_call_equivalence(self.task.tools, reading.call, call) for reading in readings if reading.weight == best
        )

    def readings(self, utterance: str, dialogue: tuple[Said, ...]) -> list[Reading]:
        """Every understanding of an utterance in a dialogue."""
        tokens = [token for token in tokenise(utterance) if token.is_word]
        kept = [token for token in tokens if token.normal not in FILLERS]
        words = {token.normal for token in kept}
        text = " ".join(token.normal for token in kept)
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        position = 0
        for token in kept:
            starts[position] = token.start
            ends[position + len(token.normal)] = _end_with_unit(utterance, token.end)
            position += len(token.normal) + 1
        found = []
        for word in sorted({*words, ""}):
            for template in self._by_word.get(word, ()):
                if not self._literals[template.name] <= words:
                    continue
                plan = self.interpreter.plan(template, dialogue)
                match = self._pattern(template, plan.domains).fullmatch(text) if plan else None
                if plan is None or match is None:
                    continue
                values = []
                for number, (slot, path, domain) in enumerate(
                    zip(template.slots, plan.paths, plan.domains, strict=True), start=1
                ):
                    start, end = match.span(number)
                    said = utterance[starts[start] : ends[end]] if start in starts and end in ends else ""
                    value = self._value(slot, domain, match.group(number), said)
                    if value is not None and slot.manner in (RISE, FALL):
                        value = plan.previous[path] + (value if slot.manner == RISE else -value)
                    values.append(value)
                if any(value is None for value in values):
                    continue
                reading = self._reading(plan, tuple(values))
                if reading:
                    found.append(reading)
        return found

    def _reading(self, plan: Plan, values: tuple[Any, ...]) -> Reading | None:
        call = plan.call(values, self._orders.get(plan.tool, ()))
        if self.task.tools.problems(call) or not self.interpreter.grammar.is_shown(call):
            return None
        # A text that is known as a value speaks more for a template than one that merely fits.
        known = sum(
            domain.kind != "text" or value in self.values.texts(domain)
            for domain, value in zip(plan.domains, values, strict=True)
        )
        weight = 2 * len(self._literals[plan.template.name]) + known
        texts = tuple(
            (domain, value) for domain, value in zip(plan.domains, values, strict=True) if domain.kind == "text"
        )
        return Reading(plan.template, call, plan.pending(values), weight, texts)

    def _pattern(self, template: Template, domains: tuple[Domain, ...]) -> re.Pattern[str]:
        key = (template.name, domains)
        if key not in self._patterns:
            pieces: list[str] = []
            slots = iter(domains)
            for part in template.parts:
                if isinstance(part, Slot):
                    pieces.append(f"({self._slot_pattern(part, next(slots))})")
                else:
                    pieces += [re.escape(word) for word in _kept(part)]
            self._patterns[key] = re.compile(" ".join(pieces))
        return self._patterns[key]

    def _slot_pattern(self, slot: Slot, domain: Domain) -> str:
        if domain.kind == "number" or slot.frame is not None:
            return _NUMBER
        if slot.manner == SPELT:
            return _SPELT
        if domain.kind == "text":
            known = sorted(self.values.texts(domain), key=len, reverse=True)
            return "|".join([*(re.escape(" ".join(_kept(value))) for value in known), _TEXT])
        forms = [form for value in domain.values for form in self.values.forms(slot, domain, value)]
        return "|".join(re.escape(" ".join(_kept(form))) for form in sorted(forms, key=len, reverse=True)) or r"(?!)"

    def _value(self, slot: Slot, domain: Domain, words: str, said: str) -> Any:
        if slot.manner == SPELT:
            return read_digits(words)
        if domain.kind == "text" and slot.frame is None:
            # A comparison of words can't tell whether a point at the end belongs to the value ("one p. m.").
            said = f"{said}." if f"{said}." in self.values.texts(domain) else said
            return said if said and self._plausible(domain, said) else None
        if domain.kind == "number" or slot.frame is not None:
            tokens = tokenise(words)
            found = find_quantities(tokens, minimum=domain.minimum, maximum=domain.maximum)
            if len(found) != 1 or (found[0].start, found[0].end) != (0, len(tokens)):
                return None
            value = found[0].value
            if slot.frame is not None:
                return slot.framed(value)
            return int(value) if value.is_integer() else value
        return self._meaning(domain).get(words)

    def _plausible(self, domain: Domain, text: str) -> bool:
        """Whether words can be a value of a free text: a known one, or few words that mean nothing else here."""
        known = self.values.texts(domain)
        if text in known:
            return True
        words = normal_words(text)
        own = {word for value in known for word in normal_words(value)}
        if len(words) > 4 or any(word in FUNCTION_WORDS and word not in own for word in words):
            return False
        return not any(word in self._telling and word not in own for word in words)

    def _meaning(self, domain: Domain) -> dict[str, Any]:
        if domain not in self._meanings:
            vocabulary = self.values.aligner.vocabulary
            meanings = {
                " ".join(_kept(form.text)): value for value in domain.values for form in vocabulary.forms(domain, value)
            }
            for (seen, words, _), value in self.values.inflected.items():
                if seen == domain:
                    meanings.setdefault(words, value)
            self._meanings[domain] = meanings
        return self._meanings[domain]


def _end_with_unit(utterance: str, end: int) -> int:
    """Where a text value ends whose unit the comparison of words leaves out."""
    match = re.compile(r" (?:percent|degrees)\b|%|°").match(utterance, end)
    return match.end() if match else end


def _kept(text: str) -> list[str]:
    return [word for word in normal_words(text) if word not in FILLERS and (word[0].isalnum() or word[0] == "_")]


def _literal(template: Template) -> list[str]:
    return [word for part in template.parts if isinstance(part, str) for word in _kept(part)]
