"""Requests that refer back: what they name replaced by "in there", by "it", or by nothing at all."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from distil_dagster.tasks import Task
from distil_dagster.teachers.recombination.tool_calls.english import PARTICLES, PREPOSITIONS
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.syntax import (
    ARTICLE,
    ECHO,
    NEXT_NOUN,
    POINTING,
    nouns_behind,
    objects,
    placed,
    spliced,
    words_before,
    words_behind,
)
from distil_dagster.teachers.recombination.tool_calls.templates import Asked, Reference, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import domain_at
from distil_dagster.teachers.recombination.tool_calls.words import normal_words

ALL = frozenset({"all", "every", "everything", "whole", "both", "any", "anything"})
"""Words by which a request that names no object is about all of them."""


class Referring:
    """Makes requests refer back in the ways that the seeds show."""

    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.task = task
        self.grammar = grammar
        self.nouns = nouns_behind(grammar.templates)

    def templates(self, requests: Iterable[Template]) -> Iterator[Template]:
        """Requests with what they name replaced by words that refer back, or by nothing."""
        requests = tuple(requests)
        yield from self._pointing_there(requests)
        yield from self._with_pronoun(requests)
        yield from self.relying(requests)

    def _pointing_there(self, templates: Iterable[Template]) -> Iterator[Template]:
        """From "in the kitchen" to "in there", for a place that a call of another tool named."""
        shown = {
            (next(iter(template.reference.carried)))
            for template in self.grammar.templates
            if template.reference is not None
            and template.reference.tool != template.tool
            and len(template.reference.carried) == 1
            and "there" in template.literal_words
        }
        for template in templates:
            for index, slot in objects(template):
                name = str(slot.path[0])
                before, behind = words_before(template, index), words_behind(template, index)
                place = placed(before)
                if name not in shown or not place or place.group(1).lower() != "in":
                    continue
                if set(template.literal_words) & POINTING or len(template.said_keys) < 2:
                    continue
                others = [
                    tool.name
                    for tool in self.task.tools.tools
                    if tool.name != template.tool
                    and name in tool.properties
                    and domain_at(tool, (name,)) == slot.domain
                ]
                for other in others[:1]:
                    words = ("in there", "there") if not behind.strip() or behind[:1] == "," else ("in there",)
                    for word in words:
                        yield replace(
                            template,
                            name=f"{template.name}/{word}",
                            parts=spliced(template, index, [before[: place.start()] + word, behind]),
                            reference=Reference(other, frozenset({name}), frozenset(), frozenset()),
                            only_later=True,
                            only_first=False,
                            origin="derived",
                        )

    def _with_pronoun(self, templates: Iterable[Template]) -> Iterator[Template]:
        """From "raise the blinds" to "raise it": what the last call moved, or nothing that was named."""
        shown = {
            template.tool
            for template in self.grammar.templates
            if template.reference is not None
            and template.reference.tool == template.tool
            and {"it", "that", "them"} & set(template.literal_words)
        }
        asking = {
            (template.asked.tool, template.asked.known): template
            for template in self.grammar.templates
            if template.asked is not None and template.only_first and template.asked.known
        }
        for template in templates:
            for index, slot in objects(template):
                name = str(slot.path[0])
                before = words_before(template, index)
                article = ARTICLE.search(before)
                rest = template.said_keys - {name}
                if (
                    template.tool not in shown
                    or not article
                    or not rest
                    or (template.tool, name) not in self.grammar.habits.held
                ):
                    continue
                if set(template.literal_words) & (POINTING | ECHO) or NEXT_NOUN.match(
                    self._noun_behind(template, index)
                ):
                    continue
                lead = normal_words(before[: article.start()])
                if not lead or "," in template.text or lead[-1] in PREPOSITIONS | PARTICLES:
                    continue
                parts = spliced(template, index, [before[: article.start()] + "it", words_behind(template, index)])
                shorter = replace(template, parts=parts, origin="derived", only_first=False, only_later=False)
                reference = Reference(template.tool, frozenset({name}), frozenset(), rest, generic=True)
                yield replace(shorter, name=f"{template.name}/it", reference=reference, only_later=True)
                ask = asking.get((template.tool, rest))
                if ask is not None and lead[0] not in ("and", "then", "now", "also", "okay"):
                    yield replace(
                        shorter,
                        name=f"{template.name}/bare",
                        tool=ask.tool,
                        fixed=ask.fixed,
                        asked=Asked(template.tool, rest, template.fixed),
                        only_first=True,
                    )

    def _noun_behind(self, template: Template, index: int) -> str:
        behind = words_behind(template, index)
        match = NEXT_NOUN.match(behind)
        nouns = {word for words in self.nouns.values() for word in words}
        return behind if match and match.group(1).lower() in nouns else ""

    def relying(self, templates: Iterable[Template]) -> Iterator[Template]:
        """A request without its place, of the place that the last call of the same tool concerned."""
        for template in templates:
            said = template.said_keys
            brief = len(template.literal_words) <= 4 or (template.slots and not template.fixed)
            if len(said) != 1 or not brief or ("," in template.text and template.slots):
                continue
            if set(template.literal_words) & (POINTING | ALL | {"we"}):
                continue
            held = [
                name for tool, name in sorted(self.grammar.habits.held) if tool == template.tool and name not in said
            ]
            for name in held:
                for replaced in (said, frozenset[str]()):
                    mark = "anew" if replaced else "added"
                    yield replace(
                        template,
                        name=f"{template.name}/{mark} {name}",
                        reference=Reference(template.tool, frozenset({name}), frozenset(), replaced, generic=True),
                        only_later=True,
                        only_first=False,
                        origin="derived",
                    )
