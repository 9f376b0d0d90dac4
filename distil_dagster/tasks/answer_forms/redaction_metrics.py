"""Redaction of personal data: the answer's form, its metrics, and what makes an example inconsistent.

The answer is JSON: `{"redacted_text": …, "entities": [{"value": …, "replacement_token": …, "reason": …}]}`.
The deciding metric follows the rubric of Distil Labs' PII models, which needs no judge.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.kind import InvalidOutput
from distil_dagster.tasks.rows import read_json

TOKENS = (
    "[PERSON]",
    "[EMAIL]",
    "[PHONE]",
    "[ADDRESS]",
    "[SSN]",
    "[ID]",
    "[UUID]",
    "[CARD_LAST4:####]",
    "[IBAN_LAST4:####]",
    "[GENDER]",
    "[AGE]",
    "[RACE]",
    "[MARITAL_STATUS]",
)
"""The tokens that may replace a value; `####` stands for its last four digits, in an IBAN for letters too."""

_LAST_FOUR = {"[CARD_LAST4:####]": "[0-9]{4}", "[IBAN_LAST4:####]": "[0-9A-Z]{4}"}
_TOKEN = re.compile("|".join(re.escape(token).replace(r"\#\#\#\#", _LAST_FOUR.get(token, "")) for token in TOKENS))


@dataclass(frozen=True)
class Entity:
    """One piece of personal data: how it stands in the text, the token in its place, and why it had to go."""

    value: str
    token: str
    reason: str


@dataclass(frozen=True)
class Redaction:
    """A text without personal data, and what was taken out of it."""

    text: str
    entities: tuple[Entity, ...]

    @property
    def values(self) -> frozenset[str]:
        """The different values that were found."""
        return frozenset(entity.value for entity in self.entities)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The different pairs of value and token."""
        return frozenset((entity.value, entity.token) for entity in self.entities)


def parse_redaction(text: str) -> Redaction:
    """Read a redaction, which may be wrapped in a code fence but in nothing else; keys not known are ignored.

    Raises InvalidOutput with the reason: no JSON, a key missing, a value of the wrong type, or no known token.
    """
    try:
        answer = read_json(without_fence(text))
    except ValueError as error:
        raise InvalidOutput(f"not JSON ({error})") from error
    if not isinstance(answer, dict):
        raise InvalidOutput(f"expected an object with redacted_text and entities, found {type(answer).__name__}")
    redacted = _text_under(answer, "redacted_text", "the answer")
    entities = answer.get("entities")
    if not isinstance(entities, list):
        raise InvalidOutput("expected a list under 'entities' in the answer")
    return Redaction(redacted, tuple(_entity(number, entry) for number, entry in enumerate(entities, start=1)))


def redaction_match(reference: Redaction, prediction: Redaction) -> bool:
    """Whether the redacted texts are the same to the letter, and so are the sets of pairs of value and token.

    Reasons, the order of the entities and repeated ones don't count. The relation is reflexive and symmetric.
    """
    return reference.text == prediction.text and reference.pairs == prediction.pairs


def staged_redaction(reference: Redaction, prediction: Redaction) -> float:
    """0.25 for a readable answer, 0.5 if its set of values is right, 0.75 if their tokens are, 1 if the text is too.

    Each stage implies those before it: a right text beside wrong values earns 0.25. An answer that `parse_redaction`
    refuses never gets here; it is worth 0.
    """
    if reference.values != prediction.values:
        return 0.25
    if reference.pairs != prediction.pairs:
        return 0.5
    return 1.0 if reference.text == prediction.text else 0.75


def redaction_problems(question: str, redaction: Redaction) -> list[str]:
    """Why the redaction can't be one of the question, one sentence each; empty if it is consistent.

    A value stands in a text where no letter adjoins its outer letters and no digit its outer digits: `34` stands in
    `34F` but not in `1342`, and `Ann` not in `Annual`. The redacted text must be the question with every value that
    stands in it replaced by its token, from left to right, the longest first where several begin at one place.
    """
    tokens: dict[str, set[str]] = defaultdict(set)
    for value, token in sorted(redaction.pairs):
        tokens[value].add(token)
    left = "\n".join(_TOKEN.split(redaction.text))
    problems = []
    for value, given in tokens.items():
        if not _standing([value]).search(question):
            problems.append(f"the value {value!r} does not stand in the text")
        if _standing([value]).search(left):
            problems.append(f"the value {value!r} still stands in the redacted text")
        if len(given) > 1:
            problems.append(f"the value {value!r} has several tokens: {', '.join(sorted(given))}")
        problems += [
            f"{token} does not end in the last four letters or digits of {value!r}"
            for token in sorted(given)
            if "_LAST4:" in token and token[-5:-1] != _last_four(value)
        ]
    if redaction.text != _replaced(question, {value: min(given) for value, given in tokens.items()}):
        problems.append("the redacted text is not the text with each value replaced by its token")
    return problems


def _entity(number: int, entry: Any) -> Entity:
    place = f"entity {number}"
    if not isinstance(entry, dict):
        raise InvalidOutput(f"{place} must be an object, not {type(entry).__name__}")
    value, token, reason = (_text_under(entry, key, place) for key in ("value", "replacement_token", "reason"))
    if not value:
        raise InvalidOutput(f"the value of {place} is empty")
    if not _TOKEN.fullmatch(token):
        raise InvalidOutput(f"{token!r} in {place} is no known token: {', '.join(TOKENS)}")
    return Entity(value, token, reason)


def _text_under(entry: dict[str, Any], key: str, place: str) -> str:
    if not isinstance(entry.get(key), str):
        raise InvalidOutput(f"expected a text under {key!r} in {place}")
    return str(entry[key])


def _last_four(value: str) -> str:
    return "".join(filter(str.isalnum, value))[-4:].upper()


def _replaced(question: str, tokens: dict[str, str]) -> str:
    return _standing(tokens).sub(lambda found: tokens[found[0]], question) if tokens else question


def _standing(values: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the values where it stands; the longest is tried first."""
    longest_first = sorted(values, key=len, reverse=True)
    return re.compile("|".join(f"{_edge(v[0], '<!')}{re.escape(v)}{_edge(v[-1], '!')}" for v in longest_first))


def _edge(character: str, side: str) -> str:
    if character.isdigit():
        return rf"(?{side}\d)"
    return rf"(?{side}[^\W\d_])" if character.isalpha() else ""
