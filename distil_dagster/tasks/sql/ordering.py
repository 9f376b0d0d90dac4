"""Which rows of an ordered answer may change places: those that are equal in all that the query orders by."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from distil_dagster.tasks.sql.sandbox import Row

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class _Key:
    """Where an order key stands in a row, and whether upper and lower case are the same to it."""

    position: int
    caseless: bool


@dataclass(frozen=True)
class Ordering:
    """The query to run so that the order keys can be seen."""

    query: str
    """The reference; if it doesn't return its order keys, with columns for them at the end."""
    keys: tuple[_Key, ...]
    """None of them: ties can't be seen, so every row has its place."""
    added: int
    """How many columns at the end are not part of the answer."""

    def tie_sizes(self, rows: Sequence[Row]) -> list[int]:
        """The numbers of rows, from the first on, that may change places with each other."""
        if not self.keys:
            return [1] * len(rows)
        return [len(list(group)) for _, group in groupby(rows, self._key)]

    def without_keys(self, rows: list[Row]) -> list[Row]:
        """The rows as the reference returns them."""
        return [row[: -self.added] for row in rows] if self.added else rows

    def _key(self, row: Row) -> list[Any]:
        values = ((row[key.position], key.caseless) for key in self.keys)
        return [value.casefold() if caseless and isinstance(value, str) else value for value, caseless in values]


def reference_ordering(query: str, tree: "exp.Query | None") -> Ordering | None:
    """How a reference orders its answer; None if it doesn't, or only within a subquery.

    Keys that are not in the output are added to it, unless that would change the rows (DISTINCT, UNION).
    """
    order = tree.args.get("order") if tree is not None else None
    if tree is None or order is None:
        return None
    from sqlglot import exp

    outputs = _first_select(tree).selects
    can_grow = isinstance(tree, exp.Select) and not tree.args.get("distinct")
    keys: list[_Key] = []
    added: list[exp.Expr] = []
    for term in order.expressions:
        wanted, caseless = term.this.unnest(), False
        if isinstance(wanted, exp.Collate):
            caseless = wanted.expression.name.casefold() == "nocase"
            wanted = wanted.this.unnest()
        position = _position(wanted, outputs)
        if position is None and can_grow:
            added.append(_without_aliases(wanted, outputs))
            position = -len(added)
        if position is None:
            return Ordering(query, (), 0)
        keys.append(_Key(position, caseless))
    if not added:
        return Ordering(query, tuple(keys), 0)
    longer = tree.copy()
    # Counted from the end, as a star before them hides how many columns there are.
    for expression in reversed(added):
        longer.select(expression, copy=False)
    return Ordering(longer.sql(dialect="sqlite"), tuple(keys), len(added))


def _first_select(tree: "exp.Query") -> "exp.Query":
    from sqlglot import exp

    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree


def _position(wanted: "exp.Expr", outputs: Sequence["exp.Expr"]) -> int | None:
    from sqlglot import exp

    if isinstance(wanted, exp.Literal) and wanted.is_int:
        return int(wanted.this) - 1
    name = wanted.name.casefold() if isinstance(wanted, exp.Column) else None
    for position, output in enumerate(outputs):
        if output.is_star:
            return None
        if name is not None and not wanted.text("table") and output.alias_or_name.casefold() == name:
            return position
        if output.unalias() == wanted:
            return position
    return None


def _without_aliases(wanted: "exp.Expr", outputs: Sequence["exp.Expr"]) -> "exp.Expr":
    """The expression with what the aliases stand for, since a column can't refer to its neighbours' aliases."""
    from sqlglot import exp

    named = {output.alias.casefold(): exp.paren(output.unalias()) for output in outputs if output.alias}

    def replaced(node: "exp.Expr") -> "exp.Expr":
        alias = node.name.casefold() if isinstance(node, exp.Column) and not node.table else ""
        return named[alias].copy() if alias in named else node

    return wanted.transform(replaced)
