"""The form of a text-to-SQL question: a schema, then what is asked of it."""

import re
from dataclasses import dataclass

from distil_dagster.tasks.rows import Row

_FORM = re.compile(r"\s*Schema:\s*\n(?P<schema>.+?)\n\s*\n?\s*Question:\s*(?P<question>\S.*)", re.DOTALL)


@dataclass(frozen=True)
class SqlQuestion:
    """What one row asks."""

    schema: str
    """CREATE TABLE statements."""
    question: str
    """The request in plain words."""


def sql_question(row: Row) -> SqlQuestion:
    """What a row asks: the schema is its context, or stands in the question, see `split_question`."""
    return SqlQuestion(row.context, row.question) if row.context else split_question(row.question)


def split_question(question: str) -> SqlQuestion:
    """The two parts of `Schema:`, CREATE TABLE statements, an empty line, `Question: …`.

    Raises ValueError that says what is expected where a part is missing.
    """
    form = _FORM.fullmatch(question)
    if form is None or "create table" not in form["schema"].casefold():
        raise ValueError(
            'a text-to-SQL question is "Schema:", its CREATE TABLE statements on the next lines, an empty line, '
            f'and "Question: …"; this one begins with {question[:60]!r}'
        )
    return SqlQuestion(form["schema"].strip(), form["question"].strip())
