"""The embedded teacher of text-to-SQL: new schemas and requests, by recombination of the seeds (Jia & Liang 2016).

Seeds become templates whose tables, columns and values are exchanged for those of other schemas. Beside them stands a
grammar of requests, one concept of SQL each, that says the same in SQL, as the seeds write it, and in English. Concepts
are as frequent as in the seeds, mixed with an equal share of each. A request is given up rather than written with a
doubtful answer: its query has to return rows that depend on each of its conditions, on databases made for it.
"""

import re
from collections.abc import Iterable
from random import Random

from distil_dagster.tasks import Example, Row, Task
from distil_dagster.teachers.recombination.sql.checking import informative
from distil_dagster.teachers.recombination.sql.concepts import Concepts
from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.induction import induce
from distil_dagster.teachers.recombination.sql.model import Schema
from distil_dagster.teachers.recombination.sql.sampling import SchemaSampler
from distil_dagster.teachers.recombination.sql.seeds import read_seeds, seed_schemas
from distil_dagster.teachers.recombination.sql.writing import Draft
from distil_dagster.teachers.teacher import Assessment, GeneratedRow, Generation, NoRowsError, Origin

PER_SCHEMA = 7
"""Requests that are tried on each schema, with one set of databases; about four in five become rows."""
PATIENCE = 100
"""Schemas in a row without a new row after which the teacher says that it has no more."""
_STUTTER = re.compile(r"\b([A-Za-z]+) \1\b", re.IGNORECASE)
"""A word said twice in a row: a noun that doesn't fit where it was put."""


class SqlRecombinationTeacher:
    """Writes rows of text-to-SQL; see `distil_dagster.teachers.teacher.Teacher`."""

    name = "recombination"
    is_model = False

    def __init__(self, task: Task) -> None:
        """Raises ValueError if none of the task's seeds is a query over one table, or two that are linked."""
        self.task = task
        self._seeds = read_seeds(task.seeds)
        schemas = seed_schemas(self._seeds)
        if not schemas:
            raise NoRowsError(
                f"no seed of {task.name} can be recombined: each should show CREATE TABLE statements of one table, or "
                "of two that are linked, and be answered by a query that SQLite runs"
            )
        self._sampler = SchemaSampler(schemas)
        of_seed = {seed: schema for schema in schemas for seed in schema.seeds}
        found = (induce(seed, of_seed[seed.id]) for seed in self._seeds if seed.id in of_seed)
        templates = [template for template in found if template is not None]
        self._concepts = Concepts(self._seeds, templates, self._sampler)
        self._in_context = sum(seed.in_context for seed in self._seeds) * 2 > len(self._seeds)

    def generate(self, *, count: int, seed: int) -> Generation:
        """Write up to `count` rows that are neither seeds nor repeat each other; ends early when there are no more."""
        random = Random(seed)
        known = {(asked.question, asked.query) for asked in self._seeds}
        rows: list[GeneratedRow] = []
        failures = 0
        while len(rows) < count and failures < PATIENCE:
            schema = self._sampler.sample(random)
            before = len(rows)
            for draft, seeds in self._drafts(schema, random):
                keys = {(draft.question, draft.query), (draft.question, schema.text)}
                if not keys & known and len(rows) < count:
                    known |= keys
                    rows.append(GeneratedRow(self._row(schema, draft), Origin(seeds=seeds, template=draft.concept)))
            failures = 0 if len(rows) > before else failures + 1
        return Generation(tuple(rows), count, len(rows) < count)

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        """No answers: it writes questions from queries and can't read questions."""
        return tuple(Assessment(example.id, None, False) for example in examples)

    def _drafts(self, schema: Schema, random: Random) -> list[tuple[Draft, tuple[str, ...]]]:
        """Requests for one schema, no two with one wording, with the seeds that they stem from."""
        drafts: dict[str, tuple[Draft, tuple[str, ...]]] = {}
        for _ in range(PER_SCHEMA):
            found = self._concepts.draft(schema, Voice(random))
            if found is not None and not _STUTTER.search(found[0].question):
                drafts.setdefault(found[0].question, found)
        candidates = list(drafts.values())
        tell = informative(schema.text, [draft.query for draft, _ in candidates])
        return [candidate for candidate, is_good in zip(candidates, tell, strict=True) if is_good]

    def _row(self, schema: Schema, draft: Draft) -> Row:
        if self._in_context:
            return Row(draft.question, draft.query, schema.text)
        return Row(f"Schema:\n{schema.text}\n\nQuestion: {draft.question}", draft.query)
