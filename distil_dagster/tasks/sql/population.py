"""Rows for a schema that tell a query from its near misses.

The sources are random test suites for SQL (Zhong et al. 2020, "Semantic Evaluation for Text-to-SQL with Distilled Test
Suites", section 3, which fuzzes columns around a query's literals) and condition coverage of tests: many rows fulfil
all conditions of a query on single columns, or all but one, so that conjunctions are not empty everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from distil_dagster.tasks.sql.domains import Domain, column_id, make_domains
from distil_dagster.tasks.sql.facts import ColumnId, Facts
from distil_dagster.tasks.sql.profiles import Profile
from distil_dagster.tasks.sql.sandbox import Row
from distil_dagster.tasks.sql.schema import Column, ForeignKey, Table

LARGEST_TABLE = 200
MOST_BOUNDARIES = 80
_FILLED_BLOCK = 30


class Population:
    """Fills databases of one schema for one or several queries."""

    def __init__(self, tables: Sequence[Table], facts: Facts, *, seed: str) -> None:
        """The same tables, facts and seed give the same rows."""
        self._tables = _parents_first(tables)
        self._facts = facts
        self._seed = seed
        self._domains = make_domains(self._tables, facts, seed=seed)
        referred = {key.parent for table in tables for key in table.foreign_keys if key.parent != table.name}
        self._referred = referred | {
            table.name
            for table in tables
            for domain in self._domains.values()
            if domain.parent is not None and domain.parent[0] == table.name.casefold()
        }

    def rows(self, profile: Profile) -> dict[str, tuple[Sequence[str], list[Row]]]:
        """Columns and rows of each table, parents before their children."""
        random = Random(f"{self._seed}\0{profile.name}")
        filling = _Filling(self._facts, self._domains, self._referred, profile, random)
        for table in self._tables:
            filling.add(table)
        return filling.tables


class _Filling:
    """The rows of one database, table by table."""

    def __init__(
        self,
        facts: Facts,
        domains: Mapping[ColumnId, Domain],
        referred: set[str],
        profile: Profile,
        random: Random,
    ) -> None:
        self.tables: dict[str, tuple[Sequence[str], list[Row]]] = {}
        self._facts = facts
        self._domains = domains
        self._referred = referred
        self._profile = profile
        self._random = random
        self._pools: dict[int, list[Any]] = {}
        self._keyed: dict[str, list[dict[str, Any]]] = {}
        self._blocks = counted_blocks(facts.counts) if profile.counted else []
        self._singled_out = _boundaries(domains) if profile.each_boundary else []
        if self._singled_out:
            self._blocks = list(range(len(self._singled_out)))

    def add(self, table: Table) -> None:
        columns = {column.name: self._values_of(table, column) for column in table.columns}
        names = table.column_names
        rows: list[dict[str, Any]] = []
        size = self._size(table)
        unique = frozenset().union(*table.uniques)
        for number in range(size):
            row = self._row(table, columns, number)
            for key in table.foreign_keys:
                self._refer(table, key, row, rows, number)
            if rows and self._random.random() < self._profile.copies:
                row = {name: row[name] if name in unique else rows[-1][name] for name in names}
            rows.append(row)
        self._keyed[table.name] = rows
        self.tables[table.name] = (names, [tuple(row[name] for name in names) for row in rows])

    def _size(self, table: Table) -> int:
        profile = self._profile
        if profile.without_children and (table.foreign_keys or self._draws_from_parent(table)):
            return 0
        if profile.counted:
            return len(self._blocks) if self._is_counted(table) else self._blocks[-1] + 3
        if self._singled_out:
            return len(self._singled_out)
        rows = profile.rows
        if profile.is_large and self._facts.limit:
            rows = min(max(rows, 3 * self._facts.limit), LARGEST_TABLE)
        # Fewer parents than children, so that several children share one.
        return max(1, rows // 2) if rows and table.name in self._referred and not table.foreign_keys else rows

    def _is_counted(self, table: Table) -> bool:
        """Whether the rows of this table form the groups of counted sizes, rather than being what they refer to."""
        if table.foreign_keys or self._draws_from_parent(table) or table.name not in self._referred:
            return True
        return self._profile.counted == "all" and any(
            name.casefold() in self._facts.grouped and {name} not in table.uniques for name in table.column_names
        )

    def _draws_from_parent(self, table: Table) -> bool:
        parents = (self._domains[column_id(table, name)].parent for name in table.column_names)
        return any(parent is not None and parent[0] != table.name.casefold() for parent in parents)

    def _row(self, table: Table, columns: Mapping[str, "_Values"], number: int) -> dict[str, Any]:
        draw = self._random.random()
        guided = [name for name, values in columns.items() if values.hits]
        if self._blocks or draw < 0.35:
            missed = None
        elif draw < 0.75 and guided:
            missed = self._random.choice(guided)
            guided.remove(missed)
        else:
            guided = []
        row = {}
        for column in table.columns:
            values = columns[column.name]
            if values.unique:
                row[column.name] = values.pool[number] if number < len(values.pool) else None
            elif column.nullable and self._random.random() < self._profile.nulls:
                row[column.name] = None
            elif self._blocks and values.blocked and number < len(self._blocks):
                row[column.name] = values.pool[self._blocks[number] % len(values.pool)]
            else:
                row[column.name] = values.draw(self._random, hit=column.name in guided)
        if self._singled_out:
            identity, value = self._singled_out[number]
            for column in table.columns:
                fits = value is not None or column.nullable
                if identity == column_id(table, column.name) and fits and not columns[column.name].unique:
                    row[column.name] = value
        return row

    def _refer(
        self, table: Table, key: ForeignKey, row: dict[str, Any], earlier: Sequence[Mapping[str, Any]], number: int
    ) -> None:
        """Let the row's foreign key point to a row of its parent, or to none if the key may be null."""
        optional = all(column.nullable for column in table.columns if column.name in key.columns)
        if key.parent == table.name:
            known: Sequence[Mapping[str, Any]] = earlier or [row]
            if optional and (not earlier or self._random.random() < 0.2):
                row.update(dict.fromkeys(key.columns))
                return
        elif key.parent in self.tables:
            known = self._keyed[key.parent]
        else:
            return
        if optional and (not known or self._random.random() < self._profile.nulls):
            row.update(dict.fromkeys(key.columns))
        elif known:
            chosen = (
                known[self._blocks[number] % len(known)]
                if self._blocks and number < len(self._blocks)
                else (known[_skewed(len(known), self._random)])
            )
            row.update(
                {column: chosen.get(source) for column, source in zip(key.columns, key.parent_columns, strict=True)}
            )

    def _values_of(self, table: Table, column: Column) -> "_Values":
        identity = column_id(table, column.name)
        domain = self._domains[identity]
        unique = any(key == {column.name} for key in table.uniques)
        if unique:
            return _Values(self._distinct(domain, column), [], unique=True)
        if domain.parent is not None and domain.parent != identity:
            parent = next((name for name in self.tables if name.casefold() == domain.parent[0]), None)
            if parent is not None:
                names, rows = self.tables[parent]
                position = [name.casefold() for name in names].index(domain.parent[1])
                known = [row[position] for row in rows if row[position] is not None]
                if known:
                    return _Values(known, [], strays=(domain.fillers, self._profile.strays), skewed=True, blocked=True)
        pool = self._pool(domain)
        hits = [value for value in domain.hits if self._profile.boundary or value in domain.fillers]
        few = self._profile.variety is not None
        hits = [value for value in pool if value in hits] or hits[:1] if few else hits
        blocked = column.name.casefold() in self._facts.grouped and self._is_counted(table)
        near = domain.boundary if self._profile.boundary and not few else []
        return _Values(pool, hits, near=near, once=not few and (not hits or len(hits) > 8), skewed=few, blocked=blocked)

    def _pool(self, domain: Domain) -> list[Any]:
        if id(domain) not in self._pools:
            boundary = domain.boundary if self._profile.boundary else []
            values = list(dict.fromkeys([*boundary, *domain.fillers]))
            if self._profile.variety is not None and len(values) > self._profile.variety:
                hits = [value for value in domain.hits if value is not None and value in values]
                first = self._random.sample(hits, min(len(hits), max(1, self._profile.variety // 2)))
                near = [value for value in boundary if value not in first]
                near = self._random.sample(near, min(len(near), max(1, self._profile.variety // 2)))
                rest = self._random.sample(values, self._profile.variety)
                values = list(dict.fromkeys([*first, *near, *rest]))[: self._profile.variety]
            self._pools[id(domain)] = values
        return self._pools[id(domain)]

    def _distinct(self, domain: Domain, column: Column) -> list[Any]:
        """Values for a unique column: those around literals among the first, then as many as any table needs."""
        first = [value for value in domain.boundary if value is not None] if self._profile.boundary else []
        if column.kind in {"integer", "real"}:
            low = 1 if all(value >= 0 for value in first if isinstance(value, int | float)) else -5
            rest: list[Any] = list(range(low, low + LARGEST_TABLE + 20))
            if column.checks:
                rest = [*domain.fillers]
        elif column.kind == "text" and not column.checks:
            rest = [*domain.fillers, *(f"{value} {number}" for number in range(8) for value in domain.fillers[:25])]
        else:
            rest = [*domain.fillers]
        head = list(dict.fromkeys([*first, *rest[:6]]))
        self._random.shuffle(head)
        return list(dict.fromkeys([*head, *rest]))


@dataclass
class _Values:
    """From what one column of one database is drawn."""

    pool: list[Any]
    hits: list[Any]
    near: list[Any] = field(default_factory=list)
    """Values around literals, of which the pool may have few among many."""
    unique: bool = False
    once: bool = False
    """Avoid repeating a value as long as others are left."""
    skewed: bool = False
    """Let the first values of the pool be much more frequent, so that groups differ in size."""
    blocked: bool = False
    """Takes part in groups of counted sizes."""
    strays: tuple[list[Any], float] = ((), 0.0)  # type: ignore[assignment]
    _used: set[Any] = field(default_factory=set)

    def draw(self, random: Random, *, hit: bool) -> Any:
        others, share = self.strays
        if share and random.random() < share:
            return random.choice(others)
        source = self.hits if hit else self.near if self.near and random.random() < 0.4 else self.pool
        if not source:
            return None
        if self.skewed and not hit:
            return source[_skewed(len(source), random)]
        value = random.choice(source)
        if self.once:
            for _ in range(6):
                if value not in self._used:
                    break
                value = random.choice(source)
            self._used.add(value)
        return value


def _boundaries(domains: Mapping[ColumnId, Domain]) -> list[tuple[ColumnId, Any]]:
    """Each value around a literal, with the column that gets it; columns with conditions first, in case of too many."""
    columns = sorted(domains, key=lambda column: not domains[column].hits)
    found = [(column, value) for column in columns for value in [*domains[column].boundary, None]]
    return [(column, value) for column, value in found if domains[column].boundary][:MOST_BOUNDARIES]


def _skewed(size: int, random: Random) -> int:
    """An index below `size`, small ones more often: shares fall by a third from one to the next."""
    return min(int(random.expovariate(0.4)), size - 1) if random.random() < 0.7 else random.randrange(size)


def counted_blocks(counts: frozenset[int]) -> list[int]:
    """The group of each row, so that for each count k there are groups of k - 1, k and k + 1 rows."""
    sizes = [
        size for count in sorted(counts)[:3] if 0 < count <= _FILLED_BLOCK for size in (count, count + 1, count - 1)
    ]
    return [group for group, size in enumerate(filter(None, sizes)) for _ in range(size)]


def _parents_first(tables: Sequence[Table]) -> list[Table]:
    ordered: list[Table] = []
    waiting = list(tables)
    while waiting:
        placed = {table.name for table in ordered}
        ready = [
            table for table in waiting if all(key.parent in placed | {table.name} for key in table.foreign_keys)
        ] or waiting[:1]
        # A key that nothing declares as foreign still has to be there before it is drawn from.
        ready.sort(key=lambda table: not any(len(unique) == 1 for unique in table.uniques))
        ordered += ready
        waiting = [table for table in waiting if table not in ready]
    return ordered
