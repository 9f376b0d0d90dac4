"""SQL as the seeds write it: one line, keywords in upper case, aliases only where there are several tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from distil_dagster.teachers.recombination.sql.model import Schema, Table


@dataclass(frozen=True)
class Draft:
    """A request that isn't checked yet."""

    question: str
    query: str
    concept: str
    """The kind of request, which names the template."""


def select(
    outputs: Sequence[str],
    source: str,
    *,
    where: Sequence[str] = (),
    group: Sequence[str] = (),
    having: str = "",
    order: str = "",
    limit: int | None = None,
    distinct: bool = False,
) -> str:
    """A SELECT without its semicolon; empty clauses are left out."""
    parts = [f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(outputs)} FROM {source}"]
    if where:
        parts.append(f"WHERE {' AND '.join(where)}")
    if group:
        parts.append(f"GROUP BY {', '.join(group)}")
    if having:
        parts.append(f"HAVING {having}")
    if order:
        parts.append(f"ORDER BY {order}")
    if limit is not None:
        parts.append(f"LIMIT {limit}")
    return " ".join(parts)


@dataclass(frozen=True)
class Aliases:
    """What the tables of a pair are called in a query."""

    parent: str
    child: str

    @property
    def of_parent(self) -> str:
        """The qualifier of the parent's columns."""
        return f"{self.parent}."

    @property
    def of_child(self) -> str:
        """The qualifier of the child's columns."""
        return f"{self.child}."


def aliases(schema: Schema) -> Aliases:
    """The first letters of the tables' names; where both are equal the child takes its last word's, or its next one."""
    parent, child = _parent(schema).name, schema.main.name
    first = parent[0].lower()
    letters = [child[0].lower(), child.split("_")[-1][0].lower(), *child[1:].lower()]
    return Aliases(first, next((letter for letter in letters if letter != first and letter.isalpha()), "x"))


def joined(schema: Schema, *, first: str, outer: bool = False, extra: Sequence[str] = ()) -> str:
    """Both tables in a FROM clause, `first` being `parent` or `child`; the key of the later one stands on the left."""
    parent, child, names = _parent(schema), schema.main, aliases(schema)
    join = "LEFT JOIN" if outer else "JOIN"
    parent_side, child_side = f"{names.parent}.{schema.parent_key}", f"{names.child}.{schema.link}"
    if first == "parent":
        condition = " AND ".join([f"{child_side} = {parent_side}", *extra])
        return f"{parent.name} AS {names.parent} {join} {child.name} AS {names.child} ON {condition}"
    condition = " AND ".join([f"{parent_side} = {child_side}", *extra])
    return f"{child.name} AS {names.child} {join} {parent.name} AS {names.parent} ON {condition}"


def _parent(schema: Schema) -> Table:
    if schema.parent is None:
        raise ValueError(f"{schema.main.name} has no parent table")
    return schema.parent
