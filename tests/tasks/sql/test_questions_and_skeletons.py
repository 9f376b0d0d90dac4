"""The form of a question, the structure of a query, and what speaks against a query."""

from __future__ import annotations

import pytest

from distil_dagster.tasks.sql import SqlQuestion, query_problems, skeleton, split_question
from tests.tasks.sql.pairs import EQUIVALENT, NEAR_MISSES, SHOP

TABLE = "CREATE TABLE t (a INTEGER);"


class TestSplitQuestion:
    def test_both_parts_come_without_their_headings(self) -> None:
        asked = f"Schema:\n{TABLE}\nCREATE TABLE u (b TEXT);\n\nQuestion: How many a\nare there?\n"
        expected = SqlQuestion(f"{TABLE}\nCREATE TABLE u (b TEXT);", "How many a\nare there?")
        assert split_question(asked) == expected

    @pytest.mark.parametrize(
        "asked",
        ["", "How many?", f"{TABLE}\n\nQuestion: How many?", f"Schema:\n{TABLE}", f"Schema:\n{TABLE}\n\nQuestion: ",
         "Schema:\nnone\n\nQuestion: How many?"],
    )  # fmt: skip
    def test_another_form_is_an_error_that_says_what_is_expected(self, asked: str) -> None:
        with pytest.raises(ValueError, match=r'"Schema:".*"Question: '):
            split_question(asked)


class TestSkeleton:
    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("SELECT a FROM t WHERE b > 5", "select  x.name from people as x where (x.age > 70);"),
            ("SELECT a AS z FROM t WHERE b = 'x'", "SELECT c FROM u WHERE d = 'y' -- comment"),
            ("SELECT COUNT(*) n FROM t GROUP BY a", "SELECT count(*) FROM u GROUP BY b"),
            (
                "SELECT c.a FROM t c JOIN u d ON c.x = d.y ORDER BY c.a LIMIT 5",
                "SELECT k.e FROM v AS k JOIN w AS l ON k.f = l.g ORDER BY k.e LIMIT 10",
            ),
        ],
    )
    def test_names_values_and_aliases_do_not_count(self, left: str, right: str) -> None:
        assert skeleton(left) == skeleton(right)

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("SELECT a FROM t WHERE b > 5", "SELECT a FROM t WHERE b < 5"),
            ("SELECT a FROM t", "SELECT DISTINCT a FROM t"),
            ("SELECT MAX(a) FROM t", "SELECT MIN(a) FROM t"),
            ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"),
            ("SELECT a FROM t JOIN u ON t.x = u.x", "SELECT a FROM t LEFT JOIN u ON t.x = u.x"),
            ("SELECT a FROM t WHERE (b = 1 OR c = 2) AND d = 3", "SELECT a FROM t WHERE b = 1 OR c = 2 AND d = 3"),
            ("SELECT a FROM t", "SELECT a, b FROM t"),
        ],
    )
    def test_structure_counts(self, left: str, right: str) -> None:
        assert skeleton(left) != skeleton(right)

    def test_what_is_no_query_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="can't be read"):
            skeleton("SELECT FROM WHERE (")


class TestQueryProblems:
    @pytest.mark.parametrize(
        "query", sorted({pair.reference for pair in [*EQUIVALENT, *NEAR_MISSES] if pair.schema == SHOP})
    )
    def test_sound_queries_have_none(self, query: str) -> None:
        assert query_problems(SHOP, query) == []

    @pytest.mark.parametrize(
        ("schema", "query", "words"),
        [
            ("CREATE TABEL t (a)", "SELECT 1", "schema"),
            ("", "SELECT 1", "no table"),
            (SHOP, "SELECT nickname FROM customers", "no such column"),
            (SHOP, "DELETE FROM customers", "DELETE"),
            (SHOP, "SELECT 1; SELECT 2", "one statement"),
            (SHOP, "Sorry, I can't.", "query"),
            (SHOP, "SELECT name FROM customers WHERE age > 30 AND age < 20", "no row"),
            (SHOP, "SELECT name FROM customers WHERE name IS NULL", "no row"),
        ],
    )
    def test_what_speaks_against_a_query_is_one_sentence(self, schema: str, query: str, words: str) -> None:
        (problem,) = query_problems(schema, query)
        assert words in problem
        assert problem.endswith(".")
