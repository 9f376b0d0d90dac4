"""The seeds cut into sentences, with a slot for each value, so that they can be filled again and mixed."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from distil_dagster.tasks import InvalidOutput, Row
from distil_dagster.tasks.answer_forms.redaction_metrics import Redaction, parse_redaction, redaction_problems
from distil_dagster.teachers.recombination.redaction import pieces as types
from distil_dagster.teachers.recombination.redaction.pieces import OF_THE_PATIENT, Piece, types_in
from distil_dagster.teachers.recombination.redaction.refilling import Refill, reworded
from distil_dagster.teachers.recombination.redaction.scene import Scene

_TOKEN = re.compile(r"\[([A-Z_0-9]+)(?::[0-9A-Z]{4})?\]")
_TURN = re.compile(r"^(?:\[[^\]]*\] ?)?[A-Za-z]+: .*[.?!,]|^\[[^\]]*\] ?[A-Za-z]+: ", re.MULTILINE)
_FIELD = re.compile(r"^[^:.\n]{1,30}: ?\S", re.MULTILINE)
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)(?<!\bno\.)(?<!\bext\.) +(?=[A-Z0-9\"'i])"
)
_GREETING = re.compile(r"(?:hi|hello|hey|dear|good|my name)\b", re.IGNORECASE)
_SIGN_OFF = re.compile(r"(?:Thanks|Thank you|Best|Kind|Regards|Sincerely|Yours|Cheers|Okay|-)\b", re.IGNORECASE)
_WORDS_OF_SEX = {
    "m": re.compile(r"\b(?:he|him|his|Mr|man|male|boy|gentleman)\b", re.IGNORECASE),
    "f": re.compile(r"\b(?:she|her|hers|Mrs|Ms|woman|female|girl|lady)\b", re.IGNORECASE),
}
_KIN_BEFORE = {
    "f": re.compile(r"\b(?:mother|mum|mom|wife|daughter|sister|aunt|Mrs|Ms)\b\W*$"),
    "m": re.compile(r"\b(?:father|dad|husband|son|brother|uncle|Mr)\b\W*$"),
}
_TALKS = {
    "patient": re.compile(r"\b(?:I|I'm|i|im|my|My|me|Our|our|its)\b"),
    "staff": re.compile(r"\b(?:you|your|You|Your|Please|please|we|We)\b"),
}
_BEFORE_FAMILY = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|Miss|[Nn]urse)\.? $")
_OF_THE_PATIENT = re.compile(r"(?:Full |Patient )?(?:name|patient|member|pt)\b", re.IGNORECASE)
SHORTEST = 12
"""Characters of a sentence that says something alone."""
FAMILY = "f"
"""Marks a mention by the family name alone."""
_RANKS = (
    (types.PERSON,),
    (types.AGE, types.GENDER, types.RACE, types.MARITAL),
    (types.PHONE, types.ADDRESS, types.EMAIL),
)


@dataclass(frozen=True)
class SeedSentence:
    """A sentence, a line or all of a seed; `rank` is where a line stands in a form.

    `sex` is m or f if its words fit only such a patient, and `b` if it speaks of both.
    """

    name: str
    seeds: tuple[str, ...]
    pieces: tuple[Piece, ...]
    mentions: tuple[str, ...]
    """Which person each piece names, or is an address of; empty where it is none."""
    voice: str
    role: str
    rank: int
    sex: str | None

    @property
    def types(self) -> frozenset[str]:
        """The types of its values."""
        return types_in(self.pieces)

    def fits(self, scene: Scene) -> bool:
        """Whether it can be said of the scene's patient, of whom nothing is told twice."""
        told_twice = self.types & OF_THE_PATIENT & scene.used
        return not told_twice and self.sex in (None, scene.sex) and not (scene.is_child and self._is_of_an_adult)

    def write(self, scene: Scene) -> list[Piece]:
        """Fill it with other values of the same form, and other dates, times, amounts and drugs."""
        scene.used |= self.types & OF_THE_PATIENT
        written: list[Piece] = []
        for piece, mention in zip(self.pieces, self.mentions, strict=True):
            before = written[-1].text if written else ""
            if piece.type is None:
                written.append(Piece(reworded(piece.text, scene.random)))
            else:
                person = mention.rstrip(FAMILY)
                key = person if person in ("", "pt") else f"{self.seeds[0]}:{person}"
                value = Refill(scene, _sex_of_kin(before) or self.sex).value(
                    piece, key, is_family=mention.endswith(FAMILY)
                )
                written.append(Piece(value, piece.type))
        return written

    @property
    def _is_of_an_adult(self) -> bool:
        return types.MARITAL in self.types or any(piece.text in ("man", "woman", "gentleman") for piece in self.pieces)


@dataclass(frozen=True)
class SeedText:
    """A seed that can be filled again: all of it, and its sentences."""

    row: Row
    redaction: Redaction
    whole: SeedSentence
    sentences: tuple[SeedSentence, ...]

    @property
    def has_lines(self) -> bool:
        """Whether its lines belong together as they stand: a form or turns of a talk."""
        return self.whole.voice in ("form", "call")


def read_seeds(rows: Sequence[Row]) -> tuple[SeedText, ...]:
    """The seeds whose answers fit their texts."""
    return tuple(seed for row in rows if (seed := _read(row)) is not None)


def _read(row: Row) -> SeedText | None:
    try:
        redaction = parse_redaction(row.answer)
    except InvalidOutput:
        return None
    if redaction_problems(row.question, redaction):
        return None
    pieces = _pieces(row.question, redaction)
    if pieces is None:
        return None
    mentions = _mentions(pieces)
    literal = "".join(piece.text if piece.type in (None, types.GENDER) else "_" for piece in pieces)
    voice = _voice(row.question, literal)
    whole = _sentence(row, "whole", pieces, mentions, voice=voice, role="whole")
    return SeedText(row, redaction, whole, tuple(_cut(row, pieces, mentions, voice)))


def _pieces(question: str, redaction: Redaction) -> list[Piece] | None:
    """The text cut at its values, found by walking along the redacted text."""
    pieces: list[Piece] = []
    at = 0
    values = sorted(redaction.pairs, key=lambda pair: -len(pair[0]))
    rest = redaction.text
    for token in _TOKEN.finditer(redaction.text):
        before = rest[: token.start() - (len(redaction.text) - len(rest))]
        at += len(before)
        value = next((value for value, name in values if name == token[0] and question.startswith(value, at)), None)
        if value is None:
            return None
        pieces += [Piece(before)] if before else []
        pieces.append(Piece(value, token[1]))
        at += len(value)
        rest = redaction.text[token.end() :]
    return [*pieces, Piece(rest)] if rest else pieces


def _mentions(pieces: Sequence[Piece]) -> list[str]:
    """Who is meant by each piece: names that share a word name one person, whom an e-mail address may belong to.

    A family name alone is marked.
    """
    people: list[set[str]] = []
    found = []
    for place, piece in enumerate(pieces):
        number = ""
        if piece.type == types.PERSON:
            before = pieces[place - 1].text if place else ""
            words = set(re.findall(r"\w+", piece.text.lower()))
            known = next((person for person in people if person & words), None)
            if known is None:
                people.append(known := set())
            known |= words
            ends_a_name = any(other.type == types.PERSON and other.text.endswith(f" {piece.text}") for other in pieces)
            number = f"{people.index(known)}{FAMILY if ends_a_name or _BEFORE_FAMILY.search(before) else ''}"
        elif piece.type == types.EMAIL or (piece.type == types.ID and piece.text.islower()):
            words = {word for word in re.findall(r"[^\W\d_]+", piece.text.partition("@")[0].lower()) if len(word) > 2}
            number = next(
                (str(n) for n, person in enumerate(people) if {w[:4] for w in person} & {w[:4] for w in words}), "own"
            )
        found.append(number)
    return found


def _voice(question: str, literal: str) -> str:
    lines = question.split("\n")
    if len(lines) > 1 and len(_TURN.findall(question)) * 2 >= len(lines):
        return "call"
    if len(lines) > 2 and len(_FIELD.findall(question)) * 2 >= len(lines):
        return "form"
    return next((voice for voice, words in _TALKS.items() if words.search(literal)), "note")


def _cut(row: Row, pieces: Sequence[Piece], mentions: Sequence[str], voice: str) -> list[SeedSentence]:
    """The sentences of prose and the lines of forms; turns of a talk are worth nothing alone."""
    if voice == "call":
        return []
    breaks = re.compile(r"\n") if voice == "form" else _SENTENCE_END
    parts: list[list[tuple[Piece, str]]] = [[]]
    for piece, mention in zip(pieces, mentions, strict=True):
        if piece.type is not None:
            parts[-1].append((piece, mention))
            continue
        before = "x" if parts[-1] else ""
        chunks = breaks.split(before + piece.text)
        chunks[0] = chunks[0][len(before) :]
        if (
            voice != "form"
            and re.search(r"[.!?] +$", piece.text)
            and piece is not pieces[-1]
            and not re.search(r"(?:Dr|Mr|Ms|Mrs|no|St)\. +$", piece.text)
        ):
            chunks = [*chunks[:-1], chunks[-1].rstrip(), ""]
        for number, chunk in enumerate(chunks):
            if number:
                parts.append([])
            if chunk:
                parts[-1].append((Piece(chunk), ""))
    parts = [part for part in parts if part]
    sentences = []
    for number, part in enumerate(parts):
        text = "".join(piece.text for piece, _ in part)
        if len(text) < SHORTEST and voice != "form":
            continue
        role = "opening" if number == 0 and (len(parts) > 1 or _GREETING.match(text)) else "body"
        if number and number == len(parts) - 1 and (_SIGN_OFF.match(text) or "\n" in text):
            role = "closing"
        names_patient = voice == "form" and _OF_THE_PATIENT.match(text) is not None
        whose = ["pt" if mention and names_patient else mention for _, mention in part]
        sentences.append(_sentence(row, str(number), [piece for piece, _ in part], whose, voice=voice, role=role))
    return sentences


def _sentence(
    row: Row, name: str, pieces: Sequence[Piece], mentions: Sequence[str], *, voice: str, role: str
) -> SeedSentence:
    literal = "".join(piece.text if piece.type in (None, types.GENDER) else "_" for piece in pieces)
    sexes = [sex for sex, words in _WORDS_OF_SEX.items() if words.search(literal)]
    sex = None if not sexes else sexes[0] if len(sexes) == 1 else "b"
    held = types_in(pieces)
    rank = next((rank for rank, kinds in enumerate(_RANKS) if held & set(kinds)), 3 if held else 4)
    return SeedSentence(f"seed:{row.id}:{name}", (row.id,), tuple(pieces), tuple(mentions), voice, role, rank, sex)


def _sex_of_kin(before: str) -> str | None:
    """The sex of who is named after such words as "his mother, "; None if they don't tell."""
    return next((sex for sex, kin in _KIN_BEFORE.items() if kin.search(before)), None)


def reasons(seeds: Sequence[SeedText]) -> dict[str, str]:
    """The reason that the seeds give most often for each type."""
    counted: dict[str, Counter[str]] = {}
    for seed in seeds:
        for entity in seed.redaction.entities:
            kind = entity.token.strip("[]").partition(":")[0]
            counted.setdefault(kind, Counter())[entity.reason] += 1
    return {kind: counter.most_common(1)[0][0] for kind, counter in counted.items()}
