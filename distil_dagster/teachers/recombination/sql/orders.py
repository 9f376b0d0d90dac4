"""The order of the rows, in SQL and in English."""

from dataclasses import dataclass

from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.model import TEMPORAL, TEXTUAL, Column, Table

_SAYS_ALL = {
    *("most expensive", "cheapest", "heaviest", "lightest", "most liked", "least liked", "most viewed", "least viewed"),
    *("oldest", "youngest", "strongest", "weakest"),
}


@dataclass(frozen=True)
class Order:
    """What rows are sorted by, and the words after the comma."""

    sql: str
    words: str


def order_by(table: Table, voice: Voice, *, qualifier: str = "") -> Order | None:
    """An order by some column; None if the table has none to sort by."""
    columns = [column for column in table.columns if column.role not in ("flag", "reference", "text", "key")]
    return ordered(voice.random.choice(columns), table, voice, qualifier=qualifier) if columns else None


def ordered(column: Column, table: Table, voice: Voice, *, qualifier: str = "") -> Order:
    """An order by this column."""
    down = voice.chance(0.55)
    noun = column.phrase if voice.chance(0.7) else voice.random.choice(column.phrases)
    if column.role in TEXTUAL:
        down = down and voice.chance(0.25)
        words = text_order(noun, down, voice)
    elif column.role in TEMPORAL or column.role == "year":
        words = _time_order(column, noun, down, table, voice)
    else:
        words = number_order(noun, down, voice, most=column.most, least=column.least)
    return Order(f"{qualifier}{column.name}{' DESC' if down else ''}", words)


def text_order(noun: str, down: bool, voice: Voice) -> str:
    """Alphabetical order, or the reverse."""
    if down:
        return voice.say("[in reverse alphabetical order of {n}|by {n} from Z to A|sorted by {n}, Z to A]", n=noun)
    return voice.say(
        "[in alphabetical order of {n}|sorted by {n}|ordered by {n}|alphabetically by {n}|by {n} from A to Z|by {n}]",
        n=noun,
    )


def number_order(noun: str, down: bool, voice: Voice, *, most: str = "highest", least: str = "lowest") -> str:
    """By size."""
    best = (most if down else least) or ("highest" if down else "lowest")
    if best in _SAYS_ALL:
        if voice.chance(0.5):
            return f"{best} first"
        best = "highest" if down else "lowest"
    if down:
        return voice.say(
            "[{best} {n} first|sorted by {n} descending|in descending order of {n}|by {n}, {best} first|"
            "from the {best} {n} [down|downwards]|ordered by {n} from high to low]",
            n=noun,
            best=best,
        )
    return voice.say(
        "[{best} {n} first|sorted by {n} ascending|in ascending order of {n}|by {n}, {best} first|"
        "ordered by {n} from low to high|from the {best} {n} [up|upwards]]",
        n=noun,
        best=best,
    )


def _time_order(column: Column, noun: str, down: bool, table: Table, voice: Voice) -> str:
    alone = len(table.having("day", "moment", "year")) == 1 and "birth" not in noun
    if alone and voice.chance(0.4):
        return "newest first" if down else voice.say("[oldest first|in chronological order]")
    if down:
        return voice.say(
            "[[latest|most recent|newest] {n} first|by {n}, [latest|newest] first|by {n} descending]", n=noun
        )
    return voice.say("[[earliest|oldest] {n} first|in order of {n}|by {n}, earliest first|sorted by {n}]", n=noun)
