"""Sums, averages and extremes of a column, and the columns by which rows are grouped."""

from collections.abc import Sequence
from dataclasses import dataclass

from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.model import ADDITIVE, Column, Table
from distil_dagster.teachers.recombination.sql.projections import several

_SAID = {"SUM": ("total", "summed"), "AVG": ("average", "mean"), "MIN": ("lowest",), "MAX": ("highest",)}


@dataclass(frozen=True)
class Aggregate:
    """One number of many rows."""

    sql: str
    noun: str
    """Its full name, for before "of all orders"."""
    short: str
    """Its name where the rest is clear."""
    rounding: str = ""
    """Said at the end where it is rounded."""
    column: Column | None = None


def aggregate_of(table: Table, voice: Voice, *, qualifier: str = "", functions: Sequence[str] = ()) -> Aggregate | None:
    """A sum, average, minimum or maximum of some column; None if it has none."""
    columns = [column for column in table.columns if column.is_numeric]
    if not columns:
        return None
    column = voice.random.choice(columns)
    allowed = ["AVG", "AVG", "MIN", "MAX", *(["SUM", "SUM", "SUM"] if column.role in ADDITIVE else [])]
    function = voice.random.choice([one for one in allowed if not functions or one in functions] or ["AVG"])
    return aggregate(column, function, voice, qualifier=qualifier)


def aggregate(column: Column, function: str, voice: Voice, *, qualifier: str = "") -> Aggregate:
    """One aggregate of one column."""
    noun = column.phrase if voice.chance(0.7) else voice.random.choice(column.phrases)
    said = voice.random.choice(_SAID[function])
    if function == "SUM" and noun.startswith("total "):
        said = "summed"
    if function in ("MIN", "MAX"):
        word = column.most if function == "MAX" else column.least
        fits = word in ("highest", "lowest", "largest", "smallest", "longest", "shortest", "best", "worst")
        # A grade of 1 may be the best or the worst, so only size is said of such.
        said = word if fits and word not in ("best", "worst") and voice.chance(0.4) else said
        said = (
            voice.say("[highest|maximum]" if function == "MAX" else "[lowest|minimum]")
            if said
            in (
                "highest",
                "lowest",
            )
            else said
        )
    full = f"{said} {noun}" if function != "SUM" or voice.chance(0.7) else f"sum of the {several(noun)}"
    if function == "AVG" and column.role == "count":
        full = f"{said} number of {noun}" if noun.endswith("s") else full
    elif function == "SUM" and column.role == "count" and noun.endswith("s") and said == "total":
        full = f"total number of {noun}" if voice.chance(0.4) else full
    sql = f"{function}({qualifier}{column.name})"
    short = {"SUM": "total", "AVG": "average", "MIN": "minimum", "MAX": "maximum"}[function]
    if function == "AVG" and voice.chance(0.35):
        places = voice.random.choice((1, 2, 2))
        rounding = voice.say(
            f"[rounded to|to] {'[one|1] decimal' if places == 1 else '[two|2] decimals'}[| "
            f"place{'s' if places > 1 else ''}]"
        ).replace("decimals place", "decimal place")
        return Aggregate(f"ROUND({sql}, {places})", full, short, rounding, column)
    return Aggregate(sql, full, short, "", column)


def group_column(table: Table, voice: Voice, *, but: Column | None = None) -> Column | None:
    """A column by which rows may be grouped."""
    columns = [column for column in table.having("cat", "year") if column != but]
    labels = [
        column
        for column in table.having("label")
        if column != but
        and not table.is_person
        and not {"name", "title"} & {word for p in column.phrases for word in p.split()}
    ]
    if table.key is not None and columns and not voice.chance(0.15):
        labels = []
    choices = [*columns, *labels]
    return voice.random.choice(choices) if choices else None
