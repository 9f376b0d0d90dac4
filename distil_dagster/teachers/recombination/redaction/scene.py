"""Who and what one text is about: its patient, relatives and staff, drawn when first mentioned and kept then."""

from collections.abc import Callable
from random import Random
from typing import ClassVar

from distil_dagster.teachers.recombination.redaction import pieces as types
from distil_dagster.teachers.recombination.redaction.lists import words
from distil_dagster.teachers.recombination.redaction.pieces import Piece
from distil_dagster.teachers.recombination.redaction.values import codes, traits
from distil_dagster.teachers.recombination.redaction.values.contact import Contacts
from distil_dagster.teachers.recombination.redaction.values.digits import digits
from distil_dagster.teachers.recombination.redaction.values.names import Names, Person

_KIN = {
    "m": ("son", "husband", "brother", "father", "dad", "nephew", "uncle", "grandson"),
    "f": ("daughter", "wife", "sister", "mother", "mom", "niece", "aunt", "granddaughter"),
}
_PARENTS = {
    "m": ("father", "dad", "stepfather", "grandfather", "uncle"),
    "f": ("mother", "mum", "mom", "grandmother", "aunt"),
}
_CARED_FOR = {"m": ("father", "dad", "husband", "brother"), "f": ("mother", "mum", "wife", "sister"), "n": ("cousin",)}
_CHILDREN = {"m": ("son", "little boy", "grandson"), "f": ("daughter", "little girl", "granddaughter"), "n": ("child",)}
_PRONOUNS = {"m": ("he", "his", "him", "Mr."), "f": ("she", "her", "her", "Ms."), "n": ("they", "their", "them", "Mx.")}
PEOPLE = ("pt", "rel", "doc", "doc2", "nur", "stf")


class Supplies:
    """The sources of values that all texts of one run draw from."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = Names(random)
        self.contacts = Contacts(random)
        self.ibans = codes.Ibans(random)


class Scene:
    """The facts of one text.

    `sex` is m, f or n (neither), of the patient. `used` are the types that describe the patient and were told already.
    """

    def __init__(self, supplies: Supplies, sex: str | None = None) -> None:
        self.supplies, self.random = supplies, supplies.random
        kind = self.random.random()
        self.sex = sex or ("n" if kind < 0.03 else "m" if kind < 0.5 else "f")
        self.age = traits.draw_age(self.random)
        self.used: set[str] = set()
        self._people: dict[str, Person] = {}
        self._said: dict[str, Piece] = {}
        self._drawn: dict[str, str] = {}
        self._wording: dict[str, str] = {}
        self._relative_sex = self.random.choice("mf")
        self._clock = self.random.randint(7 * 60, 21 * 60)

    @property
    def is_child(self) -> bool:
        """Whether the patient is a child."""
        return self.age.is_child

    def person(self, role: str, sex: str | None = None) -> Person:
        """Who has this role in the text."""
        if role not in self._people:
            sexes = {"pt": self.sex, "rel": self._relative_sex}
            drawn = sex or sexes.get(role) or self.random.choice("mf")
            self._people[role] = self.supplies.names.person(drawn if drawn != "n" else self.random.choice("mf"))
        return self._people[role]

    def value(self, slot: str) -> Piece:
        """The value of a slot such as `pt.l` (the patient's family name); after `#1` it is the same each time."""
        name, _, remembered = slot.partition("#")
        if remembered and slot in self._said:
            return self._said[slot]
        kind, _, form = name.partition(".")
        piece = self._named(kind, form) if kind in PEOPLE else self._VALUES[kind](self, form)
        self._said[slot] = piece
        return piece

    def remembered(self, key: str, draw: Callable[[], str]) -> str:
        """What was drawn for the key before, or a new draw."""
        if key not in self._drawn:
            self._drawn[key] = draw()
        return self._drawn[key]

    def word(self, name: str) -> str | None:
        """Words that stay and follow from who is meant or from the clock; None if the name isn't one of these."""
        he, his, him, title = _PRONOUNS[self.sex]
        rhe, rhis, _, _ = _PRONOUNS[self._relative_sex]
        pronouns = {
            "he": he,
            "He": he.capitalize(),
            "his": his,
            "His": his.capitalize(),
            "him": him,
            "rhe": rhe,
            "rhis": rhis,
        }
        if name in pronouns:
            return pronouns[name]
        if name in self._wording:
            return self._wording[name]
        random = self.random
        kept = {
            "Mr": lambda: (
                random.choice(["Mrs.", "Mrs", "Miss", title, title])
                if self.sex == "f"
                else random.choice([title, title[:-1], title])
            ),
            "Pt": lambda: random.choice(
                ["The patient", "Pt", "Patient", he.capitalize()] if self.sex != "n" else ["The patient", "Pt"]
            ),
            "kin": self._kin,
            "kin2": lambda: random.choice((_CHILDREN if self.is_child else _CARED_FOR)[self.sex]),
        }
        if name in kept:
            self._wording[name] = kept[name]()
            return self._wording[name]
        fresh: dict[str, Callable[[], str]] = {"date": self._date, "dob": self._birthday, "time": self._time}
        return fresh[name]() if name in fresh else None

    def tick(self) -> str:
        """The time of the next message of a chat."""
        self._clock += self.random.randint(0, 2)
        return f"{self._clock // 60:02d}:{self._clock % 60:02d}"

    def _kin(self) -> str:
        if self.is_child:
            return self.random.choice(_PARENTS[self._relative_sex])
        return self.random.choice(_KIN[self._relative_sex])

    def _date(self) -> str:
        random = self.random
        day, month, year = random.randint(1, 28), random.randint(0, 11), random.randint(2023, 2027)
        name = _MONTHS[month]
        return random.choice(
            [
                f"{day} {name}",
                f"{day} {name}",
                f"{name} {day}",
                f"{name} {day}, {year}",
                f"{month + 1}/{day}",
                f"{month + 1:02d}/{day:02d}/{year}",
                f"{year}-{month + 1:02d}-{day:02d}",
                f"{day} {name[:3]} {year}",
                f"the {4 + day % 17}th",
            ]
        )

    def _birthday(self) -> str:
        random = self.random
        day, month = random.randint(1, 28), random.randint(0, 11)
        year = 2026 - (self.age.number if self.age.unit == "year" else 0)
        return random.choice(
            [
                f"{month + 1:02d}/{day:02d}/{year}",
                f"{month + 1}/{day}/{year % 100:02d}",
                f"{day} {_MONTHS[month]} {year}",
                f"{year}-{month + 1:02d}-{day:02d}",
                f"{_MONTHS[month]} {day}, {year}",
                f"{day:02d}.{month + 1:02d}.{year}",
            ]
        )

    def _time(self) -> str:
        random = self.random
        hour, minute = random.randint(1, 12), random.choice(["00", "15", "30", "45", "05", "40"])
        return random.choice(
            [
                f"{random.randint(0, 23):02d}:{minute}",
                f"{hour} pm",
                f"{hour}:{minute} am",
                f"{hour}pm",
                f"{hour}:{minute} PM",
                "noon",
            ]
        )

    def _named(self, role: str, form: str) -> Piece:
        person = self.person(role)
        text = {
            "": person.full,
            "f": person.given,
            "l": person.family,
            "lf": person.reversed,
            "mi": person.with_initial,
            "init": person.initials,
            "nick": person.nickname,
            "upper": person.full.upper(),
        }[form]
        return Piece(text, types.PERSON)

    def _email(self, form: str) -> Piece:
        contacts = self.supplies.contacts
        return Piece(contacts.role_email() if form == "role" else contacts.email(self.person(form)), types.EMAIL)

    def _phone(self, form: str) -> Piece:
        contacts = self.supplies.contacts
        draw = {"": contacts.phone, "x": contacts.extended_phone, "spoken": contacts.spoken_phone}[form]
        return Piece(draw(), types.PHONE)

    def _address(self, form: str) -> Piece:
        contacts = self.supplies.contacts
        draw = {"": contacts.address, "zip": contacts.postcode, "lines": contacts.address_lines}[form]
        return Piece(draw(), types.ADDRESS)

    def _ssn(self, form: str) -> Piece:
        random = self.random
        draw = {
            "": codes.ssn,
            "masked": codes.masked_ssn,
            "spoken": codes.spoken_ssn,
            "last4": lambda random: digits(random, 4),
        }[form]
        return Piece(draw(random), types.SSN)

    def _id(self, form: str) -> Piece:
        if form == "user":
            mailbox = self.supplies.contacts.email(self.person("pt"))
            return Piece(codes.user_name(self.random, mailbox), types.ID)
        return Piece(codes.code(self.random, form), types.ID)

    def _age(self, form: str) -> Piece:
        age, random = self.age, self.random
        letter = {"m": "M", "f": "F", "n": "F"}[self.sex]
        draw: dict[str, Callable[[], str]] = {
            "adj": lambda: age.before_noun(random),
            "pred": lambda: age.after_noun(random),
            "num": lambda: str(age.number),
            "bare": lambda: age.in_words() if random.random() < 0.15 else str(age.number),
            "field": lambda: age.in_field(random),
            "terse": lambda: age.terse(random),
            "dec": lambda: age.by_decade(random),
            "sex": lambda: f"{age.number}{letter}",
        }
        return Piece(draw[form](), types.AGE)

    def _gender(self, form: str) -> Piece:
        random, sex = self.random, self.sex
        draw: dict[str, Callable[[], str]] = {
            "noun": lambda: traits.gender_noun(random, sex, is_child=self.is_child),
            "adj": lambda: {"m": "male", "f": "female", "n": "nonbinary"}[sex],
            "letter": sex.upper,
            "field": lambda: traits.gender_word(random, sex),
            "id": lambda: traits.identity(random),
        }
        return Piece(draw[form](), types.GENDER)

    def _race(self, form: str) -> Piece:
        return Piece((traits.form_race if form else traits.race)(self.random, self.sex), types.RACE)

    def _marital(self, form: str) -> Piece:
        random = self.random
        draw: dict[str, Callable[[], str]] = {
            "": lambda: random.choice(traits.PREDICATED),
            "field": lambda: traits.form_status(random),
            "noun": lambda: "widow" if self.sex == "f" else "widower",
            "was": lambda: random.choice(["separated", "divorced", "widowed"]),
            "dp": lambda: random.choice(["domestic partnership", "domestic partnership", "civil partnership"]),
        }
        return Piece(draw[form](), types.MARITAL)

    _VALUES: ClassVar[dict[str, Callable[["Scene", str], Piece]]] = {
        "email": _email,
        "phone": _phone,
        "addr": _address,
        "ssn": _ssn,
        "id": _id,
        "age": _age,
        "sex": _gender,
        "race": _race,
        "marital": _marital,
        "uuid": lambda self, _: Piece(codes.uuid(self.random), types.UUID),
        "card": lambda self, _: Piece(codes.card(self.random), types.CARD),
        "iban": lambda self, _: Piece(self.supplies.ibans.iban(), types.IBAN),
    }


_MONTHS = words("January February March April May June July August September October November December")
TYPE_OF_SLOT = {
    **dict.fromkeys(PEOPLE, types.PERSON),
    "email": types.EMAIL,
    "phone": types.PHONE,
    "addr": types.ADDRESS,
    "ssn": types.SSN,
    "id": types.ID,
    "age": types.AGE,
    "sex": types.GENDER,
    "race": types.RACE,
    "marital": types.MARITAL,
    "uuid": types.UUID,
    "card": types.CARD,
    "iban": types.IBAN,
}
"""The type of a slot by what stands before its dot."""
