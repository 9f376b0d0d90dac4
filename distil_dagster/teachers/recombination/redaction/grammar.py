"""Templates of sentences: what they need to know of the patient, which types they hold, and how they become text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from random import Random

from distil_dagster.teachers.recombination.redaction.phrasebook.words import WORDS
from distil_dagster.teachers.recombination.redaction.pieces import OF_THE_PATIENT, Piece
from distil_dagster.teachers.recombination.redaction.scene import TYPE_OF_SLOT, Scene
from distil_dagster.teachers.recombination.redaction.typing_habits import capitalised

_CHOICE = re.compile(r"«([^«»]*)»")
_PART = re.compile(r"(<[^<>]+>|\{[^{}]+\}|⏎)")
_CONDITION = re.compile(r"([cafmp]):(?=\S)")
_NEEDS_A_SEX = re.compile(r"<(?:he|He|his|His|him|kin2)>|\{sex\.(?:noun|letter)\}|\{age\.sex\}")
_NEEDS_YEARS = re.compile(r"\{age\.(?:bare|num|sex)\}")
_NEEDS_AN_ADULT = re.compile(r"\{marital|\{age\.dec\}|<job>|\{id\.licence\}")


@dataclass(frozen=True)
class Template:
    """A sentence, or a line of a form, with choices, words to fill in, and slots for values."""

    name: str
    """The group it belongs to and its number there."""
    text: str
    conditions: frozenset[str]
    types: frozenset[str]
    """All the types that a filling may hold."""

    seeds: tuple[str, ...] = ()

    def fits(self, scene: Scene) -> bool:
        """Whether it can be said of the scene's patient, of whom nothing is told twice."""
        if self.types & OF_THE_PATIENT & scene.used:
            return False
        wanted = self.conditions
        if ("c" in wanted and not scene.is_child) or ("a" in wanted and scene.is_child):
            return False
        if "p" in wanted and (scene.sex != "f" or scene.age.unit != "year" or not 18 <= scene.age.number <= 44):
            return False
        if ("y" in wanted and scene.age.unit != "year") or ("s" in wanted and scene.sex == "n"):
            return False
        return not ({"f", "m"} & wanted and scene.sex not in wanted)

    def write(self, scene: Scene) -> list[Piece]:
        """Fill it for the scene."""
        pieces: list[Piece] = []
        _fill(self.text, scene, pieces)
        scene.used |= {piece.type for piece in pieces if piece.type in OF_THE_PATIENT}
        return pieces


def templates(group: str, lines: str) -> tuple[Template, ...]:
    """The templates of a group, one a line."""
    return tuple(
        _template(f"{group}:{number}", line) for number, line in enumerate(filter(None, lines.split("\n")), start=1)
    )


def _template(name: str, line: str) -> Template:
    conditions = set()
    while found := _CONDITION.match(line):
        conditions.add(found[1])
        line = line[found.end() :]
    everything = _everything(line)
    if _NEEDS_A_SEX.search(everything):
        conditions.add("s")
    if _NEEDS_YEARS.search(everything):
        conditions.add("y")
    if _NEEDS_AN_ADULT.search(everything):
        conditions.add("a")
    slots = re.findall(r"\{(\w+)", everything)
    return Template(name, line, frozenset(conditions), frozenset(TYPE_OF_SLOT[slot] for slot in slots))


@cache
def _everything(text: str) -> str:
    """The text with all that its words may stand for."""
    words = re.findall(r"<([^<>]+)>", text)
    return " ".join([text, *(_everything(phrase) for word in words for phrase in WORDS.get(word, ()))])


def _fill(text: str, scene: Scene, pieces: list[Piece]) -> None:
    random = scene.random
    while "«" in text:
        text = _CHOICE.sub(lambda choice: random.choice(choice[1].split("|")), text)
    for part in _PART.split(text):
        if part.startswith("{"):
            pieces.append(scene.value(part[1:-1]))
        elif part == "⏎":
            pieces.append(Piece("\n"))
        elif part.startswith("<"):
            _fill_word(part[1:-1], scene, pieces)
        elif part:
            pieces.append(Piece(part))


def _fill_word(name: str, scene: Scene, pieces: list[Piece]) -> None:
    if name.startswith("n:"):
        low, high = map(int, name[2:].split("-"))
        pieces.append(Piece(str(scene.random.randint(low, high))))
    elif name in ("A", "C"):
        pieces.append(Piece(f"<{name}>"))
    elif (word := scene.word(name)) is not None:
        pieces.append(Piece(word))
    else:
        _fill(_draw(name, scene.random), scene, pieces)


def _draw(name: str, random: Random) -> str:
    return random.choice(WORDS[name])


def joined(parts: Iterable[list[Piece]], joint: str) -> list[Piece]:
    """The pieces of several parts with the joint between them; a blank only follows what ends a sentence."""
    pieces: list[Piece] = []
    for part in parts:
        if pieces:
            ends = joint != " " or not pieces[-1].text[-1:].isalnum()
            pieces.append(Piece(joint if ends else f".{joint}"))
        pieces += capitalised(part)
    return pieces
