"""Where a slot stands in its phrase (behind a preposition, before a noun), and how to splice words there."""

import re
from collections.abc import Iterable, Iterator

from distil_dagster.teachers.recombination.tool_calls.english import (
    FUNCTION_WORDS,
    LIGHT_VERBS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    VERBS,
)
from distil_dagster.teachers.recombination.tool_calls.templates import Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, is_action
from distil_dagster.teachers.recombination.tool_calls.words import normal_words

ARTICLE = re.compile(r"(?:^|(?<=\s))(the|my|our) $", re.IGNORECASE)
NEXT_NOUN = re.compile(r"^ ([a-z]+)\b(?!')", re.IGNORECASE)
THERE = re.compile(r"\b(?:in |out |over |up |down )?there\b", re.IGNORECASE)
POINTING = PRONOUNS | {"here", "everywhere"}
ECHO = frozenset({"too", "also", "same", "again", "instead", "rather", "back", "still", "as", "either"})
_PLACED = re.compile(r"(?:^|(?<=\s))(in|at|on|for|of|from)( the| my| our)? $", re.IGNORECASE)


def objects(template: Template) -> Iterator[tuple[int, Slot]]:
    """The slots that name a thing or a place, with their places among the parts."""
    for index, part in enumerate(template.parts):
        if isinstance(part, Slot) and len(part.path) == 1:
            kind = part.domain.kind
            if kind == "text" or (kind == "enum" and not is_action(part.domain)):
                yield index, part


def words_before(template: Template, index: int) -> str:
    """The text between a part and the one before it."""
    part = template.parts[index - 1] if index else ""
    return part if isinstance(part, str) else ""


def words_behind(template: Template, index: int) -> str:
    """The text between a part and the one behind it."""
    part = template.parts[index + 1] if index + 1 < len(template.parts) else ""
    return part if isinstance(part, str) else ""


def spliced(template: Template, index: int, texts: list[str]) -> tuple[str | Slot, ...]:
    """The parts with a slot and the texts around it replaced by texts."""
    text = "".join(texts)
    parts = [*template.parts[: max(index - 1, 0)], text, *template.parts[index + 2 :]]
    if index == 1 and isinstance(template.parts[0], Slot):
        parts = [template.parts[0], *parts]
    return tuple(part for part in parts if part != "")


def placed(before: str) -> re.Match[str] | None:
    """The preposition (and article) at the end of a text; none where it goes with the verb ("turn on the …")."""
    match = _PLACED.search(before)
    verb = normal_words(before[: match.start()])[-1:] if match else ()
    if match and match.group(1).lower() == "on" and set(verb) & (LIGHT_VERBS | VERBS):
        return None
    # "The card ending in 4412": the preposition belongs to the word before it.
    return None if verb and verb[0].endswith("ing") else match


def nouns_behind(templates: Iterable[Template]) -> dict[Domain, set[str]]:
    """Nouns that a value stands before, as "lights" in "kitchen lights"."""
    nouns: dict[Domain, set[str]] = {}
    for template in templates:
        for index, slot in objects(template):
            match = NEXT_NOUN.match(words_behind(template, index))
            before = words_before(template, index)
            if match and (not before or ARTICLE.search(before) or slot.position == "other"):
                word = match.group(1).lower()
                values = {part for value in slot.domain.values for part in normal_words(value)}
                no_noun = FUNCTION_WORDS | PARTICLES | VERBS | PREPOSITIONS | ECHO | values
                if word not in no_noun | set(normal_words(slot.domain.name)) and not word.endswith("ed"):
                    nouns.setdefault(slot.domain, set()).add(word)
    return nouns
