"""The lexicon's notation, and its entities.

    order/orders, purchase/purchases; < customer, client; placed
      total_amount,amount money? 10-900: total amount, amount | largest, smallest
      = days order_date shipped_on: days until shipping

An entity's line has its nouns (singular/plural, with `=table` where the table isn't named by the plural), `person` if
rows are people, the parents it may refer to, prepositions or participles for that relation, and `self` with the word
for another row of the same table that a row may refer to. A column's line has the names that it may have, its role (`?`
for a column that may be null) and range, its nouns, then values (texts, superlatives, a flag's adjectives, a date's
participles) and more: `as:` for how a value is said of a row, `none:` for what is said of a row without a value.
A line that begins with `=` is a value computed of two columns.
"""

import re
from dataclasses import dataclass
from typing import get_args

from distil_dagster.teachers.recombination.sql.lexicon.commerce import COMMERCE
from distil_dagster.teachers.recombination.sql.lexicon.health import HEALTH
from distil_dagster.teachers.recombination.sql.lexicon.money import FINANCE
from distil_dagster.teachers.recombination.sql.lexicon.people import EDUCATION, PERSONNEL
from distil_dagster.teachers.recombination.sql.lexicon.pools import POOLS
from distil_dagster.teachers.recombination.sql.lexicon.social import SOCIAL
from distil_dagster.teachers.recombination.sql.model import DECLARED, NUMERIC, TEMPORAL, TEXTUAL, Column, Derived, Role

_COLUMN = re.compile(
    r"(?P<names>\S+) (?P<role>[a-z]+\+?)(?P<null>\??)(?: (?P<low>-?[\d.]+)-(?P<high>[\d.]+))?: (?P<rest>.*)"
)


@dataclass(frozen=True)
class Noun:
    """What a row is called, and how its table is."""

    one: str
    many: str
    table: str


@dataclass(frozen=True)
class Entity:
    """One kind of row: nouns of which a schema takes one, and columns of which it takes some, each under one name."""

    nouns: tuple[Noun, ...]
    is_person: bool
    parents: tuple[str, ...]
    relations: tuple[str, ...]
    self_reference: str
    columns: tuple[tuple[tuple[str, ...], Column], ...]
    derived: tuple[Derived, ...]


def read_entities(text: str) -> tuple[Entity, ...]:
    """The entities of a text in the lexicon's notation; raises ValueError with the line that doesn't follow it."""
    blocks: list[tuple[str, list[str]]] = []
    for line in filter(str.strip, text.splitlines()):
        if line.startswith(" "):
            blocks[-1][1].append(line.strip())
        else:
            blocks.append((line, []))
    return tuple(_entity(head, lines) for head, lines in blocks)


def _entity(head: str, lines: list[str]) -> Entity:
    nouns, *facts = (part.strip() for part in head.split(";"))
    parents: tuple[str, ...] = ()
    relations: tuple[str, ...] = ("of",)
    self_reference = ""
    for fact in facts:
        if fact.startswith("<"):
            parents = _split(fact[1:], ",")
        elif fact.startswith("self "):
            self_reference = fact.removeprefix("self ")
        elif fact != "person":
            relations = _split(fact, "|")
    return Entity(
        tuple(_noun(noun) for noun in nouns.split(", ")),
        "person" in facts,
        parents,
        relations,
        self_reference,
        tuple(_column(line) for line in lines if not line.startswith("=")),
        tuple(_derived(line) for line in lines if line.startswith("=")),
    )


def _noun(text: str) -> Noun:
    spoken, _, table = text.strip().partition("=")
    one, many = spoken.split("/")
    return Noun(one, many, table or many.replace(" ", "_"))


def _column(line: str) -> tuple[tuple[str, ...], Column]:
    found = _COLUMN.fullmatch(line)
    if found is None or found["role"] not in get_args(Role):
        raise ValueError(f"this line of the lexicon describes no column: {line!r}")
    role: Role = found["role"]  # type: ignore[assignment]
    phrases, *more = (part.strip() for part in found["rest"].split("|"))
    remarks = [remark for part in more for remark in part.split("; ") if re.match(r"(as|none):", remark)]
    values = _split(more[0], "[,;]") if more and not re.match(r"(as|none):", more[0]) else ()
    if len(values) == 1 and values[0].startswith("@"):
        values = POOLS[values[0][1:]]
    pair = (*values, "", "")
    names = tuple(found["names"].split(","))
    return names, Column(
        names[0],
        role,
        DECLARED[role],
        required=not found["null"],
        phrases=_split(phrases, ","),
        values=values if role in TEXTUAL else (),
        low=float(found["low"] or 0),
        high=float(found["high"] or 100),
        patterns=tuple(remark[3:].strip() for remark in remarks if remark.startswith("as:")),
        verbs=values if role in TEMPORAL else (),
        yes=pair[0] if role == "flag" else "",
        no=pair[1] if role == "flag" else "",
        missing=tuple(remark[5:].strip() for remark in remarks if remark.startswith("none:")),
        most=pair[0] if role in NUMERIC else "",
        least=pair[1] if role in NUMERIC else "",
    )


def _derived(line: str) -> Derived:
    facts, phrases = line[1:].split(":")
    kind, first, second = facts.split()
    return Derived(kind, first, second, _split(phrases, ","))  # type: ignore[arg-type]


def _split(text: str, separator: str) -> tuple[str, ...]:
    pattern = re.escape(separator) if len(separator) == 1 else separator
    return tuple(part.strip() for part in re.split(pattern, text) if part.strip())


ENTITIES = read_entities(COMMERCE + PERSONNEL + EDUCATION + HEALTH + FINANCE + SOCIAL)
