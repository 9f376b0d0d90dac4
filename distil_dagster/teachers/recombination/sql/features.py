"""What a query uses of SQL, by which the seeds say what is asked for how often."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def features(tree: "exp.Query") -> frozenset[str]:
    """The features of a query: joins, grouping, aggregates, kinds of conditions, subqueries, dates, windows."""
    from sqlglot import exp

    kinds: dict[str, tuple[type[exp.Expr], ...]] = {
        "group": (exp.Group,),
        "having": (exp.Having,),
        "order": (exp.Order,),
        "limit": (exp.Limit,),
        "distinct": (exp.Distinct,),
        "like": (exp.Like,),
        "null": (exp.Is,),
        "between": (exp.Between,),
        "in": (exp.In,),
        "exists": (exp.Exists,),
        "or": (exp.Or,),
        "case": (exp.Case,),
        "window": (exp.Window,),
        "with": (exp.CTE,),
        "count": (exp.Count,),
        "sum": (exp.Sum,),
        "avg": (exp.Avg,),
        "not": (exp.Not,),
        "extreme": (exp.Max, exp.Min),
        "set": (exp.SetOperation,),
        "where": (exp.Where,),
        "compare": (exp.GT, exp.GTE, exp.LT, exp.LTE),
        "arithmetic": (exp.Add, exp.Sub, exp.Mul, exp.Div),
    }
    found = {name for name, types in kinds.items() if tree.find(*types) is not None}
    for join in tree.find_all(exp.Join):
        found.add("left join" if join.side == "LEFT" else "join")
    if tree.find(exp.Subquery, exp.Exists) is not None or any(one.args.get("query") for one in tree.find_all(exp.In)):
        found.add("subquery")
    tables = {table.name for table in tree.find_all(exp.Table)} - {cte.alias for cte in tree.find_all(exp.CTE)}
    found.add(f"{len(tables)} tables")
    text = tree.sql(dialect="sqlite").upper()
    found |= {name for name in ("STRFTIME", "JULIANDAY", "ROUND", "COALESCE", "DATE(") if name in text}
    return frozenset(found)


def likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """Jaccard similarity; two queries without any feature are alike."""
    return len(left & right) / len(left | right) if left | right else 1.0
