"""Each kind of request is written, in English and in SQL that tells something, over schemas that allow it."""

from collections.abc import Callable
from random import Random

import pytest

from distil_dagster.teachers.recombination.sql.checking import informative
from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.model import Schema, Table
from distil_dagster.teachers.recombination.sql.requests_groups import GROUPS
from distil_dagster.teachers.recombination.sql.requests_joined import JOINED
from distil_dagster.teachers.recombination.sql.requests_numbers import NUMBERS
from distil_dagster.teachers.recombination.sql.requests_parents import PARENTS
from distil_dagster.teachers.recombination.sql.requests_rows import ROWS
from distil_dagster.teachers.recombination.sql.requests_sets import SETS, managed, united
from distil_dagster.teachers.recombination.sql.requests_totals import TOTALS
from distil_dagster.teachers.recombination.sql.sampling import SchemaSampler
from distil_dagster.teachers.recombination.sql.seeds import read_seeds, seed_schemas
from distil_dagster.teachers.recombination.sql.writing import Draft
from tests.teachers.recombination.sql.conftest import seed_rows

Schemas = tuple[Schema, ...]


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    sampler, random = SchemaSampler(seed_schemas(read_seeds(seed_rows()))), Random(1)
    return tuple(sampler.sample(random) for _ in range(1000))


def telling(found: list[tuple[Schema, Draft]]) -> int:
    return sum(informative(schema.text, [draft.query])[0] for schema, draft in found[:5])


@pytest.mark.parametrize("write", [*ROWS, *NUMBERS, *GROUPS, *SETS], ids=lambda write: write.__name__)
def test_requests_for_one_table(write: Callable[[Table, Voice], Draft | None], schemas: Schemas) -> None:
    voice = Voice(Random(1))
    found = [(schema, draft) for schema in schemas if (draft := write(schema.main, voice))]
    assert telling(found) >= 2
    assert all(draft.question and draft.query.endswith(";") for _, draft in found)


@pytest.mark.parametrize("write", [*JOINED, *PARENTS, *TOTALS, united], ids=lambda write: write.__name__)
def test_requests_for_two_tables(write: Callable[[Schema, Table, Voice], Draft | None], schemas: Schemas) -> None:
    voice = Voice(Random(1))
    found = [
        (schema, draft)
        for schema in schemas
        if schema.parent is not None and (draft := write(schema, schema.parent, voice))
    ]
    assert telling(found) >= 2
    assert all(draft.question and draft.query.endswith(";") for _, draft in found)


def test_requests_for_rows_beside_those_that_they_refer_to(schemas: Schemas) -> None:
    voice = Voice(Random(1))
    assert telling([(schema, draft) for schema in schemas if (draft := managed(schema, voice))]) >= 2
