"""The tables of a schema as SQLite understands it: columns, what they hold, keys and checks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from distil_dagster.tasks.sql.sandbox import Database, quoted

if TYPE_CHECKING:
    from sqlglot import exp

Kind = Literal["boolean", "integer", "real", "text", "date", "datetime", "time", "blob"]

_DECLARED: tuple[tuple[str, Kind], ...] = (
    ("BOOL", "boolean"),
    ("DATETIME", "datetime"),
    ("TIMESTAMP", "datetime"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("INT", "integer"),
    ("SERIAL", "integer"),
    ("YEAR", "integer"),
    ("CHAR", "text"),
    ("TEXT", "text"),
    ("CLOB", "text"),
    ("STRING", "text"),
    ("UUID", "text"),
    ("JSON", "text"),
    ("BLOB", "blob"),
    ("BINARY", "blob"),
)
"""Parts of a declared type, in the order in which they decide; anything else holds numbers with a fraction."""
_MOMENT = re.compile(r"(^|_)(timestamp|datetime)$|_at$")
_DAY = re.compile(r"(^|_)(date|day|birthday|dob)$|_on$")


@dataclass(frozen=True)
class Column:
    """One column that can be filled."""

    name: str
    declared: str
    """Its type as the schema writes it."""
    kind: Kind
    nullable: bool
    checks: tuple[str, ...]
    """The CHECK conditions that name no other column."""


@dataclass(frozen=True)
class ForeignKey:
    """Columns that together refer to columns of a parent table."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table; `uniques` are its sets of columns that no two rows share, the primary key among them."""

    name: str
    columns: tuple[Column, ...]
    uniques: tuple[frozenset[str], ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the order of the table."""
        return tuple(column.name for column in self.columns)


@lru_cache(maxsize=64)
def read_schema(schema: str) -> tuple[Table, ...]:
    """The tables that the statements create; raises QueryFailure where SQLite doesn't run them."""
    database = Database(schema)
    names = database.inspect(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    checks = _single_column_checks(schema)
    columns_of = {name: database.inspect("SELECT * FROM pragma_table_info(?)", name) for (name,) in names}
    primary_keys = {
        name: tuple(row[1] for row in sorted(rows, key=lambda row: int(row[5])) if row[5])
        for name, rows in columns_of.items()
    }
    by_folded_name = {name.casefold(): name for name in columns_of}
    tables = []
    for name, rows in columns_of.items():
        columns = tuple(
            Column(
                column,
                declared,
                _kind(declared, column),
                nullable=not not_null and not key,
                checks=checks.get((name.casefold(), column.casefold()), ()),
            )
            for _, column, declared, not_null, _, key in rows
        )
        tables.append(
            Table(
                name,
                columns,
                uniques=(*_uniques(database, name), *([frozenset(primary_keys[name])] if primary_keys[name] else [])),
                foreign_keys=tuple(_foreign_keys(database, name, by_folded_name, primary_keys)),
            )
        )
    return tuple(tables)


def without_keys(tables: Sequence[Table]) -> str:
    """A schema of the same columns without any key or check, so that rows keep the order in which they are inserted."""
    statements = []
    for table in tables:
        columns = ", ".join(f"{quoted(column.name)} {column.declared}" for column in table.columns)
        statements.append(f"CREATE TABLE {quoted(table.name)} ({columns});")
    return "\n".join(statements)


def _kind(declared: str, name: str) -> Kind:
    kind: Kind = next((kind for part, kind in _DECLARED if part in declared.upper()), "real")
    if kind == "text" or not declared:
        if _MOMENT.search(name.casefold()):
            return "datetime"
        if _DAY.search(name.casefold()):
            return "date"
        return "text"
    return kind


def _uniques(database: Database, table: str) -> Iterator[frozenset[str]]:
    for _, index, unique, _, partial in database.inspect("SELECT * FROM pragma_index_list(?)", table):
        columns = [row[2] for row in database.inspect("SELECT * FROM pragma_index_info(?)", index)]
        if unique and not partial and None not in columns:
            yield frozenset(columns)


def _foreign_keys(
    database: Database, table: str, names: dict[str, str], primary_keys: dict[str, tuple[str, ...]]
) -> Iterator[ForeignKey]:
    rows = database.inspect(
        f'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list({quoted(table)}) ORDER BY id, seq'
    )
    for number in dict.fromkeys(row[0] for row in rows):
        parts = [row for row in rows if row[0] == number]
        parent = names.get(parts[0][1].casefold())
        if parent is None:
            continue
        to = tuple(row[3] for row in parts) if parts[0][3] is not None else primary_keys[parent]
        if len(to) == len(parts):
            yield ForeignKey(tuple(row[2] for row in parts), parent, to)


def _single_column_checks(schema: str) -> dict[tuple[str, str], tuple[str, ...]]:
    import sqlglot
    from sqlglot import exp

    found: dict[tuple[str, str], tuple[str, ...]] = {}
    try:
        statements = sqlglot.parse(schema, dialect="sqlite")
    except (sqlglot.errors.SqlglotError, RecursionError):  # then SQLite alone enforces them, when rows are inserted
        return found
    for statement in statements:
        if not isinstance(statement, exp.Create):
            continue
        table = statement.find(exp.Table)
        for check in statement.find_all(exp.CheckColumnConstraint):
            columns = {column.name.casefold() for column in check.find_all(exp.Column)}
            if table is not None and len(columns) == 1:
                key = (table.name.casefold(), columns.pop())
                found[key] = (*found.get(key, ()), condition_of_one_column(check.this))
    return found


def condition_of_one_column(condition: "exp.Expr") -> str:
    """The condition with its column called `it`."""
    from sqlglot import exp

    renamed = condition.transform(lambda node: exp.column("it") if isinstance(node, exp.Column) else node)
    return renamed.sql(dialect="sqlite")
