"""A table's columns are read off the class of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa
import pytest

from distil_dagster.columns import Column, arrow_schema, columns_of
from distil_dagster.corpus.tables import CorpusRow, corpus_schema


@dataclass(frozen=True)
class Priced:
    name: str
    dollars: float | None
    """US dollars,
    to the cent."""


@dataclass(frozen=True)
class Dated(Priced):
    day: date
    origin: Literal["measured", "published"] | None
    tags: tuple[str, ...] = ()


def test_a_field_is_a_column_with_type_meaning_and_whether_it_may_be_empty() -> None:
    assert columns_of(Dated) == (
        Column("name", "string", False, None),
        Column("dollars", "float", True, "US dollars, to the cent."),
        Column("day", "date", False, None),
        Column("origin", "string", True, None),
        Column("tags", "list<string>", False, None),
    )


def test_a_column_without_a_value_keeps_its_type_in_a_table() -> None:
    table = pa.Table.from_pylist([{"name": "gpt", "dollars": None}], schema=arrow_schema(Priced))
    assert table.schema.field("dollars").type == pa.float64()


def test_a_type_that_no_column_has_is_an_error() -> None:
    @dataclass
    class Odd:
        value: complex

    with pytest.raises(TypeError, match="complex"):
        columns_of(Odd)


def test_every_column_of_the_corpus_is_described() -> None:
    assert [column.name for column in columns_of(CorpusRow)] == corpus_schema().names
