"""The two questions asked about queries, answered within the process that runs them."""

from distil_dagster.tasks.sql.sandbox import Budget, Database, check_statement
from distil_dagster.tasks.sql.suite import Case, Suite, is_informative, suite_of
from distil_dagster.tasks.sql.verdicts import BadReference, ExecutionVerdict, QueryFailure


def judge_prediction(suite: Suite, prediction: str) -> ExecutionVerdict:
    """Whether a prediction returns what the reference returns on all databases of its suite."""
    budget = Budget()
    try:
        check_statement(prediction)
        for case in suite.cases_for(prediction):
            rows = case.database.run(prediction, budget)
            if not case.accepts(rows):
                return ExecutionVerdict("different_result", _difference(case, rows))
    except QueryFailure as failure:
        return ExecutionVerdict(failure.verdict, failure.detail)
    return ExecutionVerdict("match", "It returns what the reference returns on every database.")


def find_problems(schema: str, query: str, *, as_reference: bool) -> list[str]:
    """Why a query can't be a right answer to any question about a schema, one sentence each; see `query_problems`."""
    try:
        database = Database(schema)
    except QueryFailure as failure:
        return [f"The schema isn't a list of CREATE TABLE statements that SQLite runs: {failure.detail}"]
    database.seal()
    try:
        check_statement(query)
        database.run(query, Budget())
    except QueryFailure as failure:
        return [f"The query isn't a single SELECT that runs on the schema: {failure.detail}"]
    if not as_reference:
        return _unless_informative(schema, query)
    try:
        suite = suite_of(schema, query)
    except BadReference as error:
        return [f"The query has no answer to compare with: {error}."]
    return [] if suite.answers_anything else ["The query returns no row on any of the populated databases."]


def _unless_informative(schema: str, query: str) -> list[str]:
    try:
        informative = is_informative(schema, query)
    except QueryFailure as failure:
        return [f"The query fails on a populated database: {failure.detail}"]
    return [] if informative else ["The query returns nothing but 0 and NULL on all of the populated databases."]


def _difference(case: Case, rows: list[tuple[object, ...]]) -> str:
    where = f'on the database "{case.profile.name}"'
    if case.rows and rows and len(case.rows[0]) != len(rows[0]):
        return f"It returns {len(rows[0])} columns {where}, the reference {len(case.rows[0])}."
    if len(case.rows) != len(rows):
        return f"It returns {len(rows)} rows {where}, the reference {len(case.rows)}."
    return f"It returns as many rows as the reference {where}, but other values or another order."
