"""When two answers are the same: by value, with tolerance for rounding, in order only where order counts."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from distil_dagster.tasks.sql.sandbox import Row

RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 1e-9


def same_rows(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether both hold the same rows equally often, in any order.

    Numbers are equal to a relative 1e-6, whether whole or not; a null equals a null; a text is never a number.
    """
    if len(left) != len(right):
        return False
    counted, others = Counter(left), Counter(right)
    if counted == others:
        return True
    return _same_but_for_rounding(list((counted - others).elements()), list((others - counted).elements()))


def same_order(left: Sequence[Row], right: Sequence[Row], tie_sizes: Sequence[int]) -> bool:
    """Whether both hold the same rows in the same order; the rows of a tie may change places.

    `tie_sizes` are the numbers of rows of `left` that tie, from the first on.
    """
    if len(left) != len(right):
        return False
    start = 0
    for size in tie_sizes:
        if not same_rows(left[start : start + size], right[start : start + size]):
            return False
        start += size
    return True


def _same_but_for_rounding(left: list[Row], right: list[Row]) -> bool:
    """Equality of rows that have no exact partner.

    Sorted by all that isn't a number first: then only numbers that are nearly equal could bring rows out of step.
    """
    pairs = zip(sorted(left, key=_sort_key), sorted(right, key=_sort_key), strict=True)
    return all(len(a) == len(b) and all(map(_same_value, a, b)) for a, b in pairs)


def _same_value(left: Any, right: Any) -> bool:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or math.isclose(left, right, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return type(left) is type(right) and bool(left == right)


def _sort_key(row: Row) -> tuple[Any, ...]:
    texts = tuple((type(cell).__name__, cell) for cell in row if isinstance(cell, str | bytes))
    kinds = tuple("number" if isinstance(cell, int | float) else type(cell).__name__ for cell in row)
    numbers = tuple(float(f"{cell:.7g}") for cell in row if isinstance(cell, int | float))
    return kinds, texts, numbers
