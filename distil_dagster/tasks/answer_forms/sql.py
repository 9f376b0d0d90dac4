"""One SQLite query, run beside the reference on populated databases: what it returns counts, not how it is written.

Where a question can be read in several ways, the row's answer holds a query for each, one after the other:

    SELECT name FROM trees WHERE height > 20;
    SELECT id, name FROM trees WHERE height > 20;

Any of them is right; students are trained on the first.
"""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256

from distil_dagster.tasks.answer_forms.form import AnswerForm
from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.kind import INVALID, RIGHT, Score
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.sql import (
    ExecutionVerdict,
    execution_match,
    query_problems,
    skeleton,
    sql_question,
)
from distil_dagster.tasks.sql.preparing import prepare_problems

NO_ANSWER = {"invalid", "write_attempt", "forbidden"}
"""Verdicts on a text that is no query, or one that must not be run."""


def acceptable_queries(answer: str) -> tuple[str, ...]:
    """The queries of an answer in their order, each with the semicolon that ends it.

    A semicolon in a literal, a quoted name or a comment ends nothing, and comments alone are no query.
    Raises ValueError for a text with a NUL character.
    """
    queries, start = [], 0
    for end in [index + 1 for index, character in enumerate(answer) if character == ";"] + [len(answer)]:
        query = answer[start:end].strip()
        if end == len(answer) or sqlite3.complete_statement(query):
            # After a semicolon, only blanks and comments are no beginning of a further statement.
            if not sqlite3.complete_statement(f";{query.removesuffix(';')}"):
                queries.append(query)
            start = end
    return tuple(queries)


class SqlAnswers(AnswerForm):
    """A query over the schema that stands in the question, or in the context; see `AnswerForm`."""

    name = "sql"
    deciding_metric = "execution_match"
    metrics = ("execution_match", "same_text", "runs")
    instruction = "Answer with the query only."
    cluster_noun = "schema"

    def recognises(self, rows: Sequence[Row]) -> bool:
        """Whether every row shows tables and is answered by a query."""
        return all(
            "create table" in (row.context or row.question).casefold()
            and row.answer.split(maxsplit=1)[0].casefold() in ("select", "with")
            for row in rows
        )

    def row_problems(self, row: Row) -> list[str]:
        """A schema that doesn't run, or queries that can't be prepared on it."""
        try:
            asked = sql_question(row)
            queries = acceptable_queries(row.answer)
        except ValueError as error:
            return [str(error)]
        problems = (problem for query in queries for problem in prepare_problems(asked.schema, query))
        return list(dict.fromkeys(problems)) if queries else ["the answer holds no query"]

    def grounding_problems(self, row: Row) -> list[str]:
        """Queries that fail when they run on populated databases, or that return nothing on any of them."""
        schema = sql_question(row).schema
        problems = (
            problem
            for query in acceptable_queries(row.answer)
            for problem in query_problems(schema, query, as_reference=False)
        )
        return list(dict.fromkeys(problems))

    def score(self, row: Row, prediction: str) -> Score:
        """The same results on every database; beside it, whether the texts are equal and whether the query runs.

        Of several references one is enough, for both; the verdict on a wrong query is the one beside the first.
        """
        query = without_fence(prediction)
        references = acceptable_queries(row.answer)
        found = _beside_references(sql_question(row).schema, references, query)
        runs = found.matches or found.verdict == "different_result"
        metrics = {
            "execution_match": float(found.matches),
            "same_text": float(_folded(query) in map(_folded, references)),
            "runs": float(runs),
        }
        verdict = found.verdict.replace("_", " ")
        if found.verdict in NO_ANSWER:
            return Score(metrics, INVALID if found.verdict == "invalid" else verdict, (found.detail,))
        return Score(metrics, RIGHT if found.matches else verdict)

    def target(self, row: Row) -> str:
        """The first of the queries that are right."""
        return next(iter(acceptable_queries(row.answer)), row.answer)

    def cluster(self, row: Row) -> str:
        """The schema, as a short hash."""
        return sha256(" ".join(sql_question(row).schema.split()).encode()).hexdigest()[:12]

    def question(self, row: Row) -> str:
        """The question without the schema, which many rows may share."""
        return sql_question(row).question

    def structure(self, row: Row) -> str | None:
        """The first query without names and literals; None for one that SQLite reads and sqlglot doesn't."""
        try:
            return skeleton(self.target(row))
        except ValueError:
            return None


def _beside_references(schema: str, references: Sequence[str], query: str) -> ExecutionVerdict:
    first, *others = references
    found = execution_match(schema, first, query)
    # A query that gave no result beside one reference gives none beside another.
    if found.verdict == "different_result":
        matches = (other for reference in others if (other := execution_match(schema, reference, query)).matches)
        return next(matches, found)
    return found


def _folded(query: str) -> str:
    return " ".join(query.rstrip("; \n").casefold().split())
