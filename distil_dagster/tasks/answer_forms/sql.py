"""One SQLite query, run beside the reference on populated databases: what it returns counts, not how it is written."""

from collections.abc import Sequence
from hashlib import sha256

from distil_dagster.tasks.answer_forms.form import AnswerForm
from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.kind import INVALID, RIGHT, Score
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.sql import SqlQuestion, execution_match, skeleton, split_question
from distil_dagster.tasks.sql.preparing import prepare_problems

NO_ANSWER = {"invalid", "write_attempt", "forbidden"}
"""Verdicts on a text that is no query, or one that must not be run."""


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
        """A schema that doesn't run, or a query that can't be prepared on it."""
        try:
            asked = self._asked(row)
        except ValueError as error:
            return [str(error)]
        return prepare_problems(asked.schema, row.answer)

    def score(self, row: Row, prediction: str) -> Score:
        """The same results on every database; beside it, whether the texts are equal and whether the query runs."""
        query = without_fence(prediction)
        found = execution_match(self._asked(row).schema, row.answer, query)
        runs = found.matches or found.verdict == "different_result"
        metrics = {
            "execution_match": float(found.matches),
            "same_text": float(_folded(query) == _folded(row.answer)),
            "runs": float(runs),
        }
        if found.verdict in NO_ANSWER:
            return Score(metrics, INVALID if found.verdict == "invalid" else found.verdict, (found.detail,))
        return Score(metrics, RIGHT if found.matches else found.verdict.replace("_", " "))

    def cluster(self, row: Row) -> str:
        """The schema, as a short hash."""
        return sha256(" ".join(self._asked(row).schema.split()).encode()).hexdigest()[:12]

    def question(self, row: Row) -> str:
        """The question without the schema, which many rows may share."""
        return self._asked(row).question

    def structure(self, row: Row) -> str | None:
        """The query without names and literals."""
        return skeleton(row.answer)

    def _asked(self, row: Row) -> SqlQuestion:
        return SqlQuestion(row.context, row.question) if row.context else split_question(row.question)


def _folded(query: str) -> str:
    return " ".join(query.rstrip("; \n").casefold().split())
