"""A text in pieces: plain text, and the values that must be taken out of it, each with the type of its token."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from distil_dagster.tasks import Row
from distil_dagster.tasks.answer_forms.redaction_metrics import parse_redaction, redaction_problems

PERSON, EMAIL, PHONE, ADDRESS, SSN, ID, UUID = "PERSON", "EMAIL", "PHONE", "ADDRESS", "SSN", "ID", "UUID"
CARD, IBAN = "CARD_LAST4", "IBAN_LAST4"
GENDER, AGE, RACE, MARITAL = "GENDER", "AGE", "RACE", "MARITAL_STATUS"
OF_THE_PATIENT = frozenset({GENDER, AGE, RACE, MARITAL})
"""The types that describe one person, so that a text states each at most once."""


@dataclass(frozen=True)
class Piece:
    """Some text; `type` is None if it stays."""

    text: str
    type: str | None = None

    @property
    def token(self) -> str:
        """What stands in its place once it is redacted."""
        if self.type is None:
            return self.text
        if self.type in (CARD, IBAN):
            return f"[{self.type}:{''.join(filter(str.isalnum, self.text))[-4:].upper()}]"
        return f"[{self.type}]"


def types_in(pieces: Iterable[Piece]) -> frozenset[str]:
    """The types of the values."""
    return frozenset(piece.type for piece in pieces if piece.type)


@dataclass(frozen=True)
class AnswerStyle:
    """How the seeds write an answer: blanks between the parts of JSON or none, and the reason given for each type."""

    separators: tuple[str, str]
    ensure_ascii: bool
    reasons: dict[str, str]

    def row(self, pieces: Sequence[Piece]) -> Row | None:
        """The row of a text; None if replacing its values everywhere wouldn't leave exactly the other pieces."""
        question = "".join(piece.text for piece in pieces)
        entities = {(piece.text, piece.token): self.reasons[piece.type] for piece in pieces if piece.type}
        content = {
            "redacted_text": "".join(piece.token for piece in pieces),
            "entities": [
                {"value": value, "replacement_token": token, "reason": reason}
                for (value, token), reason in entities.items()
            ],
        }
        answer = json.dumps(content, ensure_ascii=self.ensure_ascii, separators=self.separators)
        if redaction_problems(question, parse_redaction(answer)):
            return None
        return Row(question, answer)
