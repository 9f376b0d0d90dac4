"""Templates: an utterance with slots, the call it stands for, and the dialogue it presupposes.

A template is used only where the dialogue has the shape it was seen in, so that the call follows from the words and the
dialogue alone. What a template needs of the dialogue:

- `Reference`: an earlier call of which arguments are carried ("and the hallway too");
- `mentioned`: words of the turn before that name an argument ("is the garage locked?", "lock it");
- `Completion`: a request that was answered by asking back and lacked something ("the roof window, I mean");
- neither: the words say all ("lights on in the garden"), or imply it ("I'm heading out").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, Path
from distil_dagster.teachers.recombination.tool_calls.words import tokenise

RISE, FALL = "rise", "fall"
"""Manners of a slot that says by how much a number changes against the earlier call."""
SPELT = "spelt"
"""The manner of a slot in which a text of digits is read out, digit by digit."""


@dataclass(frozen=True)
class Slot:
    """A place in an utterance where a value is said; `manner` and `position` limit the words that may stand there."""

    path: Path
    domain: Domain
    manner: str
    position: str
    said: str
    excluded: tuple[Any, ...] = ()
    """Values that the rest of the utterance mentions already, so that they can't stand here."""
    article: bool = False
    """Whether the slot brings its own article ("the kitchen" but "upstairs")."""
    frame: tuple[str, str] | None = None
    """What a free text has before and behind the number that is said of it ("HEAD~", "")."""

    def framed(self, number: float) -> str:
        """The text that a number stands for."""
        before, behind = self.frame or ("", "")
        return f"{before}{number:g}{behind}"

    def unframed(self, text: str) -> int:
        """The number in a text of this frame."""
        before, behind = self.frame or ("", "")
        return int(text[len(before) : len(text) - len(behind)])


@dataclass(frozen=True)
class Reference:
    """The earlier call that a follow-up refers to, by what happened to its arguments where the template was seen."""

    tool: str
    carried: frozenset[str]
    dropped: frozenset[str]
    replaced: frozenset[str]
    exact: tuple[tuple[str, Any], ...] = ()
    """Arguments that must have just these values, as the words take their meaning from them."""
    general: bool = False
    """The words name nothing of the tool, so that they follow a call of any tool with a like argument."""
    generic: bool = False
    """A phrase of English rather than of the seeds: what is carried is decided by the seeds' habits alone."""


@dataclass(frozen=True)
class Completion:
    """Completes a request for the template's tool that said the arguments `known`, no more."""

    known: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """What a request that is answered by asking back said of the call it is about; slots have paths of that call."""

    tool: str
    known: frozenset[str]
    fixed: tuple[tuple[Path, Any], ...] = ()


@dataclass(frozen=True)
class Template:
    """An utterance's parts (texts and slots in turn) and how its call comes about.

    `fixed` are arguments that the phrase as a whole implies. For a template with `asked`, they are the arguments of
    the call that asks back, while the slots belong to the call asked about.
    """

    name: str
    tool: str
    parts: tuple[str | Slot, ...]
    fixed: tuple[tuple[Path, Any], ...] = ()
    seeds: tuple[str, ...] = ()
    reference: Reference | None = None
    completion: Completion | None = None
    asked: Asked | None = None
    only_first: bool = False
    only_later: bool = False
    after_tool: str | None = None
    mentioned: frozenset[str] = frozenset()
    """Arguments that the words of the turn before name, though its call doesn't hold them ("Is the garage locked?")."""
    origin: str = field(default="seed", compare=False)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots in the order of the utterance."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def text(self) -> str:
        """The utterance with `{parameter}` for each slot."""
        return "".join(part if isinstance(part, str) else f"{{{part.domain.name}}}" for part in self.parts)

    @property
    def literal_words(self) -> tuple[str, ...]:
        """The words outside the slots."""
        return tuple(
            token.normal for part in self.parts if isinstance(part, str) for token in tokenise(part) if token.is_word
        )

    @property
    def said_keys(self) -> frozenset[str]:
        """The top-level arguments that the words say or imply."""
        paths = [slot.path for slot in self.slots]
        if self.asked is None:
            paths += [path for path, _ in self.fixed]
        return frozenset(str(path[0]) for path in paths if path)


def parts_of(utterance: str, slots: Iterable[tuple[int, int, Slot]]) -> tuple[str | Slot, ...]:
    """Cut an utterance at character ranges into texts and slots."""
    parts: list[str | Slot] = []
    position = 0
    for start, end, slot in sorted(slots, key=lambda item: item[0]):
        if start > position:
            parts.append(utterance[position:start])
        parts.append(slot)
        position = end
    if position < len(utterance):
        parts.append(utterance[position:])
    return tuple(parts)


def top_level(arguments: Mapping[str, Any]) -> frozenset[str]:
    """The names of a call's arguments."""
    return frozenset(arguments)
