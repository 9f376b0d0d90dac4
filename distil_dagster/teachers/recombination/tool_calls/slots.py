"""Which words of a seed become a slot: those that other values could stand in for without changing the rest."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from distil_dagster.tasks import Conversation, Tool, Toolbox
from distil_dagster.teachers.recombination.tool_calls.alignment import Aligner, Span
from distil_dagster.teachers.recombination.tool_calls.english import FUNCTION_WORDS, NEUTRAL_WORDS, PARTICLES
from distil_dagster.teachers.recombination.tool_calls.templates import Slot
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, Path, domain_at, is_action, leaves
from distil_dagster.teachers.recombination.tool_calls.words import Token, stem, tokenise

TOPICAL = 2.2
"""How much more concentrated a parameter's values must be beside single words than on the whole to be topical."""


class SlotFinder:
    """Tells slots from fixed words by what stands together in the seeds."""

    def __init__(self, tools: Toolbox, aligner: Aligner, conversations: Iterable[Conversation]) -> None:
        conversations = tuple(conversations)
        self.tools = tools
        self.aligner = aligner
        self.seen_with = _values_by_word(tools, conversations)
        self.given_with: dict[tuple[str, Path, Any], set[frozenset[str]]] = defaultdict(set)
        """The sets of arguments that stand together with a value of an enum."""
        for turn in (turn for conversation in conversations for turn in conversation.turns):
            for path, value in leaves(turn.call.arguments):
                if isinstance(value, str):
                    self.given_with[turn.call.name, path, value].add(frozenset(turn.call.arguments))

    def find(
        self, utterance: str, tool: Tool, spans: Iterable[Span]
    ) -> tuple[list[tuple[int, int, Slot]], list[tuple[Path, Any]]]:
        """The spans as slots where exchanging the words is safe, else as arguments that the phrase implies."""
        tokens = tokenise(utterance)
        spans = tuple(spans)
        covered = {index for span in spans for index in range(span.start, span.end)}
        said = frozenset(str(span.path[0]) for span in spans)
        slots: list[tuple[int, int, Slot]] = []
        fixed: list[tuple[Path, Any]] = []
        for span in spans:
            if not self._exchangeable(tokens, covered, span):
                fixed.append((span.path, span.value))
                continue
            start, end = tokens[span.start].start, tokens[span.end - 1].end
            excluded = tuple(
                value
                for begin, finish, value in (
                    self.aligner.mentions(tokens, span.domain) if span.domain.kind == "enum" else ()
                )
                if covered.isdisjoint(range(begin, finish)) and value != span.value
            )
            excluded += self._foreign(tokens, covered, span) + self._alone(tool, span, said)
            if span.domain.kind == "enum" and len(set(span.domain.values) - set(excluded)) < 2:
                fixed.append((span.path, span.value))
                continue
            slot = Slot(span.path, span.domain, span.manner, span.position, utterance[start:end], excluded)
            slots.append((start, end, slot))
        return slots, fixed

    def company(self) -> dict[tuple[str, str, str], frozenset[frozenset[str]]]:
        """The sets of arguments given with each value of a topical parameter; see `Grammar.company`."""
        return {
            (tool, str(path[0]), value): frozenset(sets)
            for (tool, path, value), sets in self.given_with.items()
            if len(path) == 1 and tool in self.tools.by_name
            if self._is_topical(domain_at(self.tools.by_name[tool], path))
        }

    def _alone(self, tool: Tool, span: Span, said: frozenset[str]) -> tuple[Any, ...]:
        """The actions that the seeds show, but never with these arguments: a branch is not listed to a new name."""
        if not is_action(span.domain):
            return ()
        shown = {value: self.given_with[tool.name, span.path, value] for value in span.domain.values}
        return tuple(value for value, sets in shown.items() if sets and not any(said <= names for names in sets))

    def _foreign(self, tokens: tuple[Token, ...], covered: set[int], span: Span) -> tuple[Any, ...]:
        """The values that the other words don't go with: "locked" is said of doors, never of lights."""
        if not self._is_topical(span.domain):
            return ()
        words = {
            stem(token.normal) for index, token in enumerate(tokens) if index not in covered and _tells(token.normal)
        }
        return tuple(
            value
            for value in span.domain.values
            if value != span.value and not all(self.seen_with[span.domain, word][value] for word in words)
        )

    def _is_topical(self, domain: Domain) -> bool:
        """Whether the value can often be told from the words around it, as a kind of device can and a room can't.

        Compares how concentrated the values are beside other words that occur three times or more with how concentrated
        they are on the whole (Simpson 1949, "Measurement of Diversity").
        """
        if domain.kind != "enum" or is_action(domain):
            return False
        forms = (form for value in domain.values for form in self.aligner.vocabulary.forms(domain, value))
        own = {stem(word) for form in forms for word in form.words}
        concentrated, turns = 0.0, 0
        for (seen, word), counts in self.seen_with.items():
            if seen == domain and counts.total() >= 3 and _tells(word) and word not in own:
                concentrated += counts.total() * _concentration(counts)
                turns += counts.total()
        return turns > 0 and concentrated / turns > TOPICAL * _concentration(self.seen_with[domain, ""])

    def _exchangeable(self, tokens: tuple[Token, ...], covered: set[int], span: Span) -> bool:
        domain = span.domain
        if domain.kind in ("number", "text"):
            return True
        if not self.aligner.is_varied(domain):
            return False
        said_again = [
            index
            for index, token in enumerate(tokens)
            if index not in range(span.start, span.end) and token.normal == tokens[span.start].normal
        ]
        if said_again and is_action(domain):
            return False
        if not is_action(domain):
            return True
        rest = [
            token.normal
            for index, token in enumerate(tokens)
            if index not in covered and token.is_word and token.normal not in NEUTRAL_WORDS
        ]
        return all(len(self.seen_with[domain, stem(word)]) >= 2 for word in rest)


def _values_by_word(tools: Toolbox, conversations: Iterable[Conversation]) -> dict[tuple[Domain, str], Counter[Any]]:
    """How often a word was said where a value of a domain was meant; the word "" stands for all such turns."""
    seen: dict[tuple[Domain, str], Counter[Any]] = defaultdict(Counter)
    for conversation in conversations:
        for turn in conversation.turns:
            tool = tools.get(turn.call.name)
            for path, value in leaves(turn.call.arguments) if tool else ():
                domain = domain_at(tool, path) if tool else None
                if domain is not None and domain.kind == "enum":
                    for word in {"", *(stem(token.normal) for token in tokenise(turn.user))}:
                        seen[domain, word][value] += 1
    return seen


def _tells(word: str) -> bool:
    """Whether a word may say what a request is about."""
    return word[:1].isalnum() and word not in FUNCTION_WORDS - PARTICLES


def _concentration(counts: Counter[Any]) -> float:
    """The chance that two different draws give the same; unbiased, however few there are."""
    total = counts.total()
    return sum(count * (count - 1) for count in counts.values()) / (total * (total - 1)) if total > 1 else 0.0
