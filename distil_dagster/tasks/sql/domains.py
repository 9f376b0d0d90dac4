"""From which values the columns of a schema are filled, given what queries say about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from distil_dagster.tasks.sql.candidates import boundary_values, filler_values
from distil_dagster.tasks.sql.facts import ColumnId, Facts
from distil_dagster.tasks.sql.sandbox import Budget, Database
from distil_dagster.tasks.sql.schema import Column, Kind, Table
from distil_dagster.tasks.sql.verdicts import QueryFailure


@dataclass
class Domain:
    """Columns that are compared with each other draw from the same values."""

    boundary: list[Any] = field(default_factory=list)
    fillers: list[Any] = field(default_factory=list)
    hits: list[Any] = field(default_factory=list)
    """Values that fulfil the queries' conditions, as many of them as one value can."""
    parent: ColumnId | None = None
    """A column that has each value once, from which the others draw."""


def make_domains(tables: Sequence[Table], facts: Facts, *, seed: str) -> dict[ColumnId, Domain]:
    """The domain of each column; columns that a query compares with each other share one."""
    columns = {column_id(table, column.name): column for table in tables for column in table.columns}
    uniques = [column_id(table, next(iter(unique))) for table in tables for unique in table.uniques if len(unique) == 1]
    # Conditions come from queries that may be hostile, so they run like one.
    judge = Database("")
    judge.seal()
    budget = Budget()
    domains: dict[ColumnId, Domain] = {}
    for number, group in enumerate(_linked(columns, facts)):
        domain = _domain(
            [columns[member] for member in group], facts, _Judge(judge, budget), Random(f"{seed}\0{number}")
        )
        if len({table for table, _ in group}) > 1:
            domain.parent = next((member for member in uniques if member in group), None)
        domains |= dict.fromkeys(group, domain)
    return domains


def column_id(table: Table, column: str) -> ColumnId:
    """By what `Facts` call a column."""
    return table.name.casefold(), column.casefold()


def _linked(columns: Iterable[ColumnId], facts: Facts) -> Iterable[list[ColumnId]]:
    roots = {column: column for column in columns}

    def root(column: ColumnId) -> ColumnId:
        while roots[column] != column:
            column = roots[column]
        return column

    for first, second in sorted(facts.links):
        roots[root(first)] = root(second)
    groups: dict[ColumnId, list[ColumnId]] = {}
    for column in roots:
        groups.setdefault(root(column), []).append(column)
    return groups.values()


def _domain(columns: Sequence[Column], facts: Facts, judge: "_Judge", random: Random) -> Domain:
    names = {column.name.casefold() for column in columns}
    literals = [value for name, value in facts.literals if name in names or not name]
    patterns = [pattern for name, pattern in facts.patterns if name in names or not name]
    kind = columns[0].kind
    boundary = boundary_values(kind, literals, patterns)
    fillers = filler_values(kind, boundary, random)
    checks = sorted({check for column in columns for check in column.checks})
    if checks:
        boundary = judge.passing(checks, boundary, kind)
        allowed = boundary_values(kind, _literals_of(checks), ())
        fillers = judge.passing(checks, list(dict.fromkeys([*allowed, *fillers])), kind) or fillers
    conditions = sorted(condition for name, condition in facts.conditions if name in names)
    hits: list[Any] = []
    if conditions:
        nothing = [None] if all(column.nullable for column in columns) else []
        values = list(dict.fromkeys([*boundary, *fillers, *nothing]))
        fulfilled = [sum(judged) for judged in judge.judged(conditions, values, kind)]
        hits = [value for value, count in zip(values, fulfilled, strict=True) if count == max(fulfilled)]
    return Domain(boundary, fillers, hits)


class _Judge:
    """Says which conditions, on `it`, a value fulfils."""

    def __init__(self, database: Database, budget: Budget) -> None:
        self._database = database
        self._budget = budget

    def judged(self, conditions: Sequence[str], values: Sequence[Any], kind: Kind) -> list[list[bool]]:
        """For each value, each condition; those that SQLite can't evaluate are left out."""
        # Texts are compared with numbers as text, which only a column of that affinity brings about.
        it = "CAST(column1 AS TEXT)" if kind == "text" else "column1"
        rows = ", ".join(["(?)"] * len(values))
        found: list[list[bool]] = [[] for _ in values]
        for condition in conditions:
            query = f"SELECT ({condition}) <> 0 FROM (SELECT {it} AS it FROM (VALUES {rows}))"
            try:
                answers = self._database.run(query, self._budget, values)
            except QueryFailure:
                continue
            for row, (answer,) in zip(found, answers, strict=True):
                row.append(bool(answer))
        return found

    def passing(self, checks: Sequence[str], values: Sequence[Any], kind: Kind) -> list[Any]:
        """The values that no check refuses."""
        # A CHECK that isn't known to be false passes.
        refusals = [f"NOT ({check})" for check in checks]
        return [
            value
            for value, refused in zip(values, self.judged(refusals, values, kind), strict=True)
            if not any(refused)
        ]


def _literals_of(checks: Sequence[str]) -> list[Any]:
    import sqlglot
    from sqlglot import exp

    trees = [sqlglot.parse_one(check, dialect="sqlite") for check in checks]
    literals = [literal for tree in trees for literal in tree.find_all(exp.Literal)]
    return [str(literal.this) if literal.is_string else float(literal.this) for literal in literals]
