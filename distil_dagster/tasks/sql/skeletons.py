"""The structure of a query without its names and values, to find questions that differ in nothing else."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


@cache
def skeleton(query: str) -> str:
    """The query with placeholders for tables, columns and literals, and without aliases.

    Two queries with one skeleton ask the same thing of other names or values. Keywords' case, spaces, comments and
    redundant brackets don't count. Raises ValueError if sqlglot can't read the query.
    """
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(query, dialect="sqlite")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ValueError(f"this query can't be read: {query[:100]!r}") from error

    def blank(node: "exp.Expr") -> "exp.Expr":
        if isinstance(node, exp.Alias):
            return node.unalias()
        if isinstance(node, exp.Paren) and not isinstance(node.this, exp.Binary):
            return node.unnest()
        if isinstance(node, exp.Column):
            return exp.column("c")
        if isinstance(node, exp.Literal | exp.Boolean):
            return exp.var("v")
        if isinstance(node, exp.Table):
            node.set("alias", None)
            node.set("this", exp.to_identifier("t"))
        return node

    return tree.transform(blank).sql(dialect="sqlite", comments=False, normalize_functions="upper")
