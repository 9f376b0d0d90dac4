"""The text-to-SQL rows that come with the checkout: queries fit their schema, tests have schemas of their own."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from distil_dagster.corpus.similarity import most_similar, utterance_tokens
from distil_dagster.tasks.sql import query_problems

FOLDER = Path(__file__).parents[2] / "tasks" / "text2sql"
FILES = {"seeds": "train.jsonl", "tests": "test.jsonl"}
KEYWORDS = {
    "SELECT",
    "DISTINCT",
    "FROM",
    "JOIN",
    "LEFT",
    "ON",
    "WHERE",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "DESC",
    "LIMIT",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "BETWEEN",
    "EXISTS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AS",
    "WITH",
    "OVER",
    "PARTITION",
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "ROUND",
    "ABS",
    "COALESCE",
    "DATE",
    "STRFTIME",
    "JULIANDAY",
    "RANK",
    "DENSE_RANK",
    "ROW_NUMBER",
    "LAG",
}
"""What the queries say that is no name of a table, column or alias."""
AT_LEAST = {
    "seeds": {
        r"\bJOIN\b": 20,
        r"\bLEFT JOIN\b": 5,
        r"\bGROUP BY\b": 25,
        r"\bHAVING\b": 6,
        r"\bORDER BY\b": 15,
        r"\bLIMIT\b": 3,
        r"\(SELECT\b": 8,
        r"\bEXISTS\b": 3,
        r"\bDISTINCT\b": 5,
        r"\bCASE\b": 2,
        r"\bSTRFTIME\b": 4,
        r"\bLIKE\b": 3,
        r"\bBETWEEN\b": 3,
        r"\bOR\b": 3,
        r"\bIS NULL\b": 4,
        r"\bOVER\b|\bWITH\b": 3,
    },
    "tests": {
        r"\bJOIN\b": 70,
        r"\bLEFT JOIN\b": 12,
        r"\bGROUP BY\b": 90,
        r"\bHAVING\b": 30,
        r"\bORDER BY\b": 50,
        r"\bLIMIT\b": 15,
        r"\(SELECT\b": 20,
        r"\bEXISTS\b": 6,
        r"\bDISTINCT\b": 20,
        r"\bCASE\b": 10,
        r"\bSTRFTIME\b": 15,
        r"\bLIKE\b": 6,
        r"\bBETWEEN\b": 8,
        r"\bOR\b": 8,
        r"\bIS NULL\b": 20,
        r"\bOVER\b|\bWITH\b": 6,
    },
}
"""In how many queries each construction stands."""
COLUMN_TYPES = {"INTEGER", "TEXT", "REAL", "DATE", "DATETIME", "BOOLEAN"}


class Item(NamedTuple):
    """One row: CREATE TABLE statements, what is asked about them, and the query that answers it."""

    schema: str
    question: str
    query: str


def items_of(name: str) -> list[Item]:
    items = []
    for line in (FOLDER / FILES[name]).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert row.keys() == {"question", "answer"}
        form = re.fullmatch(r"Schema:\n(CREATE TABLE .+;)\n\nQuestion: (\S.*)", row["question"], re.DOTALL)
        assert form is not None, row["question"]
        items.append(Item(form[1], form[2], row["answer"]))
    return items


@pytest.fixture(scope="module", params=FILES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def items(name: str) -> list[Item]:
    return items_of(name)


def tables_of(schema: str) -> dict[str, list[str]]:
    """The declared types of the columns of each table."""
    database = sqlite3.connect(":memory:")
    database.executescript(schema)
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: [column[2] for column in database.execute(f"PRAGMA table_info({table})")] for table in names}


def without_texts(query: str) -> str:
    return re.sub(r"'[^']*'", "''", query)


class TestSchemas:
    def test_there_are_enough_of_them(self) -> None:
        assert len({item.schema for item in items_of("seeds")}) >= 25
        assert len({item.schema for item in items_of("tests")}) >= 70

    def test_no_test_is_asked_on_a_schema_of_a_seed(self) -> None:
        seen = {frozenset(tables_of(item.schema)) for item in items_of("seeds")}
        asked = {frozenset(tables_of(item.schema)) for item in items_of("tests")}
        assert seen & asked == set()

    def test_they_are_one_or_two_tables_of_four_to_ten_plain_columns(self, items: list[Item]) -> None:
        for schema in {item.schema for item in items}:
            tables = tables_of(schema)
            assert len(tables) in {1, 2}
            for types in tables.values():
                assert 4 <= len(types) <= 10, schema
                assert set(types) <= COLUMN_TYPES, schema

    def test_six_rows_in_ten_show_two_tables_that_refer_to_each_other(self, items: list[Item]) -> None:
        pairs = [item for item in items if len(tables_of(item.schema)) == 2]
        assert 0.55 <= len(pairs) / len(items) <= 0.65
        assert all(" REFERENCES " in item.schema for item in pairs)

    def test_the_columns_of_a_file_have_every_type(self, items: list[Item]) -> None:
        types = Counter(kind for item in items for columns in tables_of(item.schema).values() for kind in columns)
        assert set(types) == COLUMN_TYPES


class TestQueries:
    def test_there_are_enough_to_train_and_to_judge_on(self) -> None:
        assert len(items_of("seeds")) >= 50
        assert len(items_of("tests")) >= 200

    def test_each_can_be_prepared_on_its_schema(self, items: list[Item]) -> None:
        for item in items:
            database = sqlite3.connect(":memory:")
            database.executescript(item.schema)
            assert database.execute(f"EXPLAIN {item.query}").fetchall(), item.query

    def test_each_is_one_statement_that_reads(self, items: list[Item]) -> None:
        for item in items:
            assert item.query.startswith(("SELECT ", "WITH ")), item.query
            assert without_texts(item.query).find(";") == len(without_texts(item.query)) - 1, item.query

    def test_keywords_and_functions_are_in_upper_case_and_names_are_not(self, items: list[Item]) -> None:
        for item in items:
            code = without_texts(item.query)
            upper_case = set(re.findall(r"\b[A-Z][A-Z_]*\b", code))
            assert upper_case <= KEYWORDS, item.query
            called = set(re.findall(r"\b[a-z]\w*(?=\()", code))
            assert called == set(), item.query
            spoken = {word.upper() for word in re.findall(r"(?<!\.)\b[a-z]+\b", code)}
            assert spoken & KEYWORDS == set(), item.query

    def test_each_returns_rows_on_populated_databases(self, items: list[Item]) -> None:
        found = {item.query: query_problems(item.schema, item.query) for item in items}
        assert {query: problems for query, problems in found.items() if problems} == {}

    def test_none_depends_on_when_it_is_run(self, items: list[Item]) -> None:
        assert not any(re.search(r"'now'|CURRENT_|RANDOM", item.query) for item in items)

    def test_a_limit_comes_with_an_order(self, items: list[Item]) -> None:
        assert all("ORDER BY" in item.query for item in items if "LIMIT" in item.query)

    def test_what_analysts_ask_for_is_all_there(self, name: str, items: list[Item]) -> None:
        for construction, count in AT_LEAST[name].items():
            found = sum(re.search(construction, item.query) is not None for item in items)
            assert found >= count, construction


class TestQuestions:
    def test_none_is_like_another_one_of_its_file(self, items: list[Item]) -> None:
        for index, text in enumerate(texts := [utterance_tokens(f"{item.schema} {item.question}") for item in items]):
            others = texts[:index] + texts[index + 1 :]
            assert most_similar([text], others)[0][0] < 0.8, items[index].question

    def test_no_test_question_is_like_one_of_a_seed(self) -> None:
        seeds, tests = ([utterance_tokens(item.question) for item in items_of(name)] for name in FILES)
        assert max(similarity for similarity, _ in most_similar(tests, seeds)) < 0.5
