"""The structure of a query without its names and values, to find questions that differ in nothing else."""

from functools import lru_cache


@lru_cache(maxsize=100_000)
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

    for wrapper in list(tree.find_all(exp.Alias, exp.Paren)):
        wrapper.replace(wrapper.this)
    for owner in tree.find_all(exp.Table, exp.Subquery):
        owner.set("alias", None)
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.Star() if isinstance(column.this, exp.Star) else exp.column("c"))
    for literal in list(tree.find_all(exp.Literal, exp.Boolean)):
        literal.replace(exp.var("v"))
    for name in tree.find_all(exp.Identifier):
        kind = "c" if isinstance(name.parent, exp.Column) else "t"
        name.replace(exp.to_identifier(kind))
    # All brackets are gone; those without which the tree would read differently come back.
    for operation in list(tree.find_all(exp.Binary)):
        parent = operation.parent
        leads_chain = type(parent) is type(operation) and operation.arg_key == "this"
        if isinstance(parent, exp.Binary | exp.Unary) and not leads_chain:
            operation.replace(exp.paren(operation.copy()))
    return tree.sql(dialect="sqlite", comments=False, normalize_functions="upper")
