"""The columns of a table, read off the class that declares its rows: name, type, and the words below each field.

Light, so that the code location can show what a table holds before it is made.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date
from textwrap import dedent
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import pyarrow

NAMES: Mapping[Any, str] = {str: "string", bool: "bool", int: "int", float: "float", date: "date"}


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """`string`, `int`, `list<string>`, ..."""
    nullable: bool
    description: str | None


def columns_of(row_type: type) -> tuple[Column, ...]:
    """A column per annotated field of the class and those it inherits from, in their order.

    Raises:
        TypeError: for a field of a type that no column has here.
    """
    descriptions = {
        name: words for base in reversed(row_type.__mro__[:-1]) for name, words in _descriptions(base).items()
    }
    columns = []
    for name, hint in get_type_hints(row_type).items():
        kind, nullable = _not_none(hint)
        columns.append(Column(name, _type_name(kind), nullable, descriptions.get(name)))
    return tuple(columns)


def arrow_schema(row_type: type) -> pyarrow.Schema:
    """The Arrow schema of rows of plain values, so that a column without a value keeps its type in Parquet."""
    import pyarrow

    types = {
        "string": pyarrow.string(),
        "bool": pyarrow.bool_(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "date": pyarrow.date32(),
    }
    return pyarrow.schema(
        [pyarrow.field(column.name, types[column.type], nullable=column.nullable) for column in columns_of(row_type)]
    )


def _not_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    options = get_args(hint)
    (kind,) = {_named(option) for option in options if option is not NoneType}
    return kind, NoneType in options


def _named(hint: Any) -> Any:
    return str if get_origin(hint) is Literal else hint


def _type_name(hint: Any) -> str:
    hint = _named(hint)
    parts = [_type_name(part) for part in get_args(hint) if part is not Ellipsis]
    if get_origin(hint) in (list, tuple):
        return f"list<{parts[0]}>"
    if is_dataclass(hint):
        return f"struct<{', '.join(f'{field}: {_type_name(kind)}' for field, kind in get_type_hints(hint).items())}>"
    if get_origin(hint) is dict:
        return f"map<{parts[0]}, {parts[1]}>"
    if hint not in NAMES:
        raise TypeError(f"no column has the type {hint}")
    return NAMES[hint]


def _descriptions(cls: type) -> dict[str, str]:
    """The string below each field of a class, in one line."""
    (definition,) = ast.parse(dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            found[field.target.id] = " ".join(below.value.value.split())
    return found
