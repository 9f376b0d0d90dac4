"""Predictions judged by what they return: pairs by hand, and relations that hold for all queries."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from distil_dagster.tasks.sql import BadReference, execution_match
from tests.tasks.sql.pairs import EQUIVALENT, NEAR_MISSES, SHOP, STAFF, Pair


def about(pair: Pair) -> str:
    return pair.about


class TestPairs:
    @pytest.mark.parametrize("pair", EQUIVALENT, ids=about)
    def test_another_way_to_ask_the_same_matches(self, pair: Pair) -> None:
        assert execution_match(pair.schema, pair.reference, pair.prediction).verdict == "match"

    @pytest.mark.parametrize("pair", NEAR_MISSES, ids=about)
    def test_a_near_miss_has_a_different_result(self, pair: Pair) -> None:
        verdict = execution_match(pair.schema, pair.reference, pair.prediction)
        assert (verdict.verdict, verdict.matches) == ("different_result", False)

    @pytest.mark.parametrize("pair", [*EQUIVALENT, *NEAR_MISSES], ids=about)
    def test_every_query_matches_itself(self, pair: Pair) -> None:
        for query in (pair.reference, pair.prediction):
            assert execution_match(pair.schema, query, query).matches

    @pytest.mark.parametrize(
        "pair", [pair for pair in [*EQUIVALENT, *NEAR_MISSES] if "ORDER BY" not in pair.reference], ids=about
    )
    def test_it_does_not_matter_which_is_the_reference(self, pair: Pair) -> None:
        there = execution_match(pair.schema, pair.reference, pair.prediction).matches
        unordered = pair.prediction.split(" ORDER BY ")[0] if pair.prediction.endswith("name") else pair.prediction
        assert execution_match(pair.schema, unordered, pair.reference).matches == there


@dataclass(frozen=True)
class Condition:
    """A comparison of one column of customers (c) or orders (o)."""

    column: str
    operator: str
    value: int | str

    def sql(self, aliases: dict[str, str]) -> str:
        owner, name = self.column.split(".")
        value = f"'{self.value}'" if isinstance(self.value, str) else self.value
        return f"{aliases[owner]}.{name} {self.operator} {value}"


numbers = st.integers(-5, 5_000)
cities = st.text("abcdefgh ", min_size=3, max_size=8).filter(lambda text: text == text.strip())
days = st.dates().map(str)
conditions = st.one_of(
    st.builds(Condition, st.just("c.age"), st.sampled_from(["<", "<=", ">", ">=", "="]), numbers),
    st.builds(Condition, st.just("o.amount"), st.sampled_from(["<", "<=", ">", ">="]), numbers),
    st.builds(Condition, st.just("c.city"), st.just("="), cities),
    st.builds(Condition, st.just("c.joined"), st.sampled_from(["<", "<=", ">", ">=", "="]), days),
)
conjunctions = st.lists(conditions, min_size=1, max_size=3, unique_by=lambda condition: condition.column)
names = st.lists(st.sampled_from(["a", "b", "customer", "t1", "t2", "zz"]), min_size=2, max_size=2, unique=True)
OUTPUTS = ["{c}.name, {o}.amount", "{c}.id, {o}.id", "DISTINCT {c}.id", "COUNT(*)", "{c}.city, COUNT({o}.id)"]
outputs = st.sampled_from(OUTPUTS)


def query(output: str, parts: list[Condition], aliases: tuple[str, str] | list[str] = ("c", "o")) -> str:
    c, o = aliases
    where = " AND ".join(part.sql({"c": c, "o": o}) for part in parts)
    group = f" GROUP BY {c}.city" if "city, COUNT" in output else ""
    joined = f"customers AS {c} JOIN orders AS {o} ON {o}.customer_id = {c}.id"
    return f"SELECT {output.format(c=c, o=o)} FROM {joined} WHERE {where}{group}"


class TestRelations:
    @settings(max_examples=250)
    @given(outputs, conjunctions, names)
    def test_renaming_aliases_changes_nothing(self, output: str, parts: list[Condition], aliases: list[str]) -> None:
        assert execution_match(SHOP, query(output, parts), query(output, parts, aliases)).matches

    @settings(max_examples=250)
    @given(outputs, conjunctions)
    def test_the_order_of_conditions_does_not_count(self, output: str, parts: list[Condition]) -> None:
        assert execution_match(SHOP, query(output, parts), query(output, parts[::-1])).matches

    @settings(max_examples=250)
    @given(outputs, conjunctions, st.data())
    def test_another_literal_breaks_it(self, output: str, parts: list[Condition], data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(parts) - 1))
        old = parts[place]
        values = {"c.city": cities, "c.joined": days}.get(old.column, numbers)
        other = replace(old, value=data.draw(values))
        assume(other.value != old.value)
        changed = [*parts[:place], other, *parts[place + 1 :]]
        assert not execution_match(SHOP, query(output, parts), query(output, changed)).matches

    @settings(max_examples=250)
    @given(outputs, conjunctions, st.data())
    def test_an_omitted_condition_breaks_it(self, output: str, parts: list[Condition], data: st.DataObject) -> None:
        assume(len(parts) > 1)
        left_out = data.draw(st.integers(0, len(parts) - 1))
        rest = [part for place, part in enumerate(parts) if place != left_out]
        assert not execution_match(SHOP, query(output, parts), query(output, rest)).matches
        assert not execution_match(SHOP, query(output, rest), query(output, parts)).matches

    @settings(max_examples=250)
    @given(outputs, conjunctions, st.sampled_from(OUTPUTS))
    def test_which_query_is_the_reference_does_not_count(self, output: str, parts: list[Condition], other: str) -> None:
        left, right = query(output, parts), query(other, parts)
        assert execution_match(SHOP, left, right).matches == execution_match(SHOP, right, left).matches


class TestVerdicts:
    @pytest.mark.parametrize(
        "prediction",
        ["SELECT nickname FROM customers", "SELECT name FROM clients", "SELECT o.name FROM orders o"],
    )
    def test_names_that_the_schema_lacks(self, prediction: str) -> None:
        assert execution_match(SHOP, "SELECT name FROM customers", prediction).verdict == "unknown_name"

    @pytest.mark.parametrize(
        "prediction",
        [
            *("", ";", "Here is the query:", "SELECT", "SELECT name FROM customers WHERE", "EXPLAIN SELECT 1"),
            *("SELECT shout(name) FROM customers", "SELECT id FROM customers c, orders o"),
            *("SELECT ?", "SELECT \0", "SELECT '\ud800'"),
        ],
    )
    def test_what_is_no_query(self, prediction: str) -> None:
        verdict = execution_match(SHOP, "SELECT name FROM customers", prediction)
        assert verdict.verdict == "invalid"
        assert verdict.detail.endswith(".")

    def test_comments_and_a_semicolon_are_no_second_statement(self) -> None:
        prediction = "-- by name\nSELECT name /* all */ FROM customers; -- done\n"
        assert execution_match(SHOP, "SELECT name FROM customers", prediction).matches

    def test_the_same_pair_has_the_same_verdict_and_detail(self) -> None:
        pair = NEAR_MISSES[0]
        first, second = (execution_match(pair.schema, pair.reference, pair.prediction) for _ in range(2))
        assert first == second

    @pytest.mark.parametrize(
        ("schema", "reference"),
        [
            (SHOP, "SELECT nickname FROM customers"),
            (SHOP, "DROP TABLE customers"),
            (SHOP, "SELECT name FROM customers; SELECT 1"),
            (SHOP, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"),
            (SHOP, "SELECT random() FROM customers"),
            ("CREATE TABLE oops", "SELECT 1"),
            ("", "SELECT 1"),
            ("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)", "SELECT a FROM t"),
        ],
    )
    def test_a_reference_that_can_not_be_run_is_an_error(self, schema: str, reference: str) -> None:
        with pytest.raises(BadReference):
            execution_match(schema, reference, "SELECT name FROM customers")


class TestValues:
    @pytest.mark.parametrize(
        ("reference", "prediction", "matches"),
        [
            ("SELECT quantity FROM items", "SELECT quantity * 1.0 FROM items", True),
            ("SELECT price / 3 FROM items", "SELECT price * (1 / 3.0) FROM items", True),
            ("SELECT price FROM items", "SELECT price * 1.0001 FROM items", False),
            ("SELECT quantity FROM items", "SELECT quantity || '' FROM items", False),
            ("SELECT price FROM items", "SELECT IFNULL(price, 0) FROM items", False),
            ("SELECT product FROM items", "SELECT UPPER(product) FROM items", False),
            ("SELECT NULL", "SELECT 0", False),
            ("SELECT NULL", "SELECT ''", False),
            ("SELECT 'a'", "SELECT x'61'", False),
        ],
    )
    def test_numbers_are_compared_by_value_and_kinds_are_kept_apart(
        self, reference: str, prediction: str, matches: bool
    ) -> None:
        assert execution_match(SHOP, reference, prediction).matches == matches


class TestSchemas:
    @pytest.mark.parametrize(
        ("schema", "reference", "prediction", "matches"),
        [
            # A key makes the difference between a row and a value of it.
            ("CREATE TABLE t (a TEXT PRIMARY KEY NOT NULL)", "SELECT a FROM t", "SELECT DISTINCT a FROM t", True),
            ("CREATE TABLE t (a TEXT)", "SELECT a FROM t", "SELECT DISTINCT a FROM t", False),
            ("CREATE TABLE t (a TEXT NOT NULL)", "SELECT COUNT(*) FROM t", "SELECT COUNT(a) FROM t", True),
            ("CREATE TABLE t (a TEXT)", "SELECT COUNT(*) FROM t", "SELECT COUNT(a) FROM t", False),
            ("CREATE TABLE t (a INTEGER CHECK (a > 0))", "SELECT SUM(a) FROM t", "SELECT SUM(ABS(a)) FROM t", True),
            (
                "CREATE TABLE t (s TEXT NOT NULL CHECK (s IN ('on', 'off')))",
                "SELECT COUNT(*) FROM t WHERE s = 'on'",
                "SELECT COUNT(*) FROM t WHERE s <> 'off'",
                True,
            ),
            (
                'CREATE TABLE "order lines" ("unit price" NUMERIC(10, 2), "group" VARCHAR(20))',
                'SELECT "group", AVG("unit price") FROM "order lines" GROUP BY "group"',
                "SELECT [group], AVG([unit price]) FROM [order lines] GROUP BY 1",
                True,
            ),
            (
                "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER NOT NULL REFERENCES b(id));"
                "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a(id))",
                "SELECT a.id, b.id FROM a JOIN b ON a.b_id = b.id",
                "SELECT a.id, b.id FROM a JOIN b ON b.a_id = a.id",
                False,
            ),
            (
                "CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2))",
                "SELECT b FROM t ORDER BY b LIMIT 3",
                "SELECT a * 2 FROM t ORDER BY a LIMIT 3",
                True,
            ),
        ],
    )
    def test_constraints_decide_what_data_there_can_be(
        self, schema: str, reference: str, prediction: str, matches: bool
    ) -> None:
        assert execution_match(schema, reference, prediction).matches == matches

    def test_a_foreign_key_that_is_not_declared_may_lead_nowhere(self) -> None:
        inner = "SELECT e.name FROM employees e JOIN departments d ON d.department_id = e.department_id"
        plain = "SELECT name FROM employees WHERE department_id IS NOT NULL"
        assert not execution_match(STAFF, inner, plain).matches
