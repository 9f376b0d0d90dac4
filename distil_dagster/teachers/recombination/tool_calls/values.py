"""Values for slots: chosen so that all are covered evenly, and said in words that fit the slot's place."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from distil_dagster.tasks import Task, Tool, ToolCall
from distil_dagster.tasks.tool_call_metrics import same_json
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.english import (
    BARE_ADVERBS,
    CONJUNCTIONS,
    DETERMINERS,
    FALLING,
    FUNCTION_WORDS,
    LIGHT_VERBS,
    PREPOSITIONS,
    RISING,
    VERBS,
)
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.lexicons import lexicon_for
from distil_dagster.teachers.recombination.tool_calls.quantities import SHARE_WORDS, digits_in_words, in_words
from distil_dagster.teachers.recombination.tool_calls.templates import FALL, RISE, SPELT, Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import (
    Domain,
    Form,
    alike,
    domain_at,
    is_action,
    leaves,
)
from distil_dagster.teachers.recombination.tool_calls.words import normal_words, tokenise

RENUMBERED = 60
"""How many further identifiers are made up for a parameter."""
_IDENTIFIER = re.compile(r"[A-Za-z]{0,5}[-#_]?\d{3,}")


class Values:
    """The values of a task's parameters, their words, and how often each was used."""

    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.aligner = grammar.aligner
        self.used: Counter[tuple[str, str, str]] = Counter()
        self._positions: dict[tuple[Domain, str, str], set[str]] = defaultdict(set)
        self._numbers: dict[str, list[float]] = defaultdict(list)
        self._texts: dict[Domain, dict[str, None]] = defaultdict(dict)
        self.inflected: dict[tuple[Domain, str, str], Any] = {}
        """The value that the seeds say by an inflected or shortened form, by domain, words and manner."""
        for conversation in map(tool_calling(task.kind).conversation, task.seeds):
            for turn in conversation.turns:
                tool = task.tools.get(turn.call.name)
                for span in self.aligner.align(turn.user, tool, turn.call.arguments) if tool else ():
                    tokens = tokenise(turn.user)
                    words = " ".join(token.normal for token in tokens[span.start : span.end])
                    if span.domain.kind == "enum":
                        self._positions[span.domain, words, span.manner].add(span.position)
                        if span.manner != "base":
                            self.inflected[span.domain, words, span.manner] = span.value
                    elif span.domain.kind == "number":
                        self._numbers[span.domain.name].append(float(span.value))
                    else:
                        self._texts[span.domain][span.value] = None
        for tool in task.tools.tools:
            for name in tool.properties:
                domain = domain_at(tool, (name,))
                if domain.kind == "text":
                    self._texts.setdefault(domain, {})
        self._share_texts()

    # Pools of free texts

    def texts(self, domain: Domain) -> tuple[str, ...]:
        """Every value known for a free-text parameter, those of the seeds first."""
        return tuple(self._texts[domain])

    def text_domains(self) -> tuple[Domain, ...]:
        """The free-text parameters of which values are known."""
        return tuple(self._texts)

    def add_text(self, domain: Domain, value: str) -> None:
        """Let a further value be used for a free-text parameter, if it is one that the schema allows."""
        if re.search(domain.pattern, value):
            self._texts[domain].setdefault(value, None)

    def copy_texts(self, other: "Values") -> None:
        """Take over the texts that other values know."""
        for domain, texts in other._texts.items():
            self._texts[domain] = dict(texts)

    def _share_texts(self) -> None:
        domains = list(self._texts)
        seeds = {domain: list(self._texts[domain]) for domain in domains}
        for domain in domains:
            for other in domains:
                if other != domain and alike(domain, other):
                    for value in seeds[other]:
                        self.add_text(domain, value)
            for value in (*_recombined(seeds[domain]), *_renumbered(seeds[domain])):
                self.add_text(domain, value)
            for value in lexicon_for(domain.name, domain.description, seeds[domain]):
                self.add_text(domain, value)

    # Choice

    def choose(
        self, slot: Slot, domain: Domain, random: Random, *, forbidden: Iterable[Any] = (), direction: int = 0
    ) -> Any:
        """A value for a slot, seldom used ones first; None if no value is left.

        `direction` keeps a number above (1) or below (-1) the first of the forbidden ones, which it replaces.
        """
        forbidden = tuple(forbidden)
        if slot.frame is not None:
            return slot.framed(random.randint(2, 12))
        if domain.kind == "number":
            return self._number(domain, random, forbidden, direction)
        if domain.kind == "enum":
            options = [value for value in domain.values if self.forms(slot, domain, value)]
        else:
            options = [value for value in self._texts[domain] if _fits(slot, value)]
        options = [value for value in options if not any(same_json(value, item) for item in forbidden)]
        if not options:
            return None
        fewest = min(self.used[domain.owner, domain.name, str(value)] for value in options)
        margin = 1 if domain.kind == "enum" else 3
        seldom = [value for value in options if self.used[domain.owner, domain.name, str(value)] <= fewest + margin]
        return random.choice(seldom)

    def changed(self, slot: Slot, domain: Domain, before: float, random: Random) -> int | float | None:
        """A number that is higher (or lower) than the one before by an amount that people would name."""
        low, high = domain.minimum, domain.maximum
        wide = low is not None and high is not None and high - low > 40
        for _ in range(20):
            amount = random.choice((5, 10, 15, 20, 25, 30)) if wide else random.randint(1, 5)
            value = before + amount if slot.manner == RISE else before - amount
            if (low is None or value >= low) and (high is None or value <= high):
                return value
        return None

    def note_call(self, tool: Tool | None, call: ToolCall) -> None:
        """Count the values of a call that was written."""
        for path, value in leaves(call.arguments) if tool else ():
            domain = domain_at(tool, path) if tool else None
            if domain is not None and domain.kind in ("enum", "text"):
                self.used[domain.owner, domain.name, str(value)] += 1

    def action_words(self, tool: Tool) -> frozenset[str]:
        """The words that say an action of the tool, which no paraphrase may bring in or take out."""
        words: set[str] = set()
        for name in tool.properties:
            domain = domain_at(tool, (name,))
            for value in domain.values if is_action(domain) else ():
                for form in self.aligner.vocabulary.forms(domain, value):
                    words.update(form.words)
        return frozenset(words)

    def _number(self, domain: Domain, random: Random, forbidden: tuple[Any, ...], direction: int) -> Any:
        if domain.values:
            options = [value for value in domain.values if value not in forbidden]
            return random.choice(options) if options else None
        low, high = self._range(domain, random)
        if direction and forbidden and isinstance(forbidden[0], int | float):
            low, high = (max(low, forbidden[0]), high) if direction > 0 else (low, min(high, forbidden[0]))
        for _ in range(20):
            value = _human_number(low, high, random, whole=random.random() >= self._broken(domain))
            if low <= value <= high and not any(same_json(value, item) for item in forbidden):
                return value
        return None

    def _range(self, domain: Domain, random: Random) -> tuple[float, float]:
        """The schema's range; where it is far wider than what people asked for, mostly the part that they use."""
        seen = self._numbers.get(domain.name) or [1, 20]
        usual = min(*seen, max(1, round(min(seen) / 2))), max(seen) * 1.5
        low = domain.minimum if domain.minimum is not None else usual[0]
        high = domain.maximum if domain.maximum is not None else max(usual[1], usual[0] + 1)
        if high - low > 200 and high > 2 * usual[1] and random.random() < 0.85:
            high = max(low + 1, usual[1])
        return low, max(low, high)

    def _broken(self, domain: Domain) -> float:
        """The share of numbers that are not whole."""
        seen = self._numbers.get(domain.name, [])
        if domain.integer or not seen:
            return 0.0
        return sum(value != int(value) for value in seen) / len(seen)

    # Words

    def forms(self, slot: Slot, domain: Domain, value: Any) -> tuple[str, ...]:
        """The words for an enum value that may stand in a slot, its name first; empty if none fits."""
        forms = self.aligner.vocabulary.forms(domain, value)
        if not is_action(domain):
            return tuple(form.text for form in forms)
        if slot.manner not in ("base", "part"):
            return tuple(
                words
                for (seen, words, manner), meant in self.inflected.items()
                if seen == domain and manner == slot.manner and meant == value
            )
        return tuple(form.text for form in forms if self._stands(domain, form, slot))

    def _stands(self, domain: Domain, form: Form, slot: Slot) -> bool:
        said = normal_words(slot.said)
        if form.words == said:
            return True
        seen = self._positions.get((domain, form.text, "base"), set())
        verb = form.words[0] in VERBS
        if slot.position == "verb":
            return verb if said[0] in VERBS else slot.position in seen
        if slot.position == "noun":
            return "noun" in seen or (not verb and form.words[0] not in ("on", "off"))
        if len(said) > 1:
            return len(form.words) > 1 and verb == (said[0] in VERBS)
        return form.origin == "name"

    def _spoken(self, domain: Domain, forms: tuple[str, ...]) -> bool:
        return any((domain, words, "base") in self._positions for words in forms[1:])

    def say(
        self, slot: Slot, domain: Domain, value: Any, random: Random, *, after: str, before: str
    ) -> tuple[str, str]:
        """The words for a value in a slot, and the text before it as it must then read."""
        if domain.kind == "number" or slot.frame is not None:
            digits = (bool(after) and not after[-1].isspace()) or before.lstrip().startswith(("%", "°"))
            return after, _say_number(slot, value, random, scale=domain.maximum == 100, digits=digits)
        if domain.kind == "text":
            if after.lower().endswith(" on ") and normal_words(str(value))[0] in BARE_ADVERBS | {
                "next",
                "this",
                "every",
            }:
                # "On friday", but "tomorrow" and "next week".
                after = after[: -len("on ")]
            if slot.manner == SPELT:
                return after, digits_in_words(value)
            return after, _cased(str(value), slot.said, first=not after.strip())
        forms = self.forms(slot, domain, value)
        # A name that nobody used, as "whole home", gives way to the words that people did use.
        named = 0.7
        if self._spoken(domain, forms):
            named = 0.55 if (domain, forms[0], "base") in self._positions else 0.1
        words = forms[0] if len(forms) == 1 or random.random() < named else random.choice(forms[1:])
        bare, said_bare = words in BARE_ADVERBS, normal_words(slot.said)[0] in BARE_ADVERBS
        if not is_action(domain):
            last = after.rsplit(maxsplit=1)[-1].lower() if after.split() else ""
            if bare and last in ("the", "my", "our"):
                after = after.rstrip()[: -len(last)]
                if after.rstrip().lower().endswith((" in", " at")):
                    after = after.rstrip()[:-2]
            elif (said_bare or slot.article) and not bare and last not in DETERMINERS:
                needs_place = said_bare and last and last not in PREPOSITIONS | VERBS | LIGHT_VERBS
                words = f"in the {words}" if needs_place else f"the {words}"
        return after, _cased(words, slot.said, first=not after.strip())


def direction_of(template: Template) -> int:
    """Whether the words of a template call for a larger (1) or smaller (-1) number than before; 0 if for neither."""
    words = set(template.literal_words)
    up, down = bool(words & RISING), bool(words & FALLING)
    return up - down


def _say_number(slot: Slot, value: Any, random: Random, *, scale: bool, digits: bool) -> str:
    if slot.manner == "share":
        share = SHARE_WORDS.get(value / 100) if scale else None
        if share and not (share == "a quarter" and not slot.said.startswith("a ")):
            return share
        number = in_words(int(value)) if random.random() < 0.4 else str(value)
        return f"{number} percent"
    whole = isinstance(value, int) or float(value).is_integer()
    wordy = {"words": 0.7, RISE: 0.5, FALL: 0.5}.get(slot.manner, 0.2)
    if whole and 0 <= value <= 999 and not digits and random.random() < wordy:
        words = in_words(int(value))
        return words.replace("-", " ") if random.random() < 0.2 else words
    if not whole:
        return f"{value:.2f}"
    return f"{int(value):,}" if "," in slot.said and random.random() < 0.5 else str(int(value))


def _human_number(low: float, high: float, random: Random, *, whole: bool) -> int | float:
    """A number as people choose it: any in a narrow range, mostly round ones in a wide range, small ones more often."""
    span = high - low
    if span <= 40 and whole:
        return random.randint(math.ceil(low), math.floor(high))
    if span > 200:
        high = low + (high - low) * random.random() ** 2
    if not whole:
        return round(random.uniform(low, high), 2)
    sizes = (1, 5, 10) if span <= 200 else (1, 5, 10, 50, 100)
    size = random.choices(sizes, (2, 3, 5) if span <= 200 else (1, 3, 3, 2, 2))[0]
    first, last = math.ceil(low / size), math.floor(high / size)
    return size * random.randint(first, max(first, last))


def _cased(words: str, said: str, *, first: bool) -> str:
    if first and said[:1].isupper() and words:
        return words[0].upper() + words[1:]
    return words


def _fits(slot: Slot, value: str) -> bool:
    words = normal_words(value)
    bare = bool(words) and words[0] in BARE_ADVERBS
    sayable = slot.manner != SPELT or value.isdecimal()
    return sayable and not (bare and slot.position == "noun") and value not in slot.excluded


def _recombined(values: list[str]) -> list[str]:
    """New values from the modifiers and heads of several: "smart plug" and "wemo socket" make "wemo plug"."""
    parts: Mapping[str, list[str]] = defaultdict(list)
    for value in values:
        words = value.split()
        if len(words) == 2 and not set(words) & (FUNCTION_WORDS | PREPOSITIONS | CONJUNCTIONS):
            parts[words[1]].append(words[0])
    heads = [head for head, modifiers in parts.items() if len(modifiers) >= 2]
    modifiers = list(dict.fromkeys(modifier for head in heads for modifier in parts[head]))
    return [f"{modifier} {head}" for head in heads for modifier in modifiers]


def _renumbered(values: list[str]) -> list[str]:
    """Identifiers of the same shape with other digits: "A-4711" gives "A-9028". They are there to be copied."""
    random = Random("renumbered")
    shapes = dict.fromkeys(re.sub(r"\d", "0", value) for value in values if _IDENTIFIER.fullmatch(value))
    return [
        re.sub("0", lambda _: str(random.randrange(10)), shape)
        for shape in shapes
        for _ in range(RENUMBERED // len(shapes))
    ]
