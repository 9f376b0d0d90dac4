"""Takes in questions over databases in the form of sql-eval (github.com/defog-ai/sql-eval).

    questions.csv           columns db_name, question, query; instructions and db_type where they are known
    schemas/<db_name>.sql   a dump of that database by Postgres; its tables count, what they hold doesn't

`query` may hold several acceptable queries, one after the other, and columns in braces of which any will do.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, groupby, islice, pairwise
from pathlib import Path
from random import Random
from sqlite3 import complete_statement
from typing import TYPE_CHECKING, Any

import yaml

from distil_dagster.tasks.answer_forms.sql import acceptable_queries
from distil_dagster.tasks.folder import CONFIG, JOB_DESCRIPTION, Problem, TaskFolderError
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.sourcing import SourceCounts, SourcedRows, records_of, write_sourced_rows
from distil_dagster.tasks.sql import query_problems
from distil_dagster.tasks.sql.preparing import prepare_problems

if TYPE_CHECKING:
    from sqlglot import exp

COLUMNS = ("db_name", "question", "query")
SCHEMAS = "schemas"
SEEDS = 50
RANDOM_SEED = 123
MOST_QUERIES = 32
"""Acceptable queries that are kept of one row, as a wrong answer runs beside each; five columns in braces make 31."""
TASK_DESCRIPTION = (
    "Write one SQLite query that answers the question from the tables of the schema. Use only its tables and columns, "
    "and return what is asked for, no more. Dates and times are stored as text ('YYYY-MM-DD', 'YYYY-MM-DD HH:MM:SS'), "
    "booleans as 1 and 0."
)
_TYPES = {
    "BOOLEAN": "BOOLEAN",
    "SMALLSERIAL": "INTEGER",
    "SERIAL": "INTEGER",
    "BIGSERIAL": "INTEGER",
    "TIMESTAMPTZ": "TIMESTAMP",
    "TIMETZ": "TIME",
    "ARRAY": "TEXT",
    "USERDEFINED": "TEXT",
}
"""Names for types of which SQLite has none, or a name that says less."""


@dataclass
class _Questions:
    """The rows of each database, and why others are left out."""

    by_database: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    left_out: list[str] = field(default_factory=list)
    queries_left_out: int = 0
    """Queries that don't fit the schema beside others of the same row that do."""


def is_sql_eval_folder(folder: Path) -> bool:
    """Whether a folder holds dumps of databases and questions over them."""
    return any(_dumps(folder)) and any(_question_files(folder))


def complete_sql_eval(folder: Path, output: Path) -> list[str]:
    """Write a whole task folder from the questions of a folder in this form, and say in sentences what became of them.

    The seeds are all rows of databases that are drawn, under a fixed random seed, until there are 50; the tests are the
    rows of the others, so that no student has seen their schemas. Rows are left out if none of their queries fits the
    schema as SQLite has it, or if the first that does returns no row on any database that is made of it.

    Args:
        folder: one for which `is_sql_eval_folder` holds.
        output: an empty folder.

    Raises:
        TaskFolderError: if the rows that can be used ask about fewer than two databases.
        SourceError: if a file of questions can't be read.
    """
    questions = _read_questions(folder)
    rows = {name: list(found.values()) for name, found in questions.by_database.items()}
    total = sum(map(len, rows.values())) + len(questions.left_out)
    left_out = [
        f"{len(questions.left_out)} of {total} rows are left out, such as {example}"
        for example in questions.left_out[:1]
    ]
    if len(rows) < 2:
        problem = f"databases with questions that can be used: {len(rows)}; two are needed, one of them for tests"
        raise TaskFolderError(folder, [Problem(SCHEMAS, None, "; ".join([problem, *left_out]))])
    learnt, asked = _parted(rows)
    seeds = tuple(row for name in learnt for row in rows[name])
    tests = tuple(row for name in asked for row in rows[name])
    counts = SourceCounts(
        address=str(folder), train_rows=len(seeds), test_rows=len(tests), train_rows_also_in_test=0, seeds=len(seeds)
    )
    write_sourced_rows(SourcedRows(seeds, tests, counts), output)
    if (folder / JOB_DESCRIPTION).exists():
        shutil.copyfile(folder / JOB_DESCRIPTION, output / JOB_DESCRIPTION)
    else:
        (output / JOB_DESCRIPTION).write_text(json.dumps({"task_description": TASK_DESCRIPTION}, indent=2))
    settings = {"base": {"task": "question-answering"}, "distil_dagster": {"answer_form": "sql"}}
    (output / CONFIG).write_text(yaml.safe_dump(settings))
    unfit = questions.queries_left_out
    return [
        f"supposed from {SCHEMAS}/ and the columns {', '.join(COLUMNS)}: question-answering, answers are sql",
        f"{len(seeds)} seeds ask about {', '.join(learnt)}; {len(tests)} tests about {', '.join(asked)}",
        *left_out,
        *[f"{unfit} of the rows' alternative queries are left out: they don't fit the schema in SQLite"] * bool(unfit),
    ]


def sqlite_schema(dump: str) -> str:
    """The tables of a Postgres dump as CREATE TABLE statements of SQLite, one on each line.

    Names lose their schema (`public.`). Comments of columns and keys stay; defaults, checks, sizes of types and all
    that SQLite has no word for go. Raises ValueError if sqlglot can't read a table, or if there is none.
    """
    import sqlglot
    from sqlglot import TokenType

    statements = []
    try:
        tokens = sqlglot.tokenize(dump, read="postgres")
        for is_end, group in groupby(tokens, key=lambda token: token.token_type == TokenType.SEMICOLON):
            statement = list(group)
            beginning = [token.token_type for token in statement[:4]]
            if not is_end and beginning[0] == TokenType.CREATE and TokenType.TABLE in beginning:
                text = dump[statement[0].start : statement[-1].end + 1]
                statements.append(_sqlite_table(sqlglot.parse_one(text, read="postgres")))
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ValueError(f"sqlglot can't read it: {str(error).splitlines()[0]}") from error
    if not any(statements):
        raise ValueError("it creates no table")
    return "\n".join(filter(None, statements))


def queries_of_braces(query: str) -> Iterator[str]:
    """The queries that one with columns in braces stands for, those with the fewest columns first.

    As sql-eval defines it: the first braces stand for any choice of one or more of their columns, in their order, and
    empty braces behind them (`GROUP BY {}`) for the same columns again.
    """
    import sqlglot
    from sqlglot import TokenType

    try:
        tokens = sqlglot.tokenize(query, read="sqlite") if "{" in query else []
    except sqlglot.errors.TokenError:
        tokens = []
    types = [token.token_type for token in tokens]
    if TokenType.L_BRACE not in types or TokenType.R_BRACE not in types:
        yield query
        return
    opening, closing = types.index(TokenType.L_BRACE), types.index(TokenType.R_BRACE)
    depth, cuts = 0, [tokens[opening].end]
    for token in tokens[opening + 1 : closing]:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if token.token_type == TokenType.COMMA and depth == 0:
            cuts.append(token.start)
    cuts.append(tokens[closing].start)
    columns = [query[start + 1 : end].strip() for start, end in pairwise(cuts)]
    # What stands between the places of the columns.
    pieces, start = [query[: tokens[opening].start]], tokens[closing].end + 1
    for left, right in pairwise(tokens[closing + 1 :]):
        if (left.token_type, right.token_type) == (TokenType.L_BRACE, TokenType.R_BRACE):
            pieces.append(query[start : left.start])
            start = right.end + 1
    pieces.append(query[start:])
    for chosen in chain.from_iterable(combinations(columns, size) for size in range(1, len(columns) + 1)):
        yield ", ".join(chosen).join(pieces)


def _dumps(folder: Path) -> list[Path]:
    return sorted((folder / SCHEMAS).glob("*.sql"))


def _question_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob("*.csv")):
        if set(COLUMNS) <= set(next(iter(records_of(file)), {})):
            yield file


def _read_questions(folder: Path) -> _Questions:
    schemas: dict[str, str | ValueError] = {}
    for dump in _dumps(folder):
        try:
            schemas[dump.stem] = sqlite_schema(dump.read_text("utf-8-sig"))
        except ValueError as error:
            schemas[dump.stem] = error
    questions = _Questions()
    for file in _question_files(folder):
        for number, record in enumerate(records_of(file), start=1):
            try:
                _take(record, schemas, questions)
            except ValueError as error:
                questions.left_out.append(f"{file.name}, row {number}: {error}")
    return questions


def _take(record: Mapping[str, Any], schemas: Mapping[str, str | ValueError], questions: _Questions) -> None:
    """Add a record to the questions; raises ValueError that says why it can't be used."""
    values = {column: (value or "").strip() for column, value in record.items()}
    database = values["db_name"]
    if (values.get("db_type") or "sqlite").casefold() != "sqlite":
        raise ValueError(f"its query is for {values['db_type']}, not for sqlite")
    schema = schemas.get(database, ValueError("there is no such file"))
    if isinstance(schema, ValueError):
        raise ValueError(f"{SCHEMAS}/{database}.sql: {schema}")
    request = f"{values['question']} {values.get('instructions', '')}".strip()
    queries = list(dict.fromkeys(islice(_queries(values["query"]), MOST_QUERIES)))
    if not request or not queries:
        raise ValueError("it has no question or no query")
    question = f"Schema:\n{schema}\n\nQuestion: {request}"
    if question in questions.by_database.get(database, {}):
        raise ValueError("an earlier row asks the same")
    problems = {query: prepare_problems(schema, query) for query in queries}
    fit = [query for query in queries if not problems[query]]
    if not fit:
        raise ValueError("; ".join(problems[queries[0]]))
    # A query that never returns a row can't be told from any other that doesn't.
    if unsound := query_problems(schema, fit[0]):
        raise ValueError("; ".join(unsound))
    questions.queries_left_out += len(queries) - len(fit)
    questions.by_database[database][question] = Row(question, "\n".join(fit))


def _queries(query: str) -> Iterator[str]:
    """Each acceptable query, ended by a semicolon."""
    for alternative in acceptable_queries(query):
        for single in queries_of_braces(alternative):
            # A comment at the end of the line would swallow a semicolon.
            yield next((text for text in (single, f"{single};") if complete_statement(text)), f"{single}\n;")


def _parted(rows: Mapping[str, Sequence[Row]]) -> tuple[list[str], list[str]]:
    """The databases of the seeds and those of the tests."""
    order = sorted(rows)
    Random(RANDOM_SEED).shuffle(order)
    count = 1
    while count < len(order) - 1 and sum(len(rows[name]) for name in order[:count]) < SEEDS:
        count += 1
    return sorted(order[:count]), sorted(order[count:])


def _sqlite_table(create: "exp.Expr") -> str:
    """The statement, empty if it doesn't name columns (`CREATE TABLE … AS SELECT …`)."""
    from sqlglot import exp

    if not isinstance(create.this, exp.Schema):
        return ""
    for table in create.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    for reference in create.find_all(exp.Reference):
        reference.set("options", None)
    of_columns = (
        exp.NotNullColumnConstraint,
        exp.PrimaryKeyColumnConstraint,
        exp.UniqueColumnConstraint,
        exp.Reference,
    )
    parts: list[exp.Expr] = []
    for part in create.this.expressions:
        if isinstance(part, exp.ColumnDef):
            comments = [" ".join(text.split()) for node in part.walk() for text in node.pop_comments() or ()]
            part.set("constraints", [each for each in part.constraints if isinstance(each.kind, of_columns)])
            part.set("kind", exp.var(_sqlite_type(part.kind)))
            part.add_comments(comments)
            parts.append(part)
        unnamed = part.expressions[0] if isinstance(part, exp.Constraint) else part
        if isinstance(unnamed, exp.PrimaryKey | exp.ForeignKey | exp.UniqueColumnConstraint):
            parts.append(unnamed)
    plain = exp.Create(this=exp.Schema(this=create.this.this, expressions=parts), kind="TABLE")
    return f"{plain.sql(dialect='sqlite')};"


def _sqlite_type(declared: "exp.DataType | None") -> str:
    from sqlglot import exp

    if declared is None:
        return "TEXT"
    name = declared.this.name
    return _TYPES.get(name) or exp.DataType(this=declared.this).sql(dialect="sqlite")
