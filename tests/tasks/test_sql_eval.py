"""Folders in the form of sql-eval: whole databases for seeds and tests, schemas as SQLite has them, any right query."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from distil_dagster.home import Home
from distil_dagster.tasks import Row, Task, TaskFolderError
from distil_dagster.tasks.answer_forms.sql import acceptable_queries
from distil_dagster.tasks.sourcing import SourceCounts
from distil_dagster.tasks.sql import split_question
from distil_dagster.tasks.sql.preparing import prepare_problems
from distil_dagster.tasks.sql_eval import MOST_QUERIES, is_sql_eval_folder, queries_of_braces, sqlite_schema

Records = list[dict[str, str]]
TREES = ("ash", "elm", "fir", "oak")
DUMP = """
SET search_path = '';
CREATE SEQUENCE public.{name}_id_seq START WITH 1;
-- All that grow here
CREATE TABLE public.{name} (
    id bigint DEFAULT '0'::bigint NOT NULL,
    name text, -- as the label says; in Latin
    height integer
);
INSERT INTO public.{name} VALUES (1, 'CREATE TABLE é (x int);', 20);
ALTER TABLE ONLY public.{name} ADD CONSTRAINT {name}_key PRIMARY KEY (id);
"""


def records(name: str, count: int = 25) -> Records:
    return [
        {
            "db_name": name,
            "db_type": "sqlite",
            "query_category": "filter",
            "query": f"SELECT name FROM {name} WHERE height > {height};SELECT id FROM {name} WHERE height > {height}",
            "question": f"Which are higher than {height}?",
            "instructions": "Take metres." if height % 2 else "",
        }
        for height in range(count)
    ]


def write_folder(folder: Path, rows: Records, names: tuple[str, ...] = TREES) -> Path:
    (folder / "schemas").mkdir(parents=True)
    for name in names:
        (folder / "schemas" / f"{name}.sql").write_text(DUMP.format(name=name), encoding="utf-8")
    with (folder / "questions.csv").open("w", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def all_records() -> Records:
    return [record for name in TREES for record in records(name)]


Imported = Callable[[Records], tuple[Task, list[str]]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def imported(tmp_path: Path, home: Home) -> Imported:
    """Takes in a folder with these questions; the task and what the user is told."""
    return lambda rows: home.import_task(write_folder(tmp_path / "trees", rows), "trees")


def schemas(rows: tuple[Row, ...]) -> set[str]:
    return {split_question(row.question).schema for row in rows}


class TestRows:
    def test_a_question_shows_its_database_only_and_ends_in_the_instructions(self, imported: Imported) -> None:
        task, _ = imported(all_records())
        assert Row(
            "Schema:\n"
            "CREATE TABLE oak (id INTEGER NOT NULL, name TEXT /* as the label says; in Latin */, height INTEGER);\n\n"
            "Question: Which are higher than 3? Take metres.",
            "SELECT name FROM oak WHERE height > 3;\nSELECT id FROM oak WHERE height > 3;",
        ) in (*task.seeds, *task.tests)

    def test_every_file_with_the_columns_is_read_and_no_other(self, tmp_path: Path, home: Home) -> None:
        folder = write_folder(tmp_path / "trees", all_records()[:75])
        (folder / "more.csv").write_text("question,db_name,query\nHow many?,oak,SELECT COUNT(*) FROM oak\n")
        (folder / "notes.csv").write_text("db_name,note\noak,hard\n")
        task, _ = home.import_task(folder, "trees")
        assert len(task.seeds) + len(task.tests) == 76

    def test_a_schema_is_either_learnt_or_asked_about(self, imported: Imported) -> None:
        task, notes = imported(all_records())
        assert (len(task.seeds), len(task.tests)) == (50, 50)
        assert len(schemas(task.seeds)) == len(schemas(task.tests)) == 2
        assert not schemas(task.seeds) & schemas(task.tests)
        assert [name in notes[1] for name in TREES] == [True] * 4

    def test_one_database_is_left_for_tests_however_few_seeds_there_are(self, imported: Imported) -> None:
        task, _ = imported([*records("oak"), *records("elm")])
        assert (len(task.seeds), len(task.tests)) == (25, 25)

    def test_the_folder_is_written_down_as_others_are(self, imported: Imported, home: Home) -> None:
        task, notes = imported(all_records())
        folder = home.task_folder("trees")
        settings = yaml.safe_load((folder / "config.yaml").read_text())
        counts = SourceCounts.model_validate_json((folder / "source.json").read_text())
        assert settings == {"base": {"task": "question-answering"}, "distil_dagster": {"answer_form": "sql"}}
        assert (counts.seeds, counts.train_rows, counts.test_rows) == (50, 50, 50)
        assert (task.kind.deciding_metric, "SQLite" in task.description) == ("execution_match", True)
        assert notes[0].endswith("db_name, question, query: question-answering, answers are sql")

    def test_a_job_description_of_the_folder_is_kept(self, tmp_path: Path, home: Home) -> None:
        folder = write_folder(tmp_path / "trees", all_records())
        (folder / "job_description.json").write_text(json.dumps({"task_description": "Own words."}))
        task, _ = home.import_task(folder, "trees")
        assert task.description == "Own words."


class TestLeftOut:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"query": "SELECT girth FROM ash"}, "the query doesn't fit the schema: no such column: girth"),
            ({"query": "SELECT name FROM ash WHERE name ILIKE 'a%'"}, "the query doesn't fit the schema: "),
            ({"query": "-- to be done"}, "it has no question or no query"),
            ({"question": "", "instructions": ""}, "it has no question or no query"),
            ({"db_type": "postgres"}, "its query is for postgres, not for sqlite"),
            ({"db_name": "yew"}, "schemas/yew.sql: there is no such file"),
            ({"question": "Which are higher than 0?"}, "an earlier row asks the same"),
        ],
    )
    def test_a_row_that_cannot_be_used_is_counted_and_told_with_its_place(
        self, imported: Imported, change: dict[str, str], reason: str
    ) -> None:
        rows = all_records()
        rows[2] |= change
        task, notes = imported(rows)
        assert len(task.seeds) + len(task.tests) == 99
        assert notes[2].startswith(f"1 of 100 rows are left out, such as questions.csv, row 3: {reason}")

    def test_a_query_that_fits_is_kept_without_those_beside_it(self, imported: Imported) -> None:
        rows = all_records()
        rows[0]["query"] = "SELECT girth FROM ash; SELECT height FROM ash"
        task, notes = imported(rows)
        assert "SELECT height FROM ash;" in {row.answer for row in (*task.seeds, *task.tests)}
        assert notes[2].startswith("1 of the rows' alternative queries are left out")

    def test_nothing_is_said_where_nothing_is_left_out(self, imported: Imported) -> None:
        _, notes = imported(all_records())
        assert "left out" not in " ".join(notes)

    def test_a_dump_that_cannot_be_read_is_told(self, tmp_path: Path, home: Home) -> None:
        folder = write_folder(tmp_path / "trees", all_records())
        (folder / "schemas" / "elm.sql").write_text("CREATE TABLE elm (id integer, (;")
        task, notes = home.import_task(folder, "trees")
        assert len(task.seeds) + len(task.tests) == 75
        assert "25 of 100 rows are left out, such as questions.csv, row 26: schemas/elm.sql: sqlglot can't" in notes[2]

    def test_one_database_alone_makes_no_task(self, imported: Imported) -> None:
        with pytest.raises(TaskFolderError, match=r"can be used: 1; two are needed.*row 26: schemas/yew\.sql"):
            imported([*records("oak"), *records("yew")])


class TestRecognition:
    def test_it_takes_dumps_and_questions(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path / "trees", all_records())
        assert is_sql_eval_folder(folder)
        (folder / "questions.csv").rename(folder / "questions.txt")
        assert not is_sql_eval_folder(folder)

    @pytest.mark.parametrize("column", ["db_name", "question", "query"])
    def test_each_column_is_needed(self, tmp_path: Path, column: str) -> None:
        rows = [{("other" if key == column else key): value for key, value in row.items()} for row in all_records()]
        assert not is_sql_eval_folder(write_folder(tmp_path / "trees", rows))

    def test_without_dumps_it_is_another_folder(self, tmp_path: Path) -> None:
        assert not is_sql_eval_folder(write_folder(tmp_path / "trees", all_records(), names=()))


class TestSchema:
    @pytest.mark.parametrize(
        ("postgres", "sqlite"),
        [
            ("x serial PRIMARY KEY, y bigint REFERENCES s.u(id) ON DELETE CASCADE",
             "x INTEGER PRIMARY KEY, y INTEGER REFERENCES u (id)"),
            ("x character varying(20) NOT NULL UNIQUE, y numeric(10,2)", "x TEXT NOT NULL UNIQUE, y REAL"),
            ("x boolean DEFAULT false, y timestamp without time zone DEFAULT now()", "x BOOLEAN, y TIMESTAMP"),
            ("x timestamptz, y text[], z s.mood", "x TIMESTAMP, y TEXT, z TEXT"),
            ("x int CHECK (x = ANY (ARRAY[1, 2])), CHECK (x > 0)", "x INTEGER"),
            ("x int GENERATED ALWAYS AS IDENTITY", "x INTEGER"),
            ("x int, y int, CONSTRAINT k PRIMARY KEY (x, y), CONSTRAINT f FOREIGN KEY (y) REFERENCES s.u(id)",
             "x INTEGER, y INTEGER, PRIMARY KEY (x, y), FOREIGN KEY (y) REFERENCES u (id)"),
            ("x int, -- it's /* one\n\"Order\" text /* a\nb */",
             'x INTEGER /* it\'s / * one */, "Order" TEXT /* a b */'),
        ],
    )  # fmt: skip
    def test_columns_and_keys_stay_and_what_only_postgres_has_goes(self, postgres: str, sqlite: str) -> None:
        schema = sqlite_schema(f"CREATE TABLE s.t ({postgres}) WITH (fillfactor=70);")
        assert schema == f"CREATE TABLE t ({sqlite});"
        sqlite3.connect(":memory:").executescript(schema)

    def test_tables_come_in_their_order_one_on_each_line(self) -> None:
        dump = "CREATE TABLE b (x int);\nCREATE TABLE c AS SELECT 1;\nCREATE UNLOGGED TABLE a (y int)"
        assert sqlite_schema(dump) == "CREATE TABLE b (x INTEGER);\nCREATE TABLE a (y INTEGER);"

    @pytest.mark.parametrize("dump", ["", "SELECT 1;", "CREATE TABLE t (x int", "CREATE TABLE t (x text DEFAULT 'a"])
    def test_a_dump_without_tables_that_can_be_read_is_an_error(self, dump: str) -> None:
        with pytest.raises(ValueError, match=r"it creates no table|sqlglot can't read it: "):
            sqlite_schema(dump)


class TestBraces:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("SELECT a FROM t", ["SELECT a FROM t"]),
            ("SELECT {a} FROM t", ["SELECT a FROM t"]),
            ("SELECT {a, b}, c FROM t", ["SELECT a, c FROM t", "SELECT b, c FROM t", "SELECT a, b, c FROM t"]),
            ("SELECT {a,MAX(b, c)} FROM t",
             ["SELECT a FROM t", "SELECT MAX(b, c) FROM t", "SELECT a, MAX(b, c) FROM t"]),
            ("SELECT {a, b} FROM t GROUP BY {}",
             ["SELECT a FROM t GROUP BY a", "SELECT b FROM t GROUP BY b", "SELECT a, b FROM t GROUP BY a, b"]),
            ("SELECT a FROM t WHERE b = '{c, d}'", ["SELECT a FROM t WHERE b = '{c, d}'"]),
            ("SELECT {a, b", ["SELECT {a, b"]),
            ("SELECT {a, 'b", ["SELECT {a, 'b"]),
        ],
    )  # fmt: skip
    def test_braces_stand_for_any_choice_of_their_columns(self, query: str, expected: list[str]) -> None:
        assert list(queries_of_braces(query)) == expected

    def test_a_row_holds_each_choice_beside_the_other_queries(self, imported: Imported) -> None:
        rows = all_records()
        rows[0]["query"] = "SELECT {id, name} FROM ash; SELECT name FROM ash; SELECT height FROM ash -- in metres"
        task, _ = imported(rows)
        (answer,) = [row.answer for row in (*task.seeds, *task.tests) if "{" in row.answer or "metres" in row.answer]
        assert acceptable_queries(answer) == (
            "SELECT id FROM ash;",
            "SELECT name FROM ash;",
            "SELECT id, name FROM ash;",
            "SELECT height FROM ash -- in metres\n;",
        )

    def test_no_row_holds_more_queries_than_can_be_tried(self, imported: Imported) -> None:
        rows = all_records()
        rows[0]["query"] = f"SELECT {{{', '.join(f'height + {index}' for index in range(40))}}} FROM ash"
        task, _ = imported(rows)
        assert max(len(acceptable_queries(row.answer)) for row in (*task.seeds, *task.tests)) == MOST_QUERIES


class TestPublishedFolder:
    @pytest.fixture(scope="class")
    def published(self, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, int]:
        """The task, and how many questions the folder holds."""
        folder = shared_data / "text2sql-defog"
        if not folder.is_dir():
            pytest.skip(f"there is no {folder}")
        task, _ = Home(tmp_path_factory.mktemp("home")).import_task(folder, "text2sql-defog")
        total = 0
        for file in folder.glob("*.csv"):
            with file.open(newline="") as text:
                total += sum(1 for _ in csv.DictReader(text))
        return task, total

    def test_there_are_enough_seeds_and_tests_and_no_schema_is_in_both(self, published: tuple[Task, Any]) -> None:
        task, _ = published
        assert min(len(task.seeds), len(task.tests)) >= 20
        assert not schemas(task.seeds) & schemas(task.tests)

    def test_nearly_all_rows_are_kept(self, published: tuple[Task, int]) -> None:
        task, total = published
        share = (len(task.seeds) + len(task.tests)) / total
        assert share > 0.9, f"{share:.1%} of {total} rows are kept"

    def test_every_query_of_every_kept_row_fits_its_schema(self, published: tuple[Task, Any]) -> None:
        task, _ = published
        for row in (*task.seeds, *task.tests):
            schema = split_question(row.question).schema
            assert [
                problem for query in acceptable_queries(row.answer) for problem in prepare_problems(schema, query)
            ] == []
