"""SQLite's functions whose value depends on the day or on the order of rows, replaced by ones where it doesn't."""

import sqlite3
from bisect import insort
from collections.abc import Callable
from functools import cache
from typing import Any

NOW = "2024-06-12 10:30:00"
"""The instant that every query takes for the present (UTC)."""
LONGEST_TEXT = 1_000_000
"""Bytes of the longest text or blob in a query."""
MOST_CONCATENATED = 100_000

_CLOCK_FUNCTIONS = ("date", "time", "datetime", "julianday", "unixepoch", "strftime")
_CLOCK_NAMES = {"current_date": NOW[:10], "current_time": NOW[11:], "current_timestamp": NOW}


def fix_functions(connection: sqlite3.Connection) -> None:
    """Stop the clock at `NOW`, and let GROUP_CONCAT join in sorted order.

    SQL leaves the order of GROUP_CONCAT open, so two right queries may differ in it.
    """
    for name in _CLOCK_FUNCTIONS:
        connection.create_function(name, -1, _at_fixed_time(name), deterministic=True)
    for name, value in _CLOCK_NAMES.items():
        connection.create_function(name, 0, lambda value=value: value, deterministic=True)
    aggregate: Any = _SortedConcatenation  # typeshed wants attributes where it has methods
    for arguments in (1, 2):
        connection.create_window_function("group_concat", arguments, aggregate)


@cache
def _at_fixed_time(name: str) -> Callable[..., Any]:
    position = 1 if name == "strftime" else 0
    # A connection of its own, since a query can't ask the one that runs it.
    calendar = sqlite3.connect(":memory:", check_same_thread=False)

    def call(*given: Any) -> Any:
        arguments = list(given)
        if len(arguments) == position:
            arguments.append(NOW)
        elif len(arguments) > position and str(arguments[position]).casefold() == "now":
            arguments[position] = NOW
        marks = ", ".join("?" * len(arguments))
        return calendar.execute(f"SELECT {name}({marks})", arguments).fetchone()[0]

    return call


class _SortedConcatenation:
    """GROUP_CONCAT(value [, separator]), also over a window."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._separator = ","
        self._length = 0

    def step(self, *arguments: Any) -> None:
        value, separator = (*arguments, ",")[:2]
        if value is not None:
            text = str(value)
            self._length += len(text)
            if self._length > LONGEST_TEXT or len(self._texts) > MOST_CONCATENATED:
                raise OverflowError("a concatenation is too long")
            insort(self._texts, text)
            self._separator = "" if separator is None else str(separator)

    def inverse(self, *arguments: Any) -> None:
        value = arguments[0]
        if value is not None:
            self._length -= len(str(value))
            self._texts.remove(str(value))

    def value(self) -> str | None:
        return self._separator.join(self._texts) if self._texts else None

    def finalize(self) -> str | None:
        return self.value()
