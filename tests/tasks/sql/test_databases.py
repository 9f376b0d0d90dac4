"""The databases that are made for a query: they keep the schema's promises and hold what the query asks about."""

from __future__ import annotations

import sqlite3

import pytest

from distil_dagster.tasks.sql.answers import same_order, same_rows
from distil_dagster.tasks.sql.facts import parse_query, query_facts
from distil_dagster.tasks.sql.population import Population
from distil_dagster.tasks.sql.profiles import PROFILES
from distil_dagster.tasks.sql.sandbox import Database, Row
from distil_dagster.tasks.sql.schema import read_schema
from tests.tasks.sql.pairs import SHOP

STRICT = """
CREATE TABLE rooms (code TEXT PRIMARY KEY, floor INTEGER NOT NULL CHECK (floor BETWEEN 0 AND 3), kind TEXT NOT NULL
    CHECK (kind IN ('office', 'lab')), opened DATE CHECK (opened >= '2001-01-01'));
CREATE TABLE bookings (id INTEGER PRIMARY KEY, room TEXT NOT NULL REFERENCES rooms(code), slot INTEGER NOT NULL,
    start_hour INTEGER, end_hour INTEGER, earlier INTEGER REFERENCES bookings(id), UNIQUE (room, slot),
    CHECK (end_hour > start_hour));
"""
QUERY = (
    "SELECT b.id FROM bookings b JOIN rooms r ON r.code = b.room WHERE r.floor = 2 AND r.kind = 'lab' "
    "AND r.opened > '2010-06-30' AND b.start_hour >= 9"
)


def populate(schema: str, query: str) -> dict[str, dict[str, list[Row]]]:
    """The rows of each table of each database."""
    tables = read_schema(schema)
    population = Population(tables, query_facts(parse_query(query), tables), seed="test")
    found = {}
    for profile in PROFILES:
        if not profile.counted:
            database = Database(schema)
            database.fill(population.rows(profile))
            found[profile.name] = {table.name: database.contents(table.name, table.column_names) for table in tables}
    return found


@pytest.mark.parametrize(("schema", "query"), [(STRICT, QUERY), (SHOP, "SELECT id FROM customers WHERE age > 3")])
class TestConstraints:
    def test_every_row_may_stand_in_a_database_that_enforces_everything(self, schema: str, query: str) -> None:
        for tables in populate(schema, query).values():
            connection = sqlite3.connect(":memory:", isolation_level=None)
            connection.executescript(schema)
            for name, rows in tables.items():
                for row in rows:
                    connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    def test_no_table_is_empty_but_where_it_shall_be(self, schema: str, query: str) -> None:
        for profile, tables in populate(schema, query).items():
            sizes = {name: len(rows) for name, rows in tables.items()}
            if profile == "empty":
                assert not any(sizes.values())
            elif profile != "no children":
                assert all(sizes.values()), (profile, sizes)

    def test_the_same_seed_gives_the_same_rows(self, schema: str, query: str) -> None:
        assert populate(schema, query) == populate(schema, query)


class TestContents:
    def test_values_around_literals_occur(self) -> None:
        ages = {
            row[3]
            for tables in populate(SHOP, "SELECT id FROM customers WHERE age > 30").values()
            for row in tables["customers"]
        }
        assert {29, 30, 31, None} <= ages

    def test_there_are_parents_without_children_and_children_without_parents(self) -> None:
        query = "SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id"
        childless = strays = False
        for tables in populate(SHOP, query).values():
            parents = {row[0] for row in tables["customers"]}
            referred = {row[1] for row in tables["orders"]}
            childless = childless or bool(tables["orders"] and parents - referred)
            strays = strays or None in referred
        assert childless
        assert strays

    def test_some_databases_lack_the_literals(self) -> None:
        databases = populate(SHOP, "SELECT id FROM customers WHERE city = 'Oslo'")
        with_oslo = [any(row[2] == "Oslo" for row in tables["customers"]) for tables in databases.values()]
        assert any(with_oslo)
        assert not all(with_oslo)

    def test_conjunctions_of_many_conditions_are_fulfilled(self) -> None:
        database = Database(STRICT)
        tables = read_schema(STRICT)
        population = Population(tables, query_facts(parse_query(QUERY), tables), seed="test")
        database.fill(population.rows(next(profile for profile in PROFILES if profile.name == "ties")))
        assert database.inspect(QUERY)


class TestAnswers:
    @pytest.mark.parametrize(
        ("left", "right", "same"),
        [
            ([(1, "a"), (2, "b")], [(2.0, "b"), (1.0, "a")], True),
            ([(1.0,), (1.0,)], [(1.0,), (1.0000000001,)], True),
            ([(0.1 + 0.2,), (5,)], [(5,), (0.3,)], True),
            ([(1.0,)], [(1.001,)], False),
            ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False),
            ([(None,)], [(None,)], True),
            ([(None,)], [(0,)], False),
            ([("1",)], [(1,)], False),
            ([(1, 2)], [(2, 1)], False),
            ([(1,)], [(1, 1)], False),
            ([], [], True),
        ],
    )
    def test_rows_are_compared_as_often_as_they_occur(self, left: list[Row], right: list[Row], same: bool) -> None:
        assert same_rows(left, right) == same
        assert same_rows(right, left) == same

    def test_rows_of_a_tie_may_change_places_and_no_others(self) -> None:
        rows: list[Row] = [("a", 1), ("b", 1), ("c", 2)]
        assert same_order(rows, [rows[1], rows[0], rows[2]], [2, 1])
        assert not same_order(rows, [rows[0], rows[2], rows[1]], [2, 1])
        assert not same_order(rows, [rows[1], rows[0], rows[2]], [1, 1, 1])
