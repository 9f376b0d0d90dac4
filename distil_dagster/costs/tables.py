"""Frozen dataclasses as Parquet tables, a column per field with the field's type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import pyarrow

Row = TypeVar("Row")


def arrow_table(row_type: type[Row], rows: Sequence[Row]) -> pyarrow.Table:
    """The rows with declared types, so that a column without a value keeps its type."""
    import pyarrow

    hints = get_type_hints(row_type)
    columns = [_column(field.name, hints[field.name]) for field in fields(row_type)]  # type: ignore[arg-type]
    records = [asdict(row) for row in rows]  # type: ignore[call-overload]
    return pyarrow.Table.from_pylist(records, schema=pyarrow.schema(columns))


def write_table(row_type: type[Row], rows: Sequence[Row], path: Path) -> None:
    """Write the rows as Parquet."""
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(row_type, rows), path)


def read_table(row_type: type[Row], path: Path) -> tuple[Row, ...]:
    """The rows of such a file; a field that it doesn't have yet must have a default."""
    import pyarrow.parquet as pq

    return tuple(row_type(**record) for record in pq.read_table(path).to_pylist())


def _column(name: str, hint: Any) -> pyarrow.Field:
    import pyarrow

    types = {str: pyarrow.string(), bool: pyarrow.bool_(), int: pyarrow.int64(), float: pyarrow.float64()}
    options = [hint] if get_origin(hint) is Literal else [*(get_args(hint) or (hint,))]
    nullable = NoneType in options
    (kind,) = {str if get_origin(option) is Literal else option for option in options if option is not NoneType}
    return pyarrow.field(name, pyarrow.date32() if kind is date else types[kind], nullable=nullable)
