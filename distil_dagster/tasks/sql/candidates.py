"""Values worth having in a column: those around the literals that queries compare it with, and others to fill up."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from distil_dagster.tasks.sql.facts import Scalar
from distil_dagster.tasks.sql.fixed_functions import NOW
from distil_dagster.tasks.sql.schema import Kind

FILLERS = 60
"""Different values that a column can take beside those around literals, at least; booleans have two."""

_WORDS = (
    *("amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbour", "indigo", "juniper", "kestrel"),
    *("lagoon", "meadow", "nickel", "orchid", "pebble", "quartz", "raven", "saffron", "tundra", "umber", "velvet"),
    *("willow", "yarrow", "zephyr"),
)
_CALENDAR = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?)?)?(?!\d)")
_SHIFT = re.compile(r"([+-]?\d+)\s*(second|minute|hour|day|month|year)s?", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "month": 30 * 86400, "year": 365 * 86400}
_NOW = datetime.fromisoformat(NOW)
_LONGEST_OFFSET_DAYS = 4_000


def boundary_values(kind: Kind, literals: Iterable[Scalar], patterns: Iterable[str]) -> list[Any]:
    """Values at, just below and just above the literals, that match the patterns, and that nearly do; no duplicates."""
    # Sorted, since the order in which a set is read differs from process to process.
    ordered = sorted(literals, key=repr)
    wildcards = sorted(patterns)
    match kind:
        case "boolean":
            found: list[Any] = [0, 1, *(literal for literal in ordered if isinstance(literal, str))]
        case "integer" | "real":
            found = _around_numbers(kind, ordered)
        case "date" | "datetime":
            found = [_written(moment, kind) for moment in _around_moments([*ordered, *wildcards])]
        case "time":
            found = [literal for literal in ordered if isinstance(literal, str)]
        case _:
            found = [*_around_texts(ordered), *_around_patterns(wildcards)]
    return list(dict.fromkeys(found))


def filler_values(kind: Kind, boundary: Iterable[Any], random: Random) -> list[Any]:
    """`FILLERS` or more different values of a kind, spread over and beyond the range of its boundary values."""
    match kind:
        case "boolean":
            return [0, 1]
        case "integer" | "real":
            numbers = [value for value in boundary if isinstance(value, int | float)]
            low, high = min(numbers, default=1), max(numbers, default=100)
            width = max(high - low, abs(high), 20)
            spread = [low - width + 3 * width * random.random() for _ in range(3 * FILLERS)]
            if low >= 0:  # amounts, ages and the like are rarely negative
                spread = [abs(value) for value in spread]
            rounded = [round(value) if kind == "integer" else round(value, 2) for value in spread]
            return list(dict.fromkeys([*rounded, 0]))
        case "date" | "datetime":
            known = [moment for value in boundary if (moment := _moment(str(value)))] or [_NOW]
            start = min(known) - timedelta(days=400)
            seconds = int((max(known) + timedelta(days=400) - start).total_seconds())
            moments = [start + timedelta(seconds=random.randrange(seconds)) for _ in range(2 * FILLERS)]
            return list(dict.fromkeys(_written(moment, kind) for moment in moments))
        case "time":
            return [f"{random.randrange(24):02}:{random.randrange(60):02}:00" for _ in range(FILLERS)]
        case "blob":
            return [bytes([number]) for number in range(FILLERS)]
        case "text":
            words = random.sample(_WORDS, len(_WORDS))
            return [*words, *(f"{first} {second}" for first in words[:8] for second in words[8:16] if first != second)]


def _around_numbers(kind: Kind, literals: Iterable[Scalar]) -> list[int | float]:
    found: list[int | float] = []
    for literal in literals:
        try:
            number = float(literal)
        except ValueError:
            continue
        if kind == "integer":
            whole = int(number // 1)
            found += [whole, whole - 1, whole + 1]
        else:
            found += [number, number - 1, number + 1, round(number - 0.01, 6), round(number + 0.01, 6)]
    return found


def _around_moments(literals: Iterable[Scalar]) -> list[datetime]:
    found: list[datetime] = []
    offsets: list[timedelta] = []
    parts: list[int] = []
    for literal in literals:
        text = str(literal)
        if isinstance(literal, str) and (moment := _moment(text)):
            found += _neighbours(moment, exact=_CALENDAR.search(text))
        elif isinstance(literal, str) and (shift := _SHIFT.fullmatch(text.strip())):
            offsets.append(timedelta(seconds=abs(int(shift[1])) * _SECONDS[shift[2].lower()]))
        elif isinstance(literal, str) and re.fullmatch(r"\d\d", text):
            parts.append(int(text))
        elif isinstance(literal, str) and text.casefold() == "now":
            offsets.append(timedelta())
        elif isinstance(literal, int) and 1900 <= literal <= 2100:
            found += _neighbours(datetime(literal, 1, 1), exact=_CALENDAR.fullmatch(text))
        elif isinstance(literal, int | float) and 0 <= literal <= _LONGEST_OFFSET_DAYS:
            offsets.append(timedelta(days=literal))
            parts.append(int(literal))
    day, second = timedelta(days=1), timedelta(seconds=1)
    for offset in offsets:
        # Both ways from the present, and from one another, for differences of two columns.
        for moment in (_NOW - offset, _NOW + offset):
            found += [moment, moment - day, moment + day, moment - second, moment + second]
    for part in parts:
        found += [datetime(2023, month, 15, part % 24) for month in {part, part - 1, part + 1} if 1 <= month <= 12]
        found += [datetime(2023, 5, date, part % 24) for date in {part, part - 1, part + 1} if 1 <= date <= 31]
    return found


def _neighbours(moment: datetime, *, exact: re.Match[str] | None) -> list[datetime]:
    """Both ends of the year, month, day or second that a literal names, and what lies just beyond."""
    year, month, date, hour = exact.groups()[:4] if exact else (None,) * 4
    start = moment
    if hour:
        end = moment
    elif date:
        end = moment + timedelta(days=1, seconds=-1)
    elif month:
        end = (moment.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(seconds=1)
    else:
        end = moment.replace(month=12, day=31, hour=23, minute=59, second=59)
    middle = start + (end - start) / 2
    day, second = timedelta(days=1), timedelta(seconds=1)
    edges = [start, end, middle, start - second, end + second, start - day, end + day]
    return [*edges, start - timedelta(days=365), start + timedelta(days=366)] if year else edges


def _written(moment: datetime, kind: Kind) -> str:
    # Not strftime, which doesn't pad years before 1000 everywhere.
    return moment.date().isoformat() if kind == "date" else moment.isoformat(sep=" ", timespec="seconds")


def _moment(text: str) -> datetime | None:
    found = _CALENDAR.search(text)
    if found is None:
        return None
    try:
        moment = datetime(*(int(part or default) for part, default in zip(found.groups(), "011000", strict=True)))  # type: ignore[arg-type]
    except ValueError:
        return None
    return moment if 2 <= moment.year <= 9990 else None


def _around_texts(literals: Iterable[Scalar]) -> list[str]:
    found: list[str] = []
    for literal in literals:
        text = str(literal)
        found += [text, text.swapcase(), f"{text}x", f"x {text}", text[:-1]]
    return found


def _around_patterns(patterns: Iterable[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        single = re.sub(r"[_?]", "q", pattern)
        core = re.sub(r"[%*]", "", single)
        found += [core, re.sub(r"[%*]", "mid", single), f"pre {core}", f"{core} post", f"a{core}z"]
        found += [core.swapcase(), core[1:], core[:-1], re.sub(r"[_?%*]", "", pattern)]
    return found
