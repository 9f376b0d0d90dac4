"""Text to SQL in stages: a schema, rows for it, questions that they can answer, and then, blind, the queries.

Asked for at once, models invent tables and columns (research on staged generation: NVIDIA NeMo Data Designer's
text-to-SQL recipe; SING-SQL, arXiv 2509.25672).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.sql import split_question, sql_question
from distil_dagster.teachers.model.plan import Design, Order
from distil_dagster.teachers.model.prompts import instructions, request
from distil_dagster.teachers.model.reading import UnreadableError, read_list, read_object, text_under
from distil_dagster.teachers.model.writer import (
    ITEMS,
    Ask,
    Draft,
    Question,
    closed_object,
    examples_word,
    shown_seeds,
    student_messages,
    unreadable,
)
from distil_dagster.teachers.teacher import GeneratedRow, Origin

CONCEPTS: dict[str, tuple[str, str]] = {
    "filter": ("rows that meet a condition on one column", "Where"),
    "several conditions": ("rows that meet several conditions, joined by and or or", "Connector"),
    "range": ("rows whose number or date lies between two bounds", "Between"),
    "pattern": ("rows whose text begins with, ends with or contains something", "Like"),
    "missing values": ("rows in which something is, or isn't, missing", "Is"),
    "count": ("a number of rows", "Count"),
    "sum or average": ("a sum or an average of a column", "Sum Avg"),
    "extremes": ("the largest or smallest of a column", "Max Min"),
    "group": ("a figure for each group", "Group"),
    "groups that meet a condition": ("groups whose own figure meets a condition", "Having"),
    "order and top": ("rows in an order, or the first few of them", "Order"),
    "distinct": ("the different values of a column", "Distinct"),
    "join": ("columns of one table by a condition on the other", "Join"),
    "without partner": ("rows of one table that have no partner in the other", "Not"),
    "subquery": ("rows compared with a figure over all rows", "Subquery"),
    "date parts": ("rows by the month, the year or the age of a date", "Anonymous TimeToStr"),
    "case": ("values sorted into classes by a condition", "Case"),
}
"""What a query can be about, and the nodes of sqlglot by one of which a seed's query is known to be about it."""


class StagedQueries:
    """See `distil_dagster.teachers.model.writer.Writer` for the meaning of each method."""

    takes_votes_on_labels = False

    def __init__(self, task: Task) -> None:
        self.task = task
        self.designs = tuple(
            Design(
                name,
                words,
                tuple(
                    index for index, row in enumerate(task.seeds) if _is_about(task.kind.expand(row)[0].target, nodes)
                ),
            )
            for name, (words, nodes) in CONCEPTS.items()
        )

    def questions_of_call(self, order: Order) -> Sequence[Question]:
        """Schema, rows, questions, and a query for each."""
        schema = self._schema_question(order)
        shown = shown_seeds(self.task, order)
        longest = max((sql_question(row).schema for row in self.task.seeds), key=len)
        rows = self._rows_question(order, longest)
        asked = self._asked_question(order, longest, "{}", shown)
        query = student_messages(self.task, max(self.task.seeds, key=lambda row: len(row.question)), order)
        return [schema, rows, asked, *[Question(query, "query", order.number)] * order.count]

    async def write(self, ask: Ask, order: Order) -> list[Draft | GeneratedRow]:
        """All stages of one call; what fails in one ends there."""
        shown = shown_seeds(self.task, order)
        requests: list[str] = []

        def origin(*more: str) -> Origin:
            return Origin(
                seeds=tuple(row.id for row in shown),
                design=order.cell.design.name,
                mutators=order.cell.mutators,
                requests=(*requests, *more),
            )

        try:
            reply = await ask(self._schema_question(order))
            requests.append(reply.request)
            schema = text_under(read_object(reply.text, "schema", cut_off=reply.cut_off), "schema")
            reply = await ask(self._rows_question(order, schema))
            requests.append(reply.request)
            rows = json.dumps(read_object(reply.text, "rows", cut_off=reply.cut_off)["rows"], ensure_ascii=False)
            reply = await ask(self._asked_question(order, schema, rows, shown))
            requests.append(reply.request)
            items = read_list(reply.text, ITEMS, cut_off=reply.cut_off)[: order.count]
        except UnreadableError as error:
            return [unreadable(origin(), str(error))] * order.count
        drafts = await asyncio.gather(*(self._query(ask, order, schema, item, origin) for item in items))
        missing = order.count - len(drafts)
        return [*drafts, *[unreadable(origin(), f"{len(items)} of {order.count} questions came")] * missing]

    async def _query(
        self, ask: Ask, order: Order, schema: str, item: dict[str, Any], origin: Callable[..., Origin]
    ) -> Draft | GeneratedRow:
        try:
            question = text_under(item, "question")
        except UnreadableError as error:
            return unreadable(origin(), str(error))
        unanswered = self._row(schema, question, "SELECT 1")
        messages = student_messages(self.task, unanswered, order)
        reply = await ask(Question(messages, "query", order.number))
        query = without_fence(reply.text)
        if not query:
            return unreadable(origin(reply.request), "the query is empty")
        return Draft(GeneratedRow(self._row(schema, question, query), origin(reply.request)), messages)

    def _row(self, schema: str, question: str, query: str) -> Row:
        """In the form of the seeds: the schema in the context, or in the question."""
        pattern = self.task.seeds[0]
        if pattern.context:
            return Row(question, query, schema)
        asked = split_question(pattern.question)
        before, _, after = pattern.question.partition(asked.schema)
        return Row(before + schema + after.replace(asked.question, question), query)

    def _schema_question(self, order: Order) -> Question:
        seeds = order.random().sample(self.task.seeds, min(2, len(self.task.seeds)))
        message = request(
            what=(
                "Write one new database schema like these, of a domain of your choice that none of them has, fit for "
                f"questions about {order.cell.design.instruction}. CREATE TABLE statements only."
            ),
            form='{"schema": "CREATE TABLE …"}',
            mutators=tuple((name, value) for name, value in order.cell.mutators if name.startswith("topic")),
            examples=[{"schema": sql_question(row).schema} for row in seeds],
        )
        form = closed_object({"schema": {"type": "string"}})
        return Question((instructions(self.task), message), "schema", order.number, form)

    def _rows_question(self, order: Order, schema: str) -> Question:
        message = request(
            what="Write five lifelike rows for each table, with ties and missing values where the schema allows them.",
            form='{"rows": {"<table>": [{"<column>": …}, …]}}',
            material=f"<schema>\n{schema}\n</schema>",
        )
        return Question((instructions(self.task), message), "rows", order.number)

    def _asked_question(self, order: Order, schema: str, rows: str, shown: Sequence[Row]) -> Question:
        message = request(
            what=(
                f"Write {examples_word(order.count)} of a question to this database that asks for "
                f"{order.cell.design.instruction}. Values that it names occur in the rows, or nearly do."
            ),
            form=f'{{"{ITEMS}": [{{"question": "…"}}, …]}}',
            mutators=order.cell.mutators,
            material=f"<schema>\n{schema}\n</schema>\n<rows>\n{rows}\n</rows>",
            examples=[{"question": sql_question(row).question} for row in shown],
        )
        items = {"type": "array", "items": closed_object({"question": {"type": "string"}})}
        return Question((instructions(self.task), message), "questions", order.number, closed_object({ITEMS: items}))


def _is_about(query: str, nodes: str) -> bool:
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(query, dialect="sqlite")
    except sqlglot.errors.ParseError:
        return False
    wanted: tuple[type[exp.Expression], ...] = tuple(getattr(exp, name) for name in nodes.split())
    return tree.find(*wanted) is not None
