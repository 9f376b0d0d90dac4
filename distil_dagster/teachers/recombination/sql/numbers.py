"""Numbers and dates as people choose them: round, and within what a column holds."""

import math
from datetime import date, timedelta
from random import Random

from distil_dagster.teachers.recombination.sql.model import Column

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_FIRST, _LAST = date(2019, 1, 1), date(2024, 12, 31)


def threshold(column: Column, random: Random) -> float:
    """A number inside of the column's range that a question may compare with."""
    low, high = column.low, column.high
    if column.role == "score" or high - low <= 12:
        step = 1.0 if column.is_whole or high - low > 12 else 0.5
        return low + step * random.randint(1, max(1, round((high - low) / step) - 1))
    # Small amounts as often as large ones, where the range spans several orders of magnitude.
    start = max(low, high / 200, 1)
    value = math.exp(random.uniform(math.log(start), math.log(high * 0.9)))
    unit = 10.0 ** math.floor(math.log10(value))
    rounded = round(value / unit * 2) / 2 * unit if random.random() < 0.7 else round(value / unit, 1) * unit
    if column.high > 500 or column.is_whole or random.random() < 0.8:
        return max(1, round(rounded))
    return round(rounded + random.choice((0.5, 0.25, 0.9)), 2)


def number_range(column: Column, random: Random) -> tuple[float, float] | None:
    """Two numbers, the smaller first; None where the column has room for one only."""
    low, high = sorted((threshold(column, random), threshold(column, random)))
    return (low, high) if low < high else None


def written(number: float) -> str:
    """A number as question and query write it."""
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def any_day(random: Random) -> date:
    """A day of some recent year, rather the first or last of a month."""
    day = _FIRST + timedelta(days=random.randrange((_LAST - _FIRST).days))
    return day.replace(day=1) if random.random() < 0.35 else day


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
