"""New values in the place of a seed's, in the form of the old one: a family name for a family name."""

import re
from collections.abc import Callable
from functools import partial
from random import Random

from distil_dagster.teachers.recombination.redaction import pieces as types
from distil_dagster.teachers.recombination.redaction.lists import words
from distil_dagster.teachers.recombination.redaction.phrasebook.words import WORDS
from distil_dagster.teachers.recombination.redaction.pieces import Piece
from distil_dagster.teachers.recombination.redaction.scene import Scene
from distil_dagster.teachers.recombination.redaction.values import codes, traits
from distil_dagster.teachers.recombination.redaction.values.digits import digits
from distil_dagster.teachers.recombination.redaction.values.names import Person

_TITLE = re.compile(r"((?:Dr|Mr|Mrs|Ms|Prof|Miss)\.? )(.+)")
_MONTHS = words("January February March April May June July August September October November December")
_DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_OFFICES = re.compile(
    r"(?:info|billing|accounts|support|eligibility|priorauth|office|contact|records|claims|help)\b", re.IGNORECASE
)
_AGE_FORMS: tuple[tuple[re.Pattern[str], Callable[[traits.Age, Random], str]], ...] = (
    (re.compile(r"\d+"), lambda age, _: str(age.number)),
    (re.compile(r"\d+-\w+-old|\d+ year old"), traits.Age.before_noun),
    (re.compile(r"\d+ ?y(?:/o|o)?"), traits.Age.terse),
    (re.compile(r"\d+ \w+s old"), traits.Age.after_noun),
    (re.compile(r"\d+ years"), traits.Age.in_field),
    (re.compile(r"(?:early|mid|late)\W.+"), traits.Age.by_decade),
)


class Refill:
    """Draws a value of the same form for a scene; `sex` is that of the people in the sentence, where it is known."""

    def __init__(self, scene: Scene, sex: str | None) -> None:
        self._scene, self._random = scene, scene.random
        self._sex = sex if sex in ("m", "f") else None

    def value(self, piece: Piece, mention: str, *, is_family: bool = False) -> str:
        """A new value for that of the piece; equal mentions within a scene are of one person.

        `is_family` tells a family name alone from a given name alone.
        """
        draw: dict[str, Callable[[], str]] = {
            types.PERSON: lambda: self._name(piece.text, self._scene.person(mention, self._sex), is_family=is_family),
            types.EMAIL: lambda: self._email(piece.text, mention),
            types.PHONE: lambda: self._phone(piece.text),
            types.ADDRESS: lambda: self._address(piece.text),
            types.SSN: lambda: self._ssn(piece.text),
            types.ID: lambda: self._id(piece.text, mention),
            types.UUID: lambda: codes.uuid(self._random),
            types.CARD: lambda: codes.card(self._random),
            types.IBAN: self._scene.supplies.ibans.iban,
            types.AGE: lambda: self._age(piece.text),
            types.GENDER: lambda: self._gender(piece.text),
            types.RACE: lambda: self._race(piece.text),
            types.MARITAL: lambda: self._marital(piece.text),
        }
        scene, key = self._scene, f"{mention}={piece.text}"
        return scene.remembered(key, draw[piece.type or ""])

    def _name(self, old: str, person: Person, *, is_family: bool) -> str:
        if titled := _TITLE.fullmatch(old):
            return titled[1] + self._name(titled[2], person, is_family=True)
        if "," in old:
            return person.reversed
        if re.fullmatch(r"[A-Z]{2,3}", old):
            return person.initials
        words = old.split()
        if len(words) == 1:
            return person.family if is_family else person.given
        return person.full

    def _email(self, old: str, mention: str) -> str:
        contacts = self._scene.supplies.contacts
        if _OFFICES.match(old):
            return contacts.role_email()
        return contacts.email(self._scene.person(mention or "own"))

    def _phone(self, old: str) -> str:
        contacts = self._scene.supplies.contacts
        if not any(letter.isdigit() for letter in old):
            return contacts.spoken_phone()
        return contacts.extended_phone() if re.search(r"ext|x\d", old) else contacts.phone()

    def _address(self, old: str) -> str:
        contacts = self._scene.supplies.contacts
        if not any(letter.isdigit() for letter in old):
            return old
        if re.fullmatch(r"[\dA-Z -]{4,10}", old):
            return contacts.postcode()
        return contacts.address_lines() if "\n" in old else contacts.address()

    def _ssn(self, old: str) -> str:
        random = self._random
        if re.fullmatch(r"\d{4}", old):
            return digits(random, 4)
        if not any(letter.isdigit() for letter in old):
            return codes.spoken_ssn(random)
        return codes.ssn(random) if old[0].isdigit() else codes.masked_ssn(random)

    def _id(self, old: str, mention: str) -> str:
        if "_" in old or old.islower():
            return codes.user_name(
                self._random, self._scene.supplies.contacts.email(self._scene.person(mention or "own"))
            )
        return codes.like(self._random, old)

    def _age(self, old: str) -> str:
        random = self._random
        found = re.search(r"\d+", old)
        if found is None:
            age = traits.Age(random.randint(25, 92))
            return age.by_decade(random) if re.match(r"(?:early|mid|late)\W", old) else age.in_words()
        unit = re.search(r"month|week|day", old)
        age = traits.Age(self._near(int(found[0])), unit[0] if unit else "year")
        draw = next((draw for shape, draw in _AGE_FORMS if shape.fullmatch(old)), None)
        return draw(age, random) if draw else old.replace(found[0], str(age.number))

    def _near(self, number: int) -> int:
        """Another number of about as many years, or months."""
        return self._random.randint(max(2, number - number // 3), number + max(3, number // 4))

    def _gender(self, old: str) -> str:
        same = next((words for words in _SAME_GENDER if old.lower() in words), None)
        if same is None:
            return old
        word = self._random.choice(same)
        return word.capitalize() if old[0].isupper() else word

    def _race(self, old: str) -> str:
        if " or " in old:
            return self._random.choice(traits.FORM_RACES)
        return traits.race(self._random, self._sex or "f")

    def _marital(self, old: str) -> str:
        if old.lower() not in traits.STATUSES:
            return old
        was_married = old.lower() in ("separated", "divorced", "widowed")
        word = self._random.choice(("separated", "divorced", "widowed") if was_married else traits.STATUSES)
        return word.capitalize() if old[0].isupper() else word


_SAME_GENDER = (
    ("man", "man", "gentleman"),
    ("woman", "woman", "lady"),
    ("boy",),
    ("girl",),
    ("male",),
    ("female",),
    ("nonbinary", "non-binary"),
)


def reworded(text: str, random: Random) -> str:
    """The text that stays with other dates, times, amounts, days, doses and drugs in most places where it has them."""
    for pattern, draw in _EXCHANGES:
        text = pattern.sub(partial(_exchanged, draw=draw, random=random), text)
    return text


def _exchanged(found: re.Match[str], draw: Callable[[str, Random], str], random: Random) -> str:
    return draw(found[0], random) if random.random() < 0.8 else found[0]


def _other_number(old: str, random: Random) -> str:
    return re.sub(
        r"\d+", lambda number: str(random.randint(10, 95)) if len(number[0]) == 2 else number[0], old, count=1
    )


_EXCHANGES: tuple[tuple[re.Pattern[str], Callable[[str, Random], str]], ...] = (
    (
        re.compile(rf"\b\d{{1,2}} (?:{'|'.join(_MONTHS)})\b"),
        lambda _, random: f"{random.randint(1, 28)} {random.choice(_MONTHS)}",
    ),
    (re.compile(rf"\b(?:{'|'.join(_DAYS)})\b"), lambda _, random: random.choice(_DAYS)),
    (
        re.compile(r"(?<![\d:\[])[012]\d:[0-5]\d(?![\d:])"),
        lambda _, random: f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}",
    ),
    (re.compile(r"\$\d{2,3}\b"), _other_number),
    (
        re.compile(rf"\b(?:in|since|before|after) (?:{'|'.join(_MONTHS)})\b"),
        lambda old, random: f"{old.split()[0]} {random.choice(_MONTHS)}",
    ),
    (
        re.compile(rf"\b(?:{'|'.join(drug for drug in WORDS['drug'] if ' ' not in drug)})\b"),
        lambda _, random: random.choice([drug for drug in WORDS["drug"] if " " not in drug]),
    ),
)
