"""Whether a query fits a schema, without running it: what every row of a task folder is checked for."""

import sqlite3

_SAFE = {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_FUNCTION,
}
"""What CREATE TABLE and a query need, inserts into SQLite's own tables included; nothing that reaches a file."""


def prepare_problems(schema: str, query: str) -> list[str]:
    """Why a query can't be prepared on the empty tables of a schema, one sentence each. Nothing is executed.

    `query_problems` goes further, and runs it on populated databases.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _SAFE else sqlite3.SQLITE_DENY)
    try:
        connection.executescript(schema)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return [f"the schema doesn't run: {error}"]
    try:
        connection.execute(f"EXPLAIN {query}")
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return [f"the query doesn't fit the schema: {error}"]
    finally:
        connection.close()
    return []
