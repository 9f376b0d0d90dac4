"""Frozen dataclasses as Parquet tables, a column per field with the field's type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from distil_dagster.columns import arrow_schema

if TYPE_CHECKING:
    import pyarrow

Row = TypeVar("Row")


def arrow_table(row_type: type[Row], rows: Sequence[Row]) -> pyarrow.Table:
    """The rows with declared types, so that a column without a value keeps its type."""
    import pyarrow

    records = [asdict(row) for row in rows]  # type: ignore[call-overload]
    return pyarrow.Table.from_pylist(records, schema=arrow_schema(row_type))


def write_table(row_type: type[Row], rows: Sequence[Row], path: Path) -> None:
    """Write the rows as Parquet."""
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(row_type, rows), path)


def read_table(row_type: type[Row], path: Path) -> tuple[Row, ...]:
    """The rows of such a file; a field that it doesn't have yet must have a default."""
    import pyarrow.parquet as pq

    return tuple(row_type(**record) for record in pq.read_table(path).to_pylist())
