"""Alignment: which words of an utterance say which argument of the call that answers it.

An argument that no words say is left out of the alignment; whether the whole phrase implies it or the dialogue supplies
it is decided in `distil_dagster.teachers.recombination.tool_calls.templates`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from distil_dagster.tasks import Tool
from distil_dagster.teachers.recombination.tool_calls.english import (
    BARE_ADVERBS,
    CONJUNCTIONS,
    DETERMINERS,
    DISCOURSE,
    FUNCTION_WORDS,
    LIGHT_VERBS,
    PARTICLES,
    PRONOUNS,
    VALUE_SYNONYMS,
    VERBS,
)
from distil_dagster.teachers.recombination.tool_calls.quantities import digits_in_words, find_quantities
from distil_dagster.teachers.recombination.tool_calls.templates import SPELT
from distil_dagster.teachers.recombination.tool_calls.vocabulary import (
    Domain,
    Form,
    Path,
    Vocabulary,
    domain_at,
    is_action,
    leaves,
)
from distil_dagster.teachers.recombination.tool_calls.words import Token, find_words, inflection, normal_words, tokenise

_VERB_OPENERS = frozenset(
    {"please", "to", "you", "and", "then", "now", "just", "better", "let's", "let", "ok", "okay", "i'd", "rather"}
)


@dataclass(frozen=True)
class Span:
    """The words (a token range) that say the leaf at `path`; `manner` is how: a number's, or a form's shape."""

    path: Path
    start: int
    end: int
    domain: Domain
    value: Any
    manner: str
    position: str
    """Where the words stand: as a "verb", as a "noun" behind an article, or "other"."""


def position_class(tokens: tuple[Token, ...], start: int) -> str:
    """The position that a value takes at a token: "noun" behind an article, "verb" where an imperative begins."""
    before = tokens[start - 1].normal if start else ""
    if before in DETERMINERS or before == "only":
        return "noun"
    if not before or before in ",.;:!" or before in _VERB_OPENERS:
        return "verb"
    return "other"


class Aligner:
    """Aligns utterances with calls by the names, descriptions and learned words of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.usage: dict[Domain, Counter[bool]] = defaultdict(Counter)
        """How often a value of a domain was said in its own words, or not, over what has been learned from."""

    def align(self, utterance: str, tool: Tool, arguments: Mapping[str, Any]) -> tuple[Span, ...]:
        """The spans of all arguments that the utterance says, in the order of their words, never overlapping."""
        tokens = tokenise(utterance)
        candidates: list[tuple[int, int, Span]] = []
        for path, value in leaves(arguments):
            for rank, span in self._candidates(tokens, path, domain_at(tool, path), value):
                candidates.append((rank, -(span.end - span.start), span))
        candidates.sort(key=lambda item: (item[0], item[1], item[2].start, str(item[2].path)))
        taken: set[int] = set()
        done: set[Path] = set()
        chosen: list[Span] = []
        for _, _, span in candidates:
            if span.path not in done and taken.isdisjoint(range(span.start, span.end)):
                chosen.append(span)
                done.add(span.path)
                taken.update(range(span.start, span.end))
        return tuple(sorted(chosen, key=lambda span: span.start))

    def learn(self, pairs: Iterable[tuple[str, Tool, Mapping[str, Any]]]) -> None:
        """Learn from seeds which word groups go with a value that its own words don't say ("whole house").

        Conservative, as counts are small: a group of at most three words must occur with the value in two
        utterances or more, in most of those to be explained, and in no other utterance of the seeds.
        """
        pairs = tuple(pairs)
        self._learn_synonyms(pairs)
        unexplained: dict[tuple[Domain, str], list[int]] = defaultdict(list)
        groups = [_groups(tokenise(utterance)) for utterance, _, _ in pairs]
        for number, (utterance, tool, arguments) in enumerate(pairs):
            said = {span.path: span for span in self.align(utterance, tool, arguments)}
            for path, value in leaves(arguments):
                domain = domain_at(tool, path)
                if domain.kind == "enum":
                    self.usage[domain][path in said] += 1
                    if path not in said or said[path].manner == "part":
                        unexplained[domain, value].append(number)
        for (domain, value), numbers in unexplained.items():
            counts: Counter[tuple[str, ...]] = Counter()
            for number in numbers:
                counts.update(groups[number])
            for words, count in sorted(counts.items(), key=lambda item: (-item[1], -len(item[0]), item[0])):
                everywhere = sum(words in group for group in groups)
                if count >= 2 and count == everywhere and 2 * count > len(numbers) and self.is_object(domain):
                    self.vocabulary.add(domain, value, Form(words, origin="seed"))
                    break

    def _learn_synonyms(self, pairs: tuple[tuple[str, Tool, Mapping[str, Any]], ...]) -> None:
        """Let common synonyms stand for values, unless the seeds use them of anything else or they name a tool."""
        heard = [
            (tokenise(utterance), {(domain_at(tool, path), value) for path, value in leaves(arguments)})
            for utterance, tool, arguments in pairs
        ]
        for domain in self.vocabulary.domains():
            for value in domain.values:
                for synonym in VALUE_SYNONYMS.get(" ".join(normal_words(value)), ()):
                    words = normal_words(synonym)
                    elsewhere = any(find_words(tokens, words) and (domain, value) not in said for tokens, said in heard)
                    if not elsewhere and self.vocabulary.tool_words.isdisjoint(words):
                        self.vocabulary.add(domain, value, Form(words, origin="synonym"))

    def is_varied(self, domain: Domain) -> bool:
        """Whether people say this parameter in words of its own, so that exchanging the words exchanges the value."""
        if domain.kind != "enum":
            return domain.kind in ("number", "text")
        said, unsaid = self.usage[domain][True], self.usage[domain][False]
        return said >= 1 and 3 * said >= said + unsaid

    def is_object(self, domain: Domain) -> bool:
        """Whether a parameter says with what to do something (kitchen) rather than what to do (open), or how much."""
        return domain.kind == "text" or (domain.kind == "enum" and self.is_varied(domain) and not is_action(domain))

    def mentions(self, tokens: tuple[Token, ...], domain: Domain) -> list[tuple[int, int, str]]:
        """Every place where a value of an enum domain is named, longest names first, without overlaps."""
        found = [
            (start, end, value)
            for value in domain.values
            for form in self.vocabulary.forms(domain, value)
            for start, end in find_words(tokens, form.words)
        ]
        found.sort(key=lambda item: (item[0] - item[1], item[0]))
        taken: set[int] = set()
        kept = []
        for start, end, value in found:
            if taken.isdisjoint(range(start, end)):
                kept.append((start, end, value))
                taken.update(range(start, end))
        return kept

    def only_mention(self, tokens: tuple[Token, ...], domain: Domain) -> str | None:
        """The value of a parameter for things or places that is named, if it is just one."""
        named = {value for _, _, value in self.mentions(tokens, domain)} if domain.kind == "enum" else set()
        return named.pop() if len(named) == 1 and self.is_object(domain) else None

    def _candidates(
        self, tokens: tuple[Token, ...], path: Path, domain: Domain, value: Any
    ) -> Iterable[tuple[int, Span]]:
        if domain.kind == "enum":
            yield from self._enum_candidates(tokens, path, domain, value)
        elif domain.kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            for quantity in find_quantities(tokens, minimum=domain.minimum, maximum=domain.maximum):
                if quantity.value == float(value):
                    yield 0, Span(path, quantity.start, quantity.end, domain, value, quantity.manner, "other")
        elif domain.kind == "text" and isinstance(value, str):
            for start, end in find_words(tokens, tuple(token.normal for token in tokenise(value)), plural=False):
                yield 1, Span(path, start, end, domain, value, "text", position_class(tokens, start))
            if len(value) > 1 and value.isdecimal():
                spelt = tuple(digits_in_words(value).split())
                for start, end in find_words(tokens, spelt, plural=False):
                    yield 1, Span(path, start, end, domain, value, SPELT, position_class(tokens, start))

    def _enum_candidates(
        self, tokens: tuple[Token, ...], path: Path, domain: Domain, value: Any
    ) -> Iterable[tuple[int, Span]]:
        for form in self.vocabulary.forms(domain, value):
            for start, end in find_words(tokens, form.words):
                rank = 0 if form.origin == "name" else 1
                yield rank, Span(path, start, end, domain, value, "base", position_class(tokens, start))
            if len(form.words) == 1:
                for index, token in enumerate(tokens):
                    shape = inflection(token.normal, form.words[0])
                    position = position_class(tokens, index)
                    if shape and shape != "base":
                        yield 2, Span(path, index, index + 1, domain, value, shape, position)
                    elif _misspelt(token.normal, form.words[0]):
                        yield 4, Span(path, index, index + 1, domain, value, "base", position)
        words = normal_words(str(value))
        if len(words) > 1 and not is_action(domain):
            others = {word for other in domain.values if other != value for word in normal_words(str(other))}
            parts = {word for word in words if len(word) > 2 and word not in others | FUNCTION_WORDS}
            parts -= set(normal_words(domain.name)) | BARE_ADVERBS
            for index, token in enumerate(tokens):
                if token.normal in parts:
                    yield 3, Span(path, index, index + 1, domain, value, "part", position_class(tokens, index))


def _groups(tokens: tuple[Token, ...]) -> frozenset[tuple[str, ...]]:
    """Groups of one to three adjacent words that can name a thing: none that acts, or points ("turn it off")."""
    words = [token.normal for token in tokens]
    no_edge = FUNCTION_WORDS | CONJUNCTIONS | DISCOURSE | LIGHT_VERBS | VERBS | PARTICLES
    found = set()
    for start in range(len(words)):
        for end in range(start + 1, min(start + 3, len(words)) + 1):
            group = tuple(words[start:end])
            names = not {group[0], group[-1]} & no_edge and PRONOUNS.isdisjoint(group)
            if names and all(word[0].isalnum() for word in group):
                found.add(group)
    return frozenset(found)


def _misspelt(word: str, form: str) -> bool:
    """Whether a long word is a form with one letter dropped, doubled, changed or two exchanged."""
    if word == form or min(len(word), len(form)) < 6 or abs(len(word) - len(form)) > 1 or word[0] != form[0]:
        return False
    from rapidfuzz.distance import DamerauLevenshtein

    return int(DamerauLevenshtein.distance(word, form)) == 1
