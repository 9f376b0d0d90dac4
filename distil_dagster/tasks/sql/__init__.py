"""Text-to-SQL for SQLite, scored by what a query returns on databases made for it."""

from distil_dagster.tasks.sql.question import SqlQuestion, split_question, sql_question
from distil_dagster.tasks.sql.scoring import execution_match, query_problems
from distil_dagster.tasks.sql.skeletons import skeleton
from distil_dagster.tasks.sql.verdicts import BadReference, ExecutionVerdict, Verdict

__all__ = [
    "BadReference",
    "ExecutionVerdict",
    "SqlQuestion",
    "Verdict",
    "execution_match",
    "query_problems",
    "skeleton",
    "split_question",
    "sql_question",
]
