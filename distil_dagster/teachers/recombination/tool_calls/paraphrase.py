"""Paraphrase: say the same in other words, without touching the words that say a value.

The operators know nothing of calls; whether a paraphrase has come to mean something else is checked by the parser.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from distil_dagster.teachers.recombination.tool_calls.english import (
    FUNCTION_WORDS,
    LIGHT_VERBS,
    SPLIT_VERBS,
    SYNONYMS,
    VERBS,
)
from distil_dagster.teachers.recombination.tool_calls.phrasebook import CONTINUERS, OPENERS, PREFIXES, SUFFIXES

_UNITS = re.compile(
    r"(?<![\w'])(" + "|".join(sorted(map(re.escape, SYNONYMS), key=lambda unit: -len(unit))) + r")(?![\w'])",
    re.IGNORECASE,
)
_FRAMED = frozenset(
    {
        *("please", "thanks", "thank", "could", "can", "would", "will", "hey", "ok", "okay", "right", "so", "and"),
        *("then", "now", "also", "oh", "no", "sorry", "well", "um", "alright"),
    }
)


@dataclass(frozen=True)
class Piece:
    """A stretch of an utterance; `value` marks the words of a slot."""

    text: str
    value: bool = False
    verbatim: bool = False
    """A free text, which the call repeats letter by letter."""


@dataclass(frozen=True)
class Style:
    """How a task's seeds are written, and the frames their speakers put around requests."""

    capitals: float
    """Share of seeds that begin with a capital letter."""
    marks: float
    """Share of seeds that end with a mark or hold a comma."""
    callers: tuple[str, ...] = ()
    """Words of address mined from the seeds, as "alexa"."""
    variety: float = 1.0
    """Scales the rate of every operator; 0 leaves utterances as they are."""


def style_of(utterances: Mapping[str, str], schema_words: frozenset[str] = frozenset()) -> Style:
    """The style of some utterances, given with the tool of the call that answers each.

    A word of the tools' schemas ("force push") says something of the call and is no word of address.
    """
    if not utterances:
        return Style(0.5, 0.5)
    capitals = sum(text[:1].isupper() for text in utterances)
    marks = sum(text[-1:] in ".?!" or "," in text for text in utterances)
    first: dict[str, set[str]] = defaultdict(set)
    known = FUNCTION_WORDS | VERBS | LIGHT_VERBS | schema_words
    # A word of address stands before what is a request without it.
    starts = VERBS | LIGHT_VERBS | {"please", "can", "could", "i", "i'd", "what", "how"}
    spoilt: set[str] = set()
    for text, tool in utterances.items():
        words = re.findall(r"[\w']+", text.lower())
        if len(words) > 1 and words[1] in starts:
            first[words[0]].add(tool)
        else:
            spoilt.update(words[:1])
        spoilt.update(words[2:-1])
    callers = tuple(
        word
        for word, tools in sorted(first.items())
        if len(tools) >= 2 and word not in spoilt and word not in known and word.isalpha()
    )
    return Style(capitals / len(utterances), marks / len(utterances), callers)


def paraphrase(
    pieces: list[Piece], random: Random, style: Style, *, later: bool, fragment: bool, banned: frozenset[str]
) -> list[Piece]:
    """Other words for an utterance.

    `later` allows frames that join a running dialogue, `fragment` marks a follow-up that is no sentence of its own,
    `banned` are words that would point to another call.
    """
    chance = style.variety
    pieces = list(pieces)
    if random.random() < 0.45 * chance:
        pieces = _synonym(pieces, random, banned)
    if random.random() < 0.35 * chance:
        pieces = _split_verb(pieces, random)
    if random.random() < 0.25 * chance:
        pieces = _percent(pieces, random)
    if random.random() < 0.1 * chance:
        pieces = _article(pieces, random)
    if random.random() < 0.4 * chance:
        pieces = _framed(pieces, random, style, later=later, fragment=fragment)
    return _written(pieces, random, style)


def joined(pieces: list[Piece]) -> str:
    """The utterance of some pieces, with "a" and "an" as the next sound demands."""
    text = pieces[0].text if pieces else ""
    for piece, before in zip(pieces[1:], pieces, strict=False):
        following = piece.text
        # "the shared account" before "account": the word is said once.
        if (
            before.value
            and (match := re.match(r" ([\w']+)", following))
            and before.text.split()[-1:] == [match.group(1)]
        ):
            following = following[match.end() :]
        text += following
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.?!;])", r"\1", text) if not any(piece.verbatim for piece in pieces) else text
    text = re.sub(r"\b([Aa])n (?=[bcdfgjklmnpqrstvwxyz])", r"\1 ", text)
    return re.sub(r"\b([Aa]) (?=[aeio]\w)", r"\1n ", text)


def _synonym(pieces: list[Piece], random: Random, banned: frozenset[str]) -> list[Piece]:
    places = [
        (index, match) for index, piece in enumerate(pieces) if not piece.value for match in _UNITS.finditer(piece.text)
    ]
    if not places:
        return pieces
    index, match = random.choice(places)
    unit = match.group(1)
    if unit.lower() in ("just", "only") and (index > 0 or match.start() > 0):
        return pieces
    if unit.lower() in ("too", "also", "as well") and not re.match(
        r"[\s,]*(please)?[.!?]*$", match.string[match.end() :]
    ):
        # "Too loud" and "also do that" are other words.
        return pieces
    choices = [other for other in SYNONYMS[unit.lower()] if banned.isdisjoint(other.split())]
    if not choices or unit.lower() in banned:
        return pieces
    other = random.choice(choices)
    if unit[0].isupper():
        other = other[0].upper() + other[1:]
    text = pieces[index].text
    return _with(pieces, index, text[: match.start()] + other + text[match.end() :])


def _split_verb(pieces: list[Piece], random: Random) -> list[Piece]:
    words = [(index, match) for index, piece in enumerate(pieces) for match in re.finditer(r"[\w']+", piece.text)]
    places = []
    for number, (index, match) in enumerate(words):
        if pieces[index].value:
            continue
        for following, (_, other) in enumerate(words[number + 1 : number + 7], start=1):
            particle = other.group().lower()
            if particle in SPLIT_VERBS:
                if match.group().lower() in SPLIT_VERBS[particle] and following <= 6:
                    places.append((index, match, particle))
                break
    if not places:
        return pieces
    index, match, particle = random.choice(places)
    verb = random.choice(SPLIT_VERBS[particle][match.group().lower()])
    if match.group()[0].isupper():
        verb = verb.capitalize()
    text = pieces[index].text
    return _with(pieces, index, text[: match.start()] + verb + text[match.end() :])


def _percent(pieces: list[Piece], random: Random) -> list[Piece]:
    for index, piece in enumerate(pieces[1:], start=1):
        if piece.value or not pieces[index - 1].value:
            continue
        digits = pieces[index - 1].text.isdigit()
        match = re.match(r"\s?(percent|%|degrees|°)(?=\W|$)", piece.text)
        if not match or (match.group(1) in ("%", "°") and not digits):
            continue
        rest = piece.text[match.end() :]
        unit = match.group(1)
        options = [" percent", "%"] if unit in ("percent", "%") else [" degrees"]
        if not rest.strip(" .!?"):
            options.append("")
        options = [option for option in options if option != "%" or digits]
        return _with(pieces, index, random.choice(options) + rest)
    return pieces


def _article(pieces: list[Piece], random: Random) -> list[Piece]:
    places = [
        (index, match)
        for index, piece in enumerate(pieces)
        if not piece.value
        for match in re.finditer(r"\b(the|my|The|My) (?=(\w+|$))", piece.text)
        if match.group(2) not in FUNCTION_WORDS | {"whole", "house", "day", "night", "home", "last", "first"}
    ]
    if not places:
        return pieces
    index, match = random.choice(places)
    start = index == 0 and match.start() == 0
    options = ["", "the ", "my "] if not start else ["The ", "My "]
    text = pieces[index].text
    return _with(pieces, index, text[: match.start()] + random.choice(options) + text[match.end() :])


def _framed(pieces: list[Piece], random: Random, style: Style, *, later: bool, fragment: bool) -> list[Piece]:
    text = "".join(piece.text for piece in pieces)
    words = re.findall(r"[\w']+", text.lower())
    if not words:
        return pieces
    imperative = words[0] in VERBS | LIGHT_VERBS
    question = text.rstrip().endswith("?") or words[0] in ("is", "are", "what", "who", "how", "when", "where", "why")
    polite = bool({"please", "thanks", "would", "could", "can", "will"} & set(words))
    options: list[tuple[str, str]] = []
    if words[0] not in _FRAMED and words[0] not in style.callers:
        if imperative and not fragment and not polite:
            options += [(prefix, "") for prefix in PREFIXES[:6]]
        options += [(opener, "") for opener in random.sample(OPENERS, 2)]
        options += [(caller, "") for caller in style.callers]
        if later and not fragment:
            options += [(continuer, "") for continuer in random.sample(CONTINUERS, 4)]
    if not polite and not question and words[-1] not in ("now", "too", "again", "me", "you"):
        if imperative and not fragment:
            options += [("", suffix) for suffix in (SUFFIXES if "," not in text else SUFFIXES[:2])]
        elif len(words) <= 5 and not set(words) & {"i", "i'm", "we're", "i've", "we", "i'd"}:
            options.append(("", SUFFIXES[0]))
    if not options:
        return pieces
    prefix, suffix = random.choice(options)
    if prefix:
        first = pieces[0]
        lowered = first.text[:1].lower() + first.text[1:]
        if first.verbatim or re.match(r"I\b|I'", first.text):
            lowered = first.text
        head = prefix[0].upper() + prefix[1:] if first.text[:1].isupper() else prefix
        return [Piece(head + " "), Piece(lowered, first.value, first.verbatim), *pieces[1:]]
    last = pieces[-1]
    ending = re.search(r"[.!?]*$", last.text)
    mark = ending.group() if ending and not last.value else ""
    body = last.text[: len(last.text) - len(mark)] if mark else last.text
    comma = ", " if random.random() < 0.4 and suffix != "now" else " "
    return [*pieces[:-1], Piece(body, last.value, last.verbatim), Piece(comma + suffix + mark)]


def _written(pieces: list[Piece], random: Random, style: Style) -> list[Piece]:
    if style.capitals < 0.02 or random.random() < 0.3 * style.variety:
        pieces = [piece if piece.verbatim else Piece(piece.text.lower(), piece.value) for piece in pieces]
    last = pieces[-1]
    bare = style.marks < 0.02
    if not last.verbatim and last.text[-1:] in ".!?" and (bare or random.random() < 0.4 * style.variety):
        pieces = [*pieces[:-1], Piece(last.text.rstrip(".!?"), last.value)]
    if bare or (style.variety and random.random() < 0.15):
        pieces = [piece if piece.verbatim else Piece(piece.text.replace(",", ""), piece.value) for piece in pieces]
    return pieces


def misspelt(pieces: list[Piece], random: Random, style: Style) -> list[Piece]:
    """Now and then a long word with a letter dropped or two exchanged, as people type."""
    if random.random() >= 0.04 * style.variety:
        return pieces
    places = [
        (index, match)
        for index, piece in enumerate(pieces)
        if not piece.verbatim
        for match in re.finditer(r"[A-Za-z]{6,}", piece.text)
    ]
    if not places:
        return pieces
    index, match = random.choice(places)
    word = match.group()
    at = random.randrange(1, len(word) - 2)
    exchanged = word[at + 1] + word[at] if random.random() < 0.5 else word[at + 1]
    word = word[:at] + exchanged + word[at + 2 :]
    text = pieces[index].text
    return _with(pieces, index, text[: match.start()] + word + text[match.end() :])


def _with(pieces: list[Piece], index: int, text: str) -> list[Piece]:
    piece = pieces[index]
    return [*pieces[:index], Piece(text, piece.value, piece.verbatim), *pieces[index + 1 :]]
