"""The seeds of a task as queries over schemas, with what they say of the columns' values."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distil_dagster.tasks import Row
from distil_dagster.tasks.answer_forms.sql import acceptable_queries
from distil_dagster.tasks.sql import sql_question
from distil_dagster.tasks.sql.facts import parse_query, query_facts
from distil_dagster.tasks.sql.schema import read_schema
from distil_dagster.tasks.sql.verdicts import QueryFailure
from distil_dagster.teachers.recombination.sql.lexicon import ENTITIES
from distil_dagster.teachers.recombination.sql.seed_schemas import SeedSchema, seed_schema

if TYPE_CHECKING:
    from sqlglot import exp

LIKE_NAMED: dict[str, list[tuple[str, ...]]] = defaultdict(list)
"""Texts that the lexicon's columns hold, by name."""
for _entity in ENTITIES:
    for _names, _column in _entity.columns:
        for _name in _names:
            LIKE_NAMED[_name].append(_column.values)
SAFE = {
    *(
        "name",
        "full_name",
        "username",
        "city",
        "country",
        "department",
        "weekday",
        "surname",
        "first_name",
        "last_name",
    ),
    *(
        "holder",
        "borrower_name",
        "author",
        "reviewer",
        "pupil",
        "patient_name",
        "staff_name",
        "company",
        "member",
        "person",
    ),
    *("category", "brand", "blood_type", "vendor", "prescriber", "subject", "semester", "language"),
}
"""Names that mean the same in any table."""


@dataclass(frozen=True)
class Seed:
    """One seed that can be read."""

    id: str
    schema: str
    question: str
    query: str
    tree: "exp.Query"
    in_context: bool
    """Whether the schema stands in the row's context."""


def read_seeds(rows: Sequence[Row]) -> list[Seed]:
    """The rows whose schema SQLite runs and whose first query sqlglot reads."""
    seeds = []
    for row in rows:
        try:
            asked = sql_question(row)
            read_schema(asked.schema)
            query = next(iter(acceptable_queries(row.answer)))
        except (ValueError, QueryFailure, StopIteration):
            continue
        tree = parse_query(query)
        if tree is not None:
            seeds.append(Seed(row.id, asked.schema, asked.question, query, tree, bool(row.context)))
    return seeds


def seed_schemas(seeds: Sequence[Seed]) -> list[SeedSchema]:
    """The seeds' schemas, each once, with the texts that their queries compare the columns with."""
    by_schema: dict[str, list[Seed]] = defaultdict(list)
    for seed in seeds:
        by_schema[seed.schema].append(seed)
    found = []
    for schema, users in by_schema.items():
        tables = read_schema(schema)
        literals: dict[tuple[str, str], list[str]] = defaultdict(list)
        for seed in users:
            facts = query_facts(seed.tree, tables)
            for name, value in sorted(facts.literals, key=repr):
                owners = [table.name for table in tables if name in map(str.casefold, table.column_names)]
                if isinstance(value, str) and name and len(owners) == 1:
                    literals[owners[0], name].append(value)
        for table in tables:
            for name in table.column_names:
                # A column of the lexicon with the same name may hold the same, and says more of it than a few queries.
                known = literals[table.name, name]
                options = LIKE_NAMED.get(name, [])
                nearest = max(options, key=lambda texts: len(set(texts) & set(known)), default=())
                if name in SAFE or set(nearest) & set(known):
                    known += nearest
        read = seed_schema(schema, literals, [seed.id for seed in users])
        if read is not None:
            found.append(read)
    return found
