"""An in-memory database that hostile SQL can read and nothing else, within limits of time, memory and rows."""

import re
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from distil_dagster.tasks.sql.fixed_functions import LONGEST_TEXT, fix_functions
from distil_dagster.tasks.sql.verdicts import QueryFailure, Verdict

SECONDS = 1.0
"""CPU time that one query may take on all its databases together."""
HEAP_BYTES = 100_000_000
LONGEST_QUERY = 50_000
"""Characters."""
MOST_ROWS = 10_000
MOST_ANSWER_BYTES = 8_000_000

Row = tuple[Any, ...]

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_TEXT,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4 * LONGEST_QUERY,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_FORBIDDEN_FUNCTIONS = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "lsmode"}
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_OUTSIDE = {
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
    sqlite3.SQLITE_PRAGMA,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_FUNCTION,
}
_CREATING = {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
}
_FIRST_WORD = re.compile(r"(?:\s|;|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)
_QUERY_WORDS = {"select", "with", "values"}
_FORBIDDEN_WORDS = {
    *("attach", "detach", "pragma", "vacuum", "begin", "commit", "end", "rollback", "savepoint", "release"),
}
_WRITING_WORDS = {"insert", "replace", "update", "delete", "create", "drop", "alter", "reindex", "analyze"}
_OPERATIONS_BETWEEN_CHECKS = 2_000


class Budget:
    """The CPU time of one query, over all databases it runs on."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.process_time() + seconds

    def is_spent(self) -> bool:
        """Whether the time is over."""
        return time.process_time() > self._end


class _Guard:
    """What SQLite asks before it prepares anything; not part of `Database`, as a circle would keep its memory."""

    def __init__(self) -> None:
        self.denied: tuple[int, str, str] | None = None
        """The last action that wasn't allowed, and its two names."""

    def may_create(self, action: int, name: str | None, second: str | None, *_: str | None) -> int:
        bookkeeping = action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE) and str(
            name
        ).startswith("sqlite_")
        return self._decide(action in _CREATING or bookkeeping, action, name, second)

    def may_read(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        harmless = action == sqlite3.SQLITE_FUNCTION and second not in _FORBIDDEN_FUNCTIONS
        return self._decide(action in _READING or harmless, action, first, second)

    def _decide(self, allowed: bool, action: int, first: str | None, second: str | None) -> int:
        if allowed:
            return sqlite3.SQLITE_OK
        self.denied = (action, first or "", second or "")
        return sqlite3.SQLITE_DENY


class Database:
    """One in-memory SQLite database: made from a schema, filled once, then only read."""

    def __init__(self, schema: str) -> None:
        """Raises QueryFailure unless `schema` is CREATE TABLE and CREATE INDEX statements that SQLite runs."""
        self._guard = _Guard()
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        for category, limit in _LIMITS.items():
            self._connection.setlimit(category, limit)
        # No sorting in files, whatever its size; and one limit of the heap for all connections of the process.
        self._connection.execute("PRAGMA temp_store = MEMORY")
        self._connection.execute(f"PRAGMA hard_heap_limit = {HEAP_BYTES}")
        self._connection.set_authorizer(self._guard.may_create)
        try:
            self._connection.executescript(schema)
        except (sqlite3.Error, sqlite3.Warning, ValueError, MemoryError) as error:
            raise self._failure(error, Budget()) from error
        self._connection.set_authorizer(None)

    def __del__(self) -> None:
        # A connection and its cache of statements hold each other; all share one limit of memory, so none may linger.
        self._connection.close()

    def inspect(self, statement: str, *arguments: Any) -> list[Row]:
        """The rows of one of our own statements, before the database is sealed."""
        return self._connection.execute(statement, arguments).fetchall()

    def fill(self, tables: Mapping[str, tuple[Sequence[str], Iterable[Row]]]) -> None:
        """Insert the rows of each table (its columns' names, then rows); those against a constraint are left out.

        Rows that refer to no row of their parent are removed afterwards, as foreign keys may run in circles.
        """
        self._connection.execute("BEGIN")
        for name, (columns, rows) in tables.items():
            names = ", ".join(quoted(column) for column in columns)
            marks = ", ".join("?" * len(columns))
            self._connection.executemany(f"INSERT OR IGNORE INTO {quoted(name)} ({names}) VALUES ({marks})", rows)
        while orphans := [row for row in self._orphans() if row[1] is not None]:
            for table, rowid, *_ in orphans:
                self._connection.execute(f"DELETE FROM {quoted(table)} WHERE rowid = ?", (rowid,))
        self._connection.execute("COMMIT")

    def _orphans(self) -> list[Row]:
        try:
            return self._connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.OperationalError:  # a foreign key to something that isn't a key: SQLite can't check it
            return []

    def seal(self) -> None:
        """Fix the functions and allow only reading from now on."""
        fix_functions(self._connection)
        self._connection.set_authorizer(self._guard.may_read)

    def contents(self, table: str, columns: Sequence[str]) -> list[Row]:
        """All rows of a table."""
        names = ", ".join(quoted(column) for column in columns)
        return self._connection.execute(f"SELECT {names} FROM {quoted(table)}").fetchall()

    def run(self, query: str, budget: Budget, arguments: Sequence[Any] = ()) -> list[Row]:
        """The rows that a query returns; raises QueryFailure where it may not or can't be run."""
        self._guard.denied = None
        self._connection.set_progress_handler(budget.is_spent, _OPERATIONS_BETWEEN_CHECKS)
        try:
            cursor = self._connection.execute(query, arguments)
            if cursor.description is None:
                raise QueryFailure("invalid", "It returns no columns.")
            return _limited(cursor)
        except (sqlite3.Error, sqlite3.Warning, ValueError, MemoryError) as error:
            raise self._failure(error, budget) from error
        finally:
            self._connection.set_progress_handler(None, 0)

    def _failure(self, error: BaseException, budget: Budget) -> QueryFailure:
        message = str(error)
        if self._guard.denied is not None:
            action, table, name = self._guard.denied
            # So does SQLite set up the columns of a table-valued function.
            if (action, table) == (sqlite3.SQLITE_UPDATE, "sqlite_master"):
                return QueryFailure("forbidden", "It uses a table-valued function.")
            if action in _OUTSIDE:
                return QueryFailure("forbidden", f"It does what a query may not do ({name or message}).")
            return QueryFailure("write_attempt", "It changes the database.")
        verdict = "timeout" if "interrupted" in message and budget.is_spent() else _verdict(error, message)
        return QueryFailure(verdict, f"SQLite says: {message.rstrip('.') or 'out of memory'}.")


def check_statement(query: str) -> None:
    """Raise QueryFailure for what isn't a query by its length or its first word."""
    if len(query) > LONGEST_QUERY:
        raise QueryFailure("too_large", f"It is longer than {LONGEST_QUERY:,} characters.")
    first = _FIRST_WORD.match(query)
    word = first[1].casefold() if first else ""
    if word in _FORBIDDEN_WORDS:
        raise QueryFailure("forbidden", f"{word.upper()} is no query.")
    if word in _WRITING_WORDS:
        raise QueryFailure("write_attempt", f"{word.upper()} is no query.")
    if word not in _QUERY_WORDS:
        raise QueryFailure("invalid", "It doesn't begin like a query.")


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def _limited(cursor: sqlite3.Cursor) -> list[Row]:
    rows: list[Row] = []
    size = 0
    for row in cursor:
        rows.append(row)
        size += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
        if len(rows) > MOST_ROWS or size > MOST_ANSWER_BYTES:
            raise QueryFailure("too_large", f"It returns more than {MOST_ROWS:,} rows or {MOST_ANSWER_BYTES:,} bytes.")
    return rows


def _verdict(error: BaseException, message: str) -> Verdict:
    unknown = re.match(r"no such (table|column|function): (.*)", message)
    if unknown and unknown[1] == "function":
        return "forbidden" if unknown[2].casefold() in _FORBIDDEN_FUNCTIONS else "invalid"
    if unknown:
        return "unknown_name"
    if "one statement at a time" in message:
        return "forbidden"
    large = ("too big", "too large", "too long", "too many", "too complex", "out of memory", "user-defined aggregate")
    if isinstance(error, MemoryError) or any(words in message for words in large):
        return "too_large"
    return "invalid"
