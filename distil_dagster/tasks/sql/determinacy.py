"""Queries whose rows don't depend on the order in which a database visits its tables, told by their form."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def rows_are_determined(tree: "exp.Query | None") -> bool:
    """Whether tables of the same rows, stored in any order, always give the same rows.

    Only what is certain by its form counts: no LIMIT, no window, no subquery as a value but for a single aggregate, and
    beside aggregates only columns that are grouped by.
    """
    if tree is None:
        return False
    from sqlglot import exp

    if tree.find(exp.Limit, exp.Offset, exp.Window, exp.Rand) is not None:
        return False
    return all(_only_grouped(select) for select in tree.find_all(exp.Select)) and all(
        _is_one_value(subquery.unnest())
        for subquery in tree.find_all(exp.Subquery)
        if not isinstance(subquery.parent, exp.From | exp.Join | exp.In | exp.Exists | exp.SetOperation)
    )


def _only_grouped(select: "exp.Select") -> bool:
    from sqlglot import exp

    group = select.args.get("group")
    if group is None and not any(output.find(exp.AggFunc) for output in select.selects):
        return True
    outputs = select.selects
    grouped: set[str] = set()
    for term in group.expressions if group is not None else ():
        is_place = isinstance(term, exp.Literal) and term.is_int and 0 < int(term.this) <= len(outputs)
        column = outputs[int(term.this) - 1].unalias() if is_place else term
        if not isinstance(column, exp.Column):
            return False
        grouped.add(column.name.casefold())
    aliases = {output.alias.casefold() for output in outputs if output.alias}
    order, having = select.args.get("order"), select.args.get("having")
    later = [part for part in (order, having) if part is not None]
    if any(isinstance(output.unalias(), exp.Star) or output.find(exp.Query) for output in outputs):
        return False
    # An alias may be used in ORDER BY and HAVING, where it stands for an output that is looked at itself.
    known = [(output, grouped) for output in outputs] + [(part, grouped | aliases) for part in later]
    return all(
        column.name.casefold() in names or isinstance(column.find_ancestor(exp.AggFunc, exp.Query), exp.AggFunc)
        for part, names in known
        for column in part.find_all(exp.Column)
    )


def _is_one_value(query: "exp.Expr") -> bool:
    from sqlglot import exp

    if not isinstance(query, exp.Select) or query.args.get("group") is not None:
        return False
    return all(isinstance(output.unalias(), exp.AggFunc) for output in query.selects)
