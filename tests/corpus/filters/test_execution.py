"""Answers that are well-formed and don't hold: queries, redactions and docstrings, put to use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distil_dagster.tasks import Row, Task, load_task
from tests.conftest import SMALL_SCHEMAS
from tests.corpus.parts import as_generated, generated, lights, only

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


class TestQueries:
    @pytest.fixture
    def task(self, tiny_sql_folder: Path) -> Task:
        return load_task(tiny_sql_folder)

    def rejected(self, task: Task, *queries: str) -> dict[int, str]:
        question = f"Schema:\n{SMALL_SCHEMAS[0]}\n\nQuestion: Which books?"
        return only("execution", task, [as_generated(Row(question, query)) for query in queries])

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT title FROM books WHERE pages > 300",
            "SELECT COUNT(*) FROM books WHERE title = 'Emma'",
            "SELECT title FROM books WHERE title LIKE 'Q%z' AND pages BETWEEN 7 AND 9 ORDER BY id LIMIT 1",
            "SELECT title FROM books; SELECT id, title FROM books;",
        ],
    )
    def test_a_query_that_returns_something_somewhere_is_in(self, task: Task, query: str) -> None:
        assert self.rejected(task, query) == {}

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT title FROM books WHERE pages > 30 AND pages < 20",
            "SELECT COUNT(*) FROM books WHERE title IS NULL",
            "SELECT MAX(pages) FROM books WHERE id <> id",
        ],
    )
    def test_one_that_returns_nothing_anywhere_is_out(self, task: Task, query: str) -> None:
        assert self.rejected(task, query) == {
            0: "The query returns nothing but 0 and NULL on all of the populated databases."
        }

    def test_of_several_queries_each_must_hold(self, task: Task) -> None:
        answer = "SELECT title FROM books; SELECT title FROM books WHERE 1 = 0;"
        assert list(self.rejected(task, "SELECT title FROM books", answer)) == [1]

    @pytest.mark.parametrize(
        "query",
        [
            f"{ENDLESS} SELECT COUNT(*) FROM n",
            f"{ENDLESS} SELECT i FROM n",
            "SELECT zeroblob(500000000) FROM books",
            "DROP TABLE books",
            "ATTACH DATABASE 'stolen.db' AS stolen",
            "SELECT load_extension('x')",
        ],
    )
    def test_hostile_queries_are_out_and_the_next_row_is_judged_as_ever(self, task: Task, query: str) -> None:
        assert list(self.rejected(task, query, "SELECT title FROM books")) == [0]

    def test_seeds_hold(self, task: Task) -> None:
        assert only("execution", task, [as_generated(row) for row in task.seeds]) == {}

    def test_positions_are_those_of_the_rows_whatever_their_schemas(self, task: Task) -> None:
        rows = [
            as_generated(
                Row(f"Schema:\n{schema}\n\nQuestion: All?", f"SELECT id FROM {schema.split()[2]} WHERE {condition}")
            )
            for condition in ("1", "0")
            for schema in reversed(SMALL_SCHEMAS)
        ]
        assert list(only("execution", task, rows)) == [3, 4, 5]


class TestRedactions:
    @pytest.fixture
    def task(self, tiny_redaction_folder: Path) -> Task:
        return load_task(tiny_redaction_folder)

    def rejected(self, task: Task, text: str, value: str) -> dict[int, str]:
        entities = [{"value": value, "replacement_token": "[PERSON]", "reason": "name"}]
        answer = json.dumps({"redacted_text": text, "entities": entities})
        return only("execution", task, [as_generated(Row("Ann Moss rang.", answer))])

    def test_a_value_that_is_replaced_where_it_stands_is_in(self, task: Task) -> None:
        assert self.rejected(task, "[PERSON] rang.", "Ann Moss") == {}

    @pytest.mark.parametrize(
        ("text", "value", "reason"),
        [
            ("[PERSON] rang.", "Anna Moss", "'Anna Moss' does not stand in the text"),
            ("[PERSON] called.", "Ann Moss", "not the text with each value replaced"),
            ("Ann Moss rang.", "Ann Moss", "'Ann Moss' still stands in the redacted text"),
        ],
    )
    def test_what_does_not_come_of_the_text_is_out(self, task: Task, text: str, value: str, reason: str) -> None:
        assert reason in self.rejected(task, text, value)[0]

    def test_seeds_hold(self, task: Task) -> None:
        assert only("execution", task, [as_generated(row) for row in task.seeds]) == {}


class TestDocstrings:
    CODE = "def half(value):\n    if value < 0:\n        raise ValueError(value)\n    return value / 2"
    FITTING = "Halve it.\n\nArgs:\n    value: It.\n\nReturns:\n    Half.\n\nRaises:\n    ValueError: If negative."

    @pytest.fixture
    def task(self, tiny_docstring_folder: Path) -> Task:
        return load_task(tiny_docstring_folder)

    def rejected(self, task: Task, docstring: str) -> dict[int, str]:
        return only("execution", task, [as_generated(Row("Write its docstring.", docstring, self.CODE))])

    def test_one_that_fits_its_function_is_in(self, task: Task) -> None:
        assert self.rejected(task, self.FITTING) == {}

    @pytest.mark.parametrize(
        ("said", "instead", "reason"),
        [
            ("    value: It.", "    number: It.", "the parameter value is not documented; number is documented but"),
            ("\n\nReturns:\n    Half.", "", "what is returned is not documented"),
            ("ValueError", "KeyError", "KeyError is documented but can't be raised"),
        ],
    )
    def test_one_that_does_not_is_out(self, task: Task, said: str, instead: str, reason: str) -> None:
        assert reason in self.rejected(task, self.FITTING.replace(said, instead))[0]

    def test_seeds_hold(self, task: Task) -> None:
        assert only("execution", task, [as_generated(row) for row in task.seeds]) == {}


class TestOtherAnswers:
    def test_valid_calls_and_labels_rest_on_nothing_else(self, task: Task, tiny_classification_folder: Path) -> None:
        assert only("execution", task, [generated(task, ("lights on", lights("hall")))]) == {}
        labelled = load_task(tiny_classification_folder)
        assert only("execution", labelled, [as_generated(Row("any text", "other"))]) == {}
