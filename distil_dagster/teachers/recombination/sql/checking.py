"""Whether a query runs and tells something: on databases of its schema that are filled once for many queries."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from distil_dagster.tasks.sql.facts import Facts, parse_query, query_facts
from distil_dagster.tasks.sql.population import Population
from distil_dagster.tasks.sql.profiles import PROFILES
from distil_dagster.tasks.sql.sandbox import Budget, Database, Row
from distil_dagster.tasks.sql.schema import read_schema
from distil_dagster.tasks.sql.verdicts import QueryFailure

if TYPE_CHECKING:
    from sqlglot import exp

_USED = ("few values", "hardly any ties, some nulls", "ties, some nulls")


def informative(schema: str, queries: Sequence[str]) -> list[bool]:
    """For each query, whether it returns rows on one of the databases, other ones on another, and needs its conditions.

    A query from which a condition of WHERE or HAVING could be left out without a difference is not informative: the
    condition is trivial there, or contradicts another.
    """
    tables = read_schema(schema)
    trees = [parse_query(query) for query in queries]
    facts = Facts()
    for tree in trees:
        facts |= query_facts(tree, tables)
    population = Population(tables, facts, seed=schema)
    databases = []
    for profile in PROFILES:
        if profile.name in _USED:
            database = Database(schema)
            database.fill(population.rows(profile))
            database.seal()
            databases.append(database)
    return [tree is not None and _tells(query, tree, databases) for query, tree in zip(queries, trees, strict=True)]


def _tells(query: str, tree: "exp.Query", databases: Sequence[Database]) -> bool:
    try:
        answers = _answers(query, databases)
    except QueryFailure:
        return False
    if all(answer == answers[0] for answer in answers) or not any(map(_says_something, answers)):
        return False
    for simpler in _without_one_condition(tree):
        try:
            if _answers(simpler, databases) == answers:
                return False
        except QueryFailure:
            return False
    return True


def _answers(query: str, databases: Sequence[Database]) -> list[list[Row]]:
    budget = Budget()
    return [database.run(query, budget) for database in databases]


def _says_something(rows: Sequence[Row]) -> bool:
    return any(value is not None and value != 0 for row in rows for value in row)


def _without_one_condition(tree: "exp.Query") -> Iterator[str]:
    from sqlglot import exp

    for clause in (*tree.find_all(exp.Where), *tree.find_all(exp.Having)):
        conditions = list(clause.this.flatten()) if isinstance(clause.this, exp.And | exp.Or) else [clause.this]
        for condition in conditions:
            # The condition that ties a subquery to its row is no filter; without it the query means something else.
            neutral = "FALSE" if isinstance(clause.this, exp.Or) else "TRUE"
            replaced: exp.Expr = exp.maybe_parse(neutral, dialect="sqlite")
            if condition is clause.this:
                clause.set("this", replaced)
                yield tree.sql(dialect="sqlite")
                clause.set("this", condition)
            else:
                condition.replace(replaced)
                yield tree.sql(dialect="sqlite")
                replaced.replace(condition)
