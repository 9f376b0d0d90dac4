"""The seeds' own tables, with what their names and types tell about their columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from distil_dagster.tasks.sql.schema import Table as SqlTable
from distil_dagster.tasks.sql.schema import read_schema
from distil_dagster.teachers.recombination.sql.lexicon import ENTITIES
from distil_dagster.teachers.recombination.sql.model import Column, Role, Table, spoken

_ROLES: tuple[tuple[str, str, Role], ...] = (
    ("INTEGER|REAL", r"year", "year"),
    ("REAL", r"price|rate$|fee$", "price"),
    ("REAL", r"amount|total|salary|gross|net$|vat$|tax$|budget|planned|balance|principal|bonus|fine$|cost", "money"),
    ("INTEGER|REAL", r"rating|score|grade|stars|floor|dose|gpa|points|age$|term", "score"),
    ("INTEGER", r"(_no|_number|_id)$", "reference"),
    ("INTEGER", r"", "count"),
    ("REAL", r"", "measure"),
    ("TEXT", r"(_no|_code|_number|code|email|token|sku|phone)$", "code"),
    ("TEXT", r"content|body|comment|memo|reason|text|note|bio|event|message", "text"),
    ("TEXT", r"name|title|holder|sender|recipient|author|person|surname|borrower|company|reviewer|member$", "label"),
    ("TEXT", r"pupil|vendor|prescriber|doctor|ticker|channel|follow|cashier", "label"),
    ("TEXT", r"", "cat"),
)
"""Declared types, patterns of names, and the role that they speak for; the first that fits decides."""
_RANGES: dict[str, tuple[float, float]] = {
    "money": (50, 5000),
    "price": (5, 500),
    "count": (1, 200),
    "measure": (1, 100),
    "score": (1, 10),
    "year": (2018, 2024),
}
_PEOPLE = {noun.table for entity in ENTITIES if entity.is_person for noun in entity.nouns} | {"staff", "people"}


@dataclass(frozen=True)
class SeedSchema:
    """The tables of one or more seeds, and the ids of these."""

    tables: tuple[Table, ...]
    link: tuple[str, str] | None
    """The child's column and the parent's that it refers to; the parent is the first of two tables."""
    seeds: tuple[str, ...]


def seed_schema(
    schema: str, literals: Mapping[tuple[str, str], Sequence[str]], seeds: Iterable[str]
) -> SeedSchema | None:
    """The tables of a schema; None for more than two, or two that aren't linked by a single column.

    `literals` are texts known of columns, by the names of table and column.
    """
    tables = read_schema(schema)
    found = tuple(_table(table, literals) for table in tables)
    if len(tables) == 1:
        return SeedSchema(found, None, tuple(seeds))
    if len(tables) != 2:
        return None
    for child, parent in ((1, 0), (0, 1)):
        for key in tables[child].foreign_keys:
            if key.parent == tables[parent].name and len(key.columns) == 1:
                return SeedSchema((found[parent], found[child]), (key.columns[0], key.parent_columns[0]), tuple(seeds))
    return None


def _table(table: SqlTable, literals: Mapping[tuple[str, str], Sequence[str]]) -> Table:
    referring = {key.columns[0] for key in table.foreign_keys}
    primary = _primary_key(table)
    columns = []
    for column in table.columns:
        role = _role(column.name, column.declared.upper())
        if column.name in referring:
            role = "reference"
        elif primary == (column.name,) and column.declared.upper() == "INTEGER":
            role = "key"
        yes, no = _adjectives(column.name) if role == "flag" else ("", "")
        low, high = _RANGES.get(role, (0, 100))
        if re.search(r"budget|planned|salary|principal|balance", column.name):
            low, high = 1000, 100000
        columns.append(
            Column(
                column.name,
                role,
                column.declared,
                required=not column.nullable,
                phrases=_phrases(column.name, role),
                values=tuple(dict.fromkeys(literals.get((table.name, column.name), ()))),
                low=low,
                high=high,
                verbs=_verbs(column.name) if role in ("day", "moment") else (),
                yes=yes,
                no=no,
                most="highest" if role not in ("flag", "day", "moment") else "",
                least="lowest" if role not in ("flag", "day", "moment") else "",
            )
        )
    many = spoken(table.name)
    return Table(
        table.name,
        singular(many),
        "staff members" if many == "staff" else many,
        table.name in _PEOPLE,
        tuple(columns),
        primary_key=primary,
    )


def singular(many: str) -> str:
    """The singular of a table's name in words."""
    if many == "staff":
        return "staff member"
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if many.endswith(ending):
            return many.removesuffix(ending) + replacement
    return many


def _primary_key(table: SqlTable) -> tuple[str, ...]:
    # Its set of columns is the last of the uniques; the order in which a key names them is that of the table.
    key = table.uniques[-1] if table.uniques else frozenset()
    return tuple(name for name in table.column_names if name in key)


def _role(name: str, declared: str) -> Role:
    if "BOOL" in declared:
        return "flag"
    if "DATETIME" in declared or "TIMESTAMP" in declared:
        return "moment"
    if declared == "DATE":
        return "day"
    kind = "REAL" if re.search(r"REAL|FLOAT|DOUBLE|NUM|DEC", declared) else "INTEGER" if "INT" in declared else "TEXT"
    return next(role for types, pattern, role in _ROLES if re.search(kind, types) and re.search(pattern, name))


def _phrases(name: str, role: Role) -> tuple[str, ...]:
    done = re.fullmatch(r"(\w+)_(on|at)", name)
    if done and role in ("day", "moment"):
        return (f"{'date' if role == 'day' else 'time'} {done[1].replace('_', ' ')}",)
    if role == "day" and re.fullmatch(r"[a-z]+ed|due", name):
        return (f"{name} date" if name == "due" else f"date {name}",)
    return ("start date",) if name == "since" else (spoken(name),)


def _verbs(name: str) -> tuple[str, ...]:
    done = re.fullmatch(r"([a-z]+ed|taken|given|sent|written|read|due)(_on|_at)?", name)
    return (done[1],) if done else ()


def _adjectives(name: str) -> tuple[str, str]:
    word = re.fullmatch(r"(?:is_)?([a-z]+ed|active|absent|private|urgent|hidden|frozen|public|paid)", name)
    return (word[1], f"that are not {word[1]}") if word else ("", "")
