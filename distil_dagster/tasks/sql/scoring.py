"""Queries scored by execution, in a process of their own."""

from distil_dagster.tasks.sql.query_process import ProcessLost, shared_process
from distil_dagster.tasks.sql.verdicts import BadReference, ExecutionVerdict


def execution_match(schema: str, reference: str, prediction: str) -> ExecutionVerdict:
    """Whether a predicted SQLite query answers like the reference, judged by what both return.

    `schema` is a list of CREATE TABLE statements. Both queries run on about a dozen small databases made for them,
    always the same for the same schema and queries: test-suite accuracy of Zhong et al. 2020 ("Semantic Evaluation for
    Text-to-SQL with Distilled Test Suites", EMNLP), with databases from the literals of both queries instead of
    distilled ones. Answers are compared as multisets of rows, as lists if the reference has an ORDER BY of its own,
    where rows that tie may change places. The order of columns counts, their names don't; numbers are equal to a
    relative 1e-6. `now` is a fixed day.

    A prediction may read, for one second of CPU time and within 100 MB; whatever else it tries is its verdict.
    Raises BadReference if the schema or the reference can't be run within the same limits.
    """
    try:
        kind, answer = shared_process().ask("match", schema, reference, prediction)
    except ProcessLost as lost:
        if not lost.prepared:
            raise BadReference("the reference or its schema takes too much time or memory") from lost
        if lost.out_of_time:
            return ExecutionVerdict("timeout", "It didn't end in time.")
        return ExecutionVerdict("too_large", "It brought down the process that ran it.")
    if kind == "bad reference":
        raise BadReference(answer)
    verdict: ExecutionVerdict = answer
    return verdict


def query_problems(schema: str, query: str, *, as_reference: bool = True) -> list[str]:
    """Why a query can't be the right answer to a question about a schema, one sentence each; empty if it may be.

    The schema doesn't run, the query is no single SELECT or doesn't run, or it returns no row on any of the databases
    that `execution_match` would use: then any other query without rows would match it.

    What is not `as_reference` need not have a certain answer, as nothing is scored against it; one of these databases
    on which it returns anything but 0 and NULL is enough, which is found several times as fast.
    """
    question = "reference problems" if as_reference else "problems"
    try:
        _, problems = shared_process().ask(question, schema, query)
    except ProcessLost:
        return ["The query or its schema takes too much time or memory."]
    found: list[str] = problems
    return found
