"""Answers that are queries: what they return decides, and schemas bind rows together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.answer_forms import ANSWER_FORMS
from distil_dagster.tasks.answer_forms.sql import acceptable_queries
from distil_dagster.tasks.sql import ExecutionVerdict, execution_match
from tests.conftest import SMALL_SCHEMAS
from tests.tasks.answer_forms import assert_sound
from tests.tasks.test_folder import change_row, the_problem

FORM = ANSWER_FORMS["sql"]
SCHEMA = SMALL_SCHEMAS[0]
ASKED = "Titles of the books above 100 pages."
ANSWER = "SELECT title FROM books WHERE pages > 100;"
ROW = Row(f"Schema:\n{SCHEMA}\n\nQuestion: {ASKED}", ANSWER)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
words = st.sampled_from(
    ["SELECT", "title", "pages", "*", "FROM", "books", "WHERE", ">", "100", "(", ")", ";", "'", "--", "ORDER BY", "```"]
)


@pytest.fixture
def task(tiny_sql_folder: Path) -> Task:
    return load_task(tiny_sql_folder)


class TestScore:
    @pytest.mark.parametrize(
        ("prediction", "same_text"),
        [
            (ANSWER, 1),
            ("select title  from books\nwhere pages > 100", 1),
            (f"```sql\n{ANSWER}\n```", 1),
            ("SELECT b.title AS t FROM books AS b WHERE NOT b.pages <= 100", 0),
        ],
    )
    def test_a_query_that_returns_the_same_is_right_however_it_is_written(
        self, prediction: str, same_text: float
    ) -> None:
        score = FORM.score(ROW, prediction)
        assert score.metrics == {"execution_match": 1, "same_text": same_text, "runs": 1}
        assert (score.verdict, score.problems) == ("right", ())

    @pytest.mark.parametrize(
        ("prediction", "runs", "verdict"),
        [
            ("SELECT title FROM books WHERE pages >= 100", 1, "different result"),
            ("SELECT id, title FROM books WHERE pages > 100", 1, "different result"),
            ("SELECT name FROM books WHERE pages > 100", 0, "unknown name"),
            ("SELECT title FROM novels", 0, "unknown name"),
            (ENDLESS, 0, "too large"),
        ],
    )
    def test_a_wrong_query_is_an_answer_without_problems(self, prediction: str, runs: float, verdict: str) -> None:
        score = FORM.score(ROW, prediction)
        assert score.metrics == {"execution_match": 0, "same_text": 0, "runs": runs}
        assert (score.verdict, score.problems) == (verdict, ())

    @pytest.mark.parametrize(
        ("prediction", "verdict"),
        [
            ("", "invalid"),
            ("The titles are in the table books.", "invalid"),
            ("SELECT title FROM", "invalid"),
            (f"Here it is: {ANSWER}", "invalid"),
            ("SELECT title FROM books\0", "invalid"),
            ("SELECT '\ud800'", "invalid"),
            ("DELETE FROM books", "write attempt"),
            ("PRAGMA table_info(books)", "forbidden"),
            (f"{ANSWER} {ANSWER}", "forbidden"),
        ],
    )
    def test_what_is_no_query_or_must_not_run_says_why(self, prediction: str, verdict: str) -> None:
        score = FORM.score(ROW, prediction)
        assert (score.verdict, set(score.metrics.values())) == (verdict, {0})
        (problem,) = score.problems
        assert problem.endswith(".")

    # Each example runs on a dozen databases.
    @settings(max_examples=40)
    @given(st.text() | st.lists(words, max_size=9).map(" ".join) | words.map(lambda word: f"{ANSWER[:-1]} {word}"))
    def test_any_text_can_be_scored(self, prediction: str) -> None:
        assert_sound(FORM, FORM.score(ROW, prediction))

    def test_a_schema_in_the_context_counts_as_one_in_the_question(self) -> None:
        row = Row(ASKED, ANSWER, SCHEMA)
        assert FORM.score(row, "SELECT title FROM books WHERE 100 < pages").verdict == "right"
        assert (FORM.cluster(row), FORM.question(row)) == (FORM.cluster(ROW), FORM.question(ROW))

    def test_every_target_of_a_task_is_right(self, task: Task) -> None:
        scores = [task.kind.score(task, example, example.target) for example in task.test_examples]
        assert {(score.verdict, *score.metrics.values()) for score in scores} == {("right", 1, 1, 1)}


class TestSeveralQueries:
    ROW = Row(ROW.question, f"{ANSWER}\nSELECT title, pages FROM books WHERE pages > 100;")

    @pytest.mark.parametrize("prediction", [ANSWER, "SELECT title, pages FROM books WHERE pages > 100"])
    def test_any_of_them_is_right(self, prediction: str) -> None:
        assert set(FORM.score(self.ROW, prediction).metrics.values()) == {1}

    def test_none_of_them_is_a_different_result(self) -> None:
        assert FORM.score(self.ROW, "SELECT pages FROM books WHERE pages > 100").verdict == "different result"

    def test_students_learn_the_first(self) -> None:
        assert (FORM.target(self.ROW), FORM.structure(self.ROW)) == (ANSWER, FORM.structure(ROW))

    def test_a_semicolon_in_a_text_ends_no_query(self) -> None:
        answer = "SELECT id FROM books WHERE title = 'a; b' -- not; yet\n;"
        assert FORM.target(Row(ROW.question, answer)) == answer


class TestSchemas:
    def test_rows_of_one_schema_are_one_cluster(self, task: Task) -> None:
        clusters = [task.kind.expand(row)[0].cluster for row in task.seeds]
        assert task.kind.cluster_noun == "schema"
        assert len(set(clusters)) == 3
        # The schemas take turns.
        assert clusters[:3] * 8 + clusters[:1] == clusters

    def test_blanks_between_the_words_of_a_schema_do_not_make_another(self) -> None:
        spaced = Row(ROW.question.replace("books (", "books\n("), ANSWER)
        assert FORM.cluster(spaced) == FORM.cluster(ROW)

    def test_a_question_is_told_from_others_without_its_schema(self) -> None:
        assert FORM.question(ROW) == ASKED

    def test_the_structure_is_the_query_without_names_and_values(self, task: Task) -> None:
        assert len({task.kind.structure(row) for row in task.seeds}) == 1
        assert FORM.structure(Row(ROW.question, "SELECT COUNT(*) FROM books")) != FORM.structure(ROW)


class TestRows:
    def named(self, folder: Path) -> Path:
        """The folder, where answers are queries even if one of them doesn't look like it."""
        (folder / "config.yaml").write_text("base:\n  task: question-answering\ndistil_dagster:\n  answer_form: sql\n")
        return folder

    @pytest.mark.parametrize(
        ("columns", "problem"),
        [
            ({"answer": "SELECT name FROM novels"}, "the query doesn't fit the schema: no such table: novels"),
            ({"answer": "SELECT FROM"}, "the query doesn't fit the schema: "),
            ({"answer": "DROP TABLE books"}, "the query doesn't fit the schema: not authorized"),
            (
                {"answer": f"{ANSWER} SELECT name FROM novels;"},
                "the query doesn't fit the schema: no such table: novels",
            ),
            ({"answer": "-- to be done"}, "the answer holds no query"),
            (
                {"question": "Schema:\nCREATE TABLE books (id INTEGER,);\n\nQuestion: How many?"},
                "the schema doesn't run: ",
            ),
            ({"question": "How many books are there?"}, 'a text-to-SQL question is "Schema:", '),
            ({"context": "no schema"}, "the schema doesn't run: "),
        ],
    )
    def test_a_row_that_could_not_be_scored_is_named_with_its_place(
        self, tiny_sql_folder: Path, columns: dict[str, str], problem: str
    ) -> None:
        change_row(self.named(tiny_sql_folder), "test", 5, **{"answer": ANSWER, "question": ROW.question, **columns})
        assert the_problem(tiny_sql_folder).startswith(f"test.jsonl:5: {problem}")


class TestAcceptableQueries:
    @pytest.mark.parametrize(
        ("answer", "queries"),
        [
            ("SELECT 1", ["SELECT 1"]),
            (" SELECT 1 ;\n", ["SELECT 1 ;"]),
            ("SELECT 1;SELECT 2", ["SELECT 1;", "SELECT 2"]),
            ("SELECT 1;; ;SELECT 2;", ["SELECT 1;", "SELECT 2;"]),
            ("SELECT 1; -- done; really", ["SELECT 1;"]),
            ("SELECT 1 /* a; b */; SELECT 'it''s;';", ["SELECT 1 /* a; b */;", "SELECT 'it''s;';"]),
            ("/* a; */ SELECT 1; /* b; */", ["/* a; */ SELECT 1;"]),
            ('SELECT "a;b"; SELECT [a;b]; SELECT `a;b`', ['SELECT "a;b";', "SELECT [a;b];", "SELECT `a;b`"]),
            ("SELECT 'a; b", ["SELECT 'a; b"]),
            ("", []),
            (";", []),
            ("-- none;", []),
        ],
    )
    def test_a_semicolon_ends_a_query_unless_it_is_quoted_or_commented(self, answer: str, queries: list[str]) -> None:
        assert list(acceptable_queries(answer)) == queries

    @given(st.lists(st.sampled_from(["SELECT ';';", 'SELECT "a;" -- b;\n;', "SELECT 1;", "SELECT /*;*/ a FROM t;"])))
    def test_queries_put_one_after_the_other_come_apart_again(self, queries: list[str]) -> None:
        assert list(acceptable_queries("\n".join(queries))) == queries


class TestReferencesTried:
    ROW = Row(ROW.question, "SELECT id FROM books; SELECT pages FROM books; SELECT title FROM books;")

    @pytest.fixture
    def tried(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The references that a query is run beside, in turn."""
        references = []

        def recorded(schema: str, reference: str, prediction: str) -> ExecutionVerdict:
            references.append(reference)
            return execution_match(schema, reference, prediction)

        monkeypatch.setattr("distil_dagster.tasks.answer_forms.sql.execution_match", recorded)
        return references

    @pytest.mark.parametrize(
        ("prediction", "count"),
        [
            ("SELECT id FROM books", 1),
            ("SELECT pages FROM books", 2),
            ("SELECT title FROM books", 3),
            ("SELECT id, title FROM books", 3),
            ("SELECT id FROM novels", 1),
            ("no query", 1),
        ],
    )
    def test_none_is_tried_once_the_verdict_is_known(self, tried: list[str], prediction: str, count: int) -> None:
        FORM.score(self.ROW, prediction)
        assert tried == list(acceptable_queries(self.ROW.answer))[:count]

    def test_training_shows_the_first_only(self, task: Task) -> None:
        transcript = task.kind.transcript(task, self.ROW)
        assert transcript[-1].content == "SELECT id FROM books;"
        assert "SELECT" not in transcript[-2].content
        (exchange,) = task.kind.exchanges(self.ROW)
        assert exchange.answer_tokens == ("select", "id", "from", "books;")
