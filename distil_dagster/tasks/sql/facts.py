"""What a query says about data that would tell it from a similar query: literals, conditions, joins, group sizes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import TYPE_CHECKING

from distil_dagster.tasks.sql.schema import Table, condition_of_one_column

if TYPE_CHECKING:
    from sqlglot import exp

ColumnId = tuple[str, str]
"""Names of table and column in lower case."""
Scalar = int | float | str


@dataclass(frozen=True)
class Facts:
    """The data that matters to one or several queries. Column names are in lower case."""

    literals: frozenset[tuple[str, Scalar]] = frozenset()
    """(column, value) where a value is compared with a column; the column is empty if it isn't known."""
    patterns: frozenset[tuple[str, str]] = frozenset()
    """(column, LIKE or GLOB pattern)."""
    conditions: frozenset[tuple[str, str]] = frozenset()
    """(column, condition on nothing else), with the column called `it`."""
    links: frozenset[tuple[ColumnId, ColumnId]] = frozenset()
    """Columns compared with each other."""
    counts: frozenset[int] = frozenset()
    """Numbers that a count is compared with."""
    grouped: frozenset[str] = frozenset()
    """Columns in GROUP BY."""
    limit: int = 0
    """The largest LIMIT plus OFFSET."""

    def __or__(self, other: "Facts") -> "Facts":
        merged = {
            field.name: getattr(self, field.name) | getattr(other, field.name)
            for field in fields(self)
            if field.name != "limit"
        }
        return Facts(**merged, limit=max(self.limit, other.limit))

    def covers(self, other: "Facts") -> bool:
        """Whether databases made for these facts have all that the others ask for.

        Conditions and groups don't count: they only say how often a value is to occur.
        """
        both = self | other
        return both == replace(self, conditions=both.conditions, grouped=both.grouped)


def parse_query(query: str) -> "exp.Query | None":
    """The syntax tree of a single query; None if sqlglot doesn't understand it (SQLite still may)."""
    import sqlglot
    from sqlglot import exp

    try:
        statements = [statement for statement in sqlglot.parse(query, dialect="sqlite") if statement is not None]
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None
    if len(statements) != 1:
        return None
    tree = statements[0]
    if isinstance(tree, exp.Subquery):
        tree = tree.unnest()
    return tree if isinstance(tree, exp.Query) else None


def query_facts(tree: "exp.Query | None", tables: Sequence[Table]) -> Facts:
    """The facts of one query; none of a query that isn't understood."""
    return reduce(Facts.__or__, _Reader(tree, tables).facts(), Facts()) if tree is not None else Facts()


class _Reader:
    def __init__(self, tree: "exp.Query", tables: Sequence[Table]) -> None:
        from sqlglot import exp

        self._tree = tree
        self._columns = {table.name.casefold(): {name.casefold() for name in table.column_names} for table in tables}
        self._known = set().union(*self._columns.values()) if self._columns else set()
        self._aliases = {
            table.alias_or_name.casefold(): table.name.casefold()
            for table in tree.find_all(exp.Table)
            if table.name.casefold() in self._columns
        }
        self._named = {
            alias.alias.casefold(): alias.this for alias in tree.find_all(exp.Alias) if alias.alias not in self._known
        }

    def facts(self) -> Iterator[Facts]:
        from sqlglot import exp

        for predicate in self._tree.find_all(exp.Predicate):
            if not isinstance(predicate, exp.SubqueryPredicate):
                yield self._predicate(predicate)
        yield Facts(links=frozenset(self._links()))
        in_groups = [column for group in self._tree.find_all(exp.Group) for column in group.find_all(exp.Column)]
        yield Facts(grouped=frozenset(column.name.casefold() for column in in_groups))
        for query in self._tree.find_all(exp.Query):
            numbers = [
                int(clause.expression.this)
                for clause in (query.args.get("limit"), query.args.get("offset"))
                if clause is not None and getattr(clause.expression, "is_int", False)
            ]
            yield Facts(limit=min(sum(numbers), 1_000))
        # What no predicate compares (CASE x WHEN 'a', arguments of functions) may concern any column.
        loose = frozenset(
            ("", value)
            for literal in self._tree.find_all(exp.Literal)
            if literal.find_ancestor(exp.Predicate, exp.Limit, exp.Offset, exp.Ordered) is None
            and (value := _value(literal)) is not None
        )
        yield Facts(literals=loose)

    def _predicate(self, predicate: "exp.Predicate") -> Facts:
        from sqlglot import exp

        nodes = [predicate, *_outside_subqueries(predicate)]
        literals = [node for node in nodes if isinstance(node, exp.Literal)]
        columns = {node.name.casefold() for node in nodes if isinstance(node, exp.Column) and not self._is_text(node)}
        values: list[Scalar] = [value for literal in literals if (value := _value(literal)) is not None]
        values += [node.name for node in nodes if isinstance(node, exp.Column) and self._is_text(node)]
        aggregates = [self._named.get(column) for column in columns] + nodes
        if any(isinstance(node, exp.Count | exp.Window) for node in aggregates):
            return Facts(counts=frozenset(value for value in values if isinstance(value, int)))
        known = columns & self._known or {""}
        if isinstance(predicate, exp.Like | exp.ILike | exp.Glob):
            return Facts(
                patterns=frozenset((column, str(value)) for column in known for value in values),
                conditions=self._condition(predicate, nodes, columns),
            )
        return Facts(
            literals=frozenset((column, value) for column in known for value in values),
            conditions=self._condition(predicate, nodes, columns),
        )

    def _condition(
        self, predicate: "exp.Predicate", nodes: Sequence["exp.Expr"], columns: set[str]
    ) -> frozenset[tuple[str, str]]:
        from sqlglot import exp

        simple = not any(isinstance(node, exp.AggFunc | exp.Query | exp.Subquery) for node in nodes)
        if len(columns) != 1 or not columns <= self._known or not simple:
            return frozenset()
        whole: exp.Expr = predicate
        while isinstance(whole.parent, exp.Not | exp.Paren):
            whole = whole.parent
        return frozenset({(next(iter(columns)), condition_of_one_column(whole.unnest()))})

    def _is_text(self, column: "exp.Column") -> bool:
        """Whether SQLite takes a name in double quotes for a text, as it does if there is no such column."""
        name = column.name.casefold()
        return bool(
            column.this.args.get("quoted") and not column.table and name not in self._known and name not in self._named
        )

    def _links(self) -> Iterator[tuple[ColumnId, ColumnId]]:
        from sqlglot import exp

        for comparison in self._tree.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is):
            yield from self._pairs(comparison.left, comparison.right)
        for membership in self._tree.find_all(exp.In):
            query = membership.args.get("query")
            outputs = query.unnest().selects if query is not None else []
            if len(outputs) == 1:
                yield from self._pairs(membership.this, outputs[0])
        for operation in self._tree.find_all(exp.SetOperation):
            for left, right in zip(operation.left.selects, operation.right.selects, strict=False):
                yield from self._pairs(left, right)
        used = set(self._aliases.values())
        for join in self._tree.find_all(exp.Join):
            names = {name.name.casefold() for name in join.args.get("using") or ()}
            for first in used:
                for second in used - {first}:
                    common = self._columns[first] & self._columns[second]
                    for name in common if join.method == "NATURAL" else common & names:
                        yield (first, name), (second, name)

    def _pairs(self, left: "exp.Expr", right: "exp.Expr") -> Iterator[tuple[ColumnId, ColumnId]]:
        for first in self._resolve(left):
            for second in self._resolve(right):
                if first != second:
                    yield first, second

    def _resolve(self, side: "exp.Expr") -> list[ColumnId]:
        from sqlglot import exp

        column = side.unalias().unnest()
        if not isinstance(column, exp.Column):
            return []
        name = column.name.casefold()
        table = self._aliases.get(column.table.casefold())
        tables = {table} if table else set(self._aliases.values())
        return [(table, name) for table in sorted(tables) if name in self._columns[table]]


def _outside_subqueries(node: "exp.Expr") -> Iterator["exp.Expr"]:
    from sqlglot import exp

    for child in node.iter_expressions():
        yield child
        if not isinstance(child, exp.Query):
            yield from _outside_subqueries(child)


def _value(literal: "exp.Literal") -> Scalar | None:
    from sqlglot import exp

    if literal.is_string:
        return str(literal.this)
    try:
        number = float(literal.this)
    except ValueError:  # 0x10, and what only other dialects write
        return None
    if not abs(number) < 1e15:
        return None
    if isinstance(literal.parent, exp.Neg):
        number = -number
    return int(number) if number.is_integer() and "." not in literal.this else number
