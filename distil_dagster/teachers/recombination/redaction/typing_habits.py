"""How people type: articles that fit, small letters, left-out apostrophes, slips of the finger."""

import re
from dataclasses import replace
from random import Random

from distil_dagster.teachers.recombination.redaction import pieces as types
from distil_dagster.teachers.recombination.redaction.pieces import Piece

_ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]|u[lmn](?!i)|[AEIO][a-z]|8|1[18](?!\d)|(?:MRI|LPN|RN|NP|ICU|OR|ED|X-ray)\b)")
_SHORT = {"you": "u", "please": "pls", "are": "r", "because": "bc", "thanks": "thx", "appointment": "appt"}
_WORD = re.compile(r"[A-Za-z]{5,}")
_NAMES_IN_SMALL = 0.5


def with_articles(pieces: list[Piece]) -> list[Piece]:
    """With "an" for "a" before vowels, also where a value follows."""
    corrected = []
    for piece, following in zip(pieces, [*pieces[1:], Piece("")], strict=True):
        if piece.type is None and piece.text:
            text = _ARTICLE.sub(r"\1n ", piece.text + following.text)
            corrected.append(replace(piece, text=text[: len(text) - len(following.text)] if following.text else text))
        else:
            corrected.append(piece)
    return corrected


def capitalised(pieces: list[Piece]) -> list[Piece]:
    """With a capital where it begins with a small letter."""
    if pieces and pieces[0].type in (None, types.GENDER, types.MARITAL, types.AGE):
        return [replace(pieces[0], text=pieces[0].text[:1].upper() + pieces[0].text[1:]), *pieces[1:]]
    return pieces


def in_small_letters(pieces: list[Piece], random: Random) -> list[Piece]:
    """As typed on a telephone: few apostrophes, some abbreviations; names keep their capitals in half of the texts."""
    names_too = random.random() < _NAMES_IN_SMALL
    typed = []
    for piece in pieces:
        text = piece.text
        if piece.type is None:
            text = text.lower().replace("'", "" if random.random() < 0.7 else "'")
            text = re.sub(
                r"\b[a-z]+\b", lambda word: _SHORT.get(word[0], word[0]) if random.random() < 0.5 else word[0], text
            )
        elif piece.type in (types.PERSON, types.RACE, types.MARITAL, types.ADDRESS) and names_too:
            text = text.lower()
        typed.append(replace(piece, text=text))
    return typed


def in_capitals(pieces: list[Piece]) -> list[Piece]:
    """As some machines print: everything that isn't an e-mail address or a code in capitals."""
    unchanged = (types.EMAIL, types.ID, types.UUID, types.SSN, types.IBAN, types.CARD)
    return [piece if piece.type in unchanged else replace(piece, text=piece.text.upper()) for piece in pieces]


def with_slips(pieces: list[Piece], random: Random, slips: int) -> list[Piece]:
    """With so many letters swapped, dropped or doubled in words that stay."""
    places = [number for number, piece in enumerate(pieces) if piece.type is None and _WORD.search(piece.text)]
    if not places:
        return pieces
    typed = list(pieces)
    for place in random.choices(places, k=slips):
        text = typed[place].text
        words = list(_WORD.finditer(text))
        word = random.choice(words) if words else None
        if word is not None and not _is_address(text, word.start()):
            at = random.randrange(word.start() + 1, word.end() - 1)
            swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            slip = random.choice([swapped, text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]])
            typed[place] = replace(typed[place], text=slip)
    return typed


def _is_address(text: str, at: int) -> bool:
    """Whether the word is part of a web address, which nobody misspells."""
    end = re.search(r"\s|$", text[at:])
    start = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
    return "." in text[start : at + (end.start() if end else 0)].rstrip(".,;:") or "/" in text[start:at]
