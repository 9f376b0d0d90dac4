"""Conditions on one column, in SQL and in English side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from distil_dagster.teachers.recombination.sql.english import Voice, is_plural, listed, with_article
from distil_dagster.teachers.recombination.sql.model import TEXTUAL, Column, Table
from distil_dagster.teachers.recombination.sql.numbers import (
    MONTHS,
    any_day,
    last_of_month,
    number_range,
    threshold,
    written,
)

PREPOSITION, PARTICIPLE, WITH, RELATIVE = range(4)
"""The kinds of modifiers after a noun, in the order in which they follow one another."""
_AFTER = {"with": WITH, "without": WITH, "who": RELATIVE, "whose": RELATIVE, "that": RELATIVE, "where": RELATIVE}
_PREPOSITIONS = {"from", "in", "on", "at", "by", "about", "for", "against", "of"}


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        sql: with `{q}` before the column, for a table's alias and dot.
        columns: names of the columns that it reads.
        before: an adjective for the rows, or empty.
        after: a modifier that follows the noun, unless there is an adjective.
        predicate: what the rows, in the plural, do: `have a price above 20`.
        clause: a clause about one row: `the price is above 20`.
        kind: what it compares.
    """

    sql: str
    columns: tuple[str, ...]
    before: str
    after: str
    predicate: str
    clause: str
    kind: str

    @property
    def rank(self) -> int:
        """Which kind of modifier `after` is."""
        first = self.after.split(" ")[0]
        return PREPOSITION if first in _PREPOSITIONS else _AFTER.get(first, PARTICIPLE)

    def on(self, qualifier: str) -> str:
        """The SQL with an alias and dot, or without."""
        return self.sql.replace("{q}", qualifier)


def condition_on(table: Table, column: Column, voice: Voice) -> Condition | None:
    """A condition on a column; None where nothing sensible can be asked of it."""
    makers = _makers(column)
    if not makers:
        return None
    made = voice.random.choice(makers)(column, voice)
    if made is None:
        return None
    noun = "who" if table.is_person else voice.say("[that|which]") if made.kind == "flag" else "that"
    after = made.after.replace("that are", f"{noun} are")
    return replace(made, after=after, clause=made.clause.replace("{one}", table.one))


def conditions_for(table: Table, voice: Voice, count: int, *, without: Sequence[str] = ()) -> list[Condition]:
    """Up to so many conditions on different columns."""
    columns = [column for column in table.columns if column.name not in without]
    voice.random.shuffle(columns)
    # What tells rows apart is asked for more often than that something is known or not.
    columns.sort(key=lambda column: column.role in ("label", "code") and voice.chance(0.7))
    made: list[Condition] = []
    for column in columns:
        if len(made) == count:
            break
        found = condition_on(table, column, voice)
        if found is not None and (found.kind != "null" or all(other.kind != "null" for other in made)):
            made.append(found)
    return made


def comparison(derived: str, sql: str, columns: tuple[str, ...]) -> Condition:
    """A condition that compares two columns, said as a modifier of its own."""
    is_clause = derived.startswith("whose")
    clause = f"the {derived.removeprefix('whose ')}" if is_clause else f"the {{one}} was {derived}"
    predicate = f"have {derived}" if is_clause else f"were {derived}"
    return Condition(sql, columns, "", derived, "" if is_clause else predicate, clause, "columns")


def noun_phrase(many: str, conditions: Sequence[Condition]) -> str:
    """The plural noun with all conditions around it: active customers from Lisbon with a balance above 100."""
    before = [condition.before for condition in conditions if condition.before]
    # What rows lack stands after what they have: "without a memo and an amount of 5" would lack both.
    after = sorted(
        (condition for condition in conditions if not condition.before),
        key=lambda condition: (condition.rank, _is_negative(condition.after)),
    )
    phrase = f"{', '.join(before)} {many}".strip()
    rank = -1
    for condition in after:
        words = condition.after
        if condition.rank == rank:
            words = f"and {words.removeprefix('with ') if not _is_negative(words) else words}"
        phrase += f" {words}"
        rank = condition.rank
    return phrase


def predicates(conditions: Sequence[Condition]) -> str:
    """All conditions as what the rows do, after `which customers`; empty if one can't be said so."""
    if not all(condition.predicate for condition in conditions):
        return ""
    return listed([condition.predicate for condition in conditions])


def clauses(conditions: Sequence[Condition]) -> str:
    """All conditions as clauses, after `where`."""
    return listed([condition.clause for condition in conditions])


def _is_negative(words: str) -> bool:
    return words.startswith(("without", "with no "))


def _makers(  # noqa: PLR0911 - a table of roles
    column: Column,
) -> list[Callable[[Column, Voice], Condition | None]]:
    optional: list[Callable[[Column, Voice], Condition | None]] = [_missing] if not column.required else []
    if column.is_numeric:
        return [_compared, _compared, _compared, _between, _equal_number, *optional[: column.role != "count"]]
    match column.role:
        case "year":
            return [_year]
        case "flag":
            return [_flag] if column.yes else []
        case "day":
            return [_in_year, _in_month, _relative_to_day, _relative_to_day, _between_days, *optional]
        case "moment":
            return [_in_year, _in_month, _before_day, _on_day, *optional]
        case "cat" if column.values:
            return [_equal, _equal, _equal, _one_of, *([_other_than] if column.required else []), *optional]
        case "label" | "code" if column.values:
            return [_equal, _contains, *optional]
        case "text":
            return [*([_contains, _contains] if column.values else []), *optional]
    return [_missing] if column.role in TEXTUAL and not column.required else []


def _noun(column: Column, voice: Voice) -> str:
    return column.phrase if voice.chance(0.65) else voice.random.choice(column.phrases)


def _compared(column: Column, voice: Voice) -> Condition | None:
    value = threshold(column, voice.random)
    return compared(column, value, voice.random.choice((">", ">=", "<", "<=")), voice)


def compared(column: Column, value: float, operator: str, voice: Voice) -> Condition:
    """A number above or below another."""
    noun, number = _noun(column, voice), written(value)
    than = voice.say(
        {
            ">": "[above|over|greater than|higher than|of more than]",
            ">=": "of [at least {n}|{n} or more|no less than {n}]",
            "<": "[below|under|less than|lower than|of less than]",
            "<=": "of [at most {n}|{n} or less|no more than {n}|up to {n}]",
        }[operator],
        n=number,
    )
    extent = than if operator in (">=", "<=") else f"{than} {number}"
    counted = {
        ">": f"[more than|over] {number} {noun}",
        ">=": f"[at least {number} {noun}|{number} or more {noun}]",
        "<": f"[fewer than|less than] {number} {noun}",
        "<=": f"[at most {number} {noun}|{number} {noun} or fewer|no more than {number} {noun}]",
    }[operator]
    sql = f"{{q}}{column.name} {operator} {number}"
    verb = "are" if is_plural(noun) else "is"
    state = extent.removeprefix("of ")
    clause = f"the {noun} {verb} {state}"
    if column.role == "count" and is_plural(noun):
        counted = voice.say(counted)
        return Condition(sql, (column.name,), "", f"with {counted}", f"have {counted}", clause, "number")
    whose = voice.say(f"[whose {noun} {verb} {state}|with {with_article(noun)} {extent}]")
    if "price" in noun and voice.chance(0.4):
        whose = f"priced {voice.say('[at {s}|{s}]', s=state) if operator in ('>=', '<=') else state}"
        if operator in (">=", "<="):
            whose = whose if whose.startswith("priced at ") else whose.replace("priced ", "priced at ")
    return Condition(sql, (column.name,), "", whose, f"have {with_article(noun)} {extent}", clause, "number")


def _between(column: Column, voice: Voice) -> Condition | None:
    numbers = number_range(column, voice.random)
    if numbers is None:
        return None
    noun, (low, high) = _noun(column, voice), map(written, numbers)
    verb = "are" if is_plural(noun) else "is"
    extent = voice.say(f"[between {low} and {high}|from {low} to {high}]")
    if column.role == "count" and is_plural(noun):
        after = f"with {low} to {high} {noun}"
        predicate = f"have between {low} and {high} {noun}"
    else:
        after = voice.say(f"[with {with_article(noun)} {extent}|whose {noun} {verb} {extent}]")
        predicate = f"have {with_article(noun)} {extent}"
    sql = f"{{q}}{column.name} BETWEEN {low} AND {high}"
    return Condition(sql, (column.name,), "", after, predicate, f"the {noun} {verb} {extent}", "between")


def _equal_number(column: Column, voice: Voice) -> Condition | None:
    if not column.is_whole:
        return None
    noun, number = _noun(column, voice), written(threshold(column, voice.random))
    if column.role == "count" and is_plural(noun):
        after, predicate = f"with exactly {number} {noun}", f"have exactly {number} {noun}"
    else:
        after = voice.say(f"[with {noun} {number}|with {with_article(noun)} of {number}]")
        predicate = f"have {with_article(noun)} of {number}"
    verb = "are" if is_plural(noun) else "is"
    sql = f"{{q}}{column.name} = {number}"
    return Condition(sql, (column.name,), "", after, predicate, f"the {noun} {verb} {number}", "number")


def _year(column: Column, voice: Voice) -> Condition:
    noun, year = _noun(column, voice), voice.random.randint(2018, 2024)
    operator, words = voice.random.choice(
        (("=", ""), ("=", ""), (">", "after "), ("<", "before "), (">=", "no earlier than "), ("<=", "up to "))
    )
    said = f"{words}{year}"
    after = voice.say(f"[with {noun} {said}|whose {noun} is {said}]")
    if words in ("after ", "before "):
        after = f"with {with_article(noun)} {said}"
    predicate = f"have {with_article(noun)} {said}" if words else f"have the {noun} {said}"
    sql = f"{{q}}{column.name} {operator} {year}"
    return Condition(sql, (column.name,), "", after, predicate, f"the {noun} is {said}", "number")


def _flag(column: Column, voice: Voice) -> Condition:
    value = voice.chance(0.6)
    return flagged(column, value)


def flagged(column: Column, value: bool) -> Condition:
    """Whether a flag is set."""
    words = column.yes if value else column.no
    sql = f"{{q}}{column.name} = {int(value)}"
    bare = words.removeprefix("that are ")
    if bare.startswith(("with ", "without ")):
        thing = bare.split(" ", 1)[1]
        has = f"have {thing}" if value else f"have no {thing.removeprefix('an ').removeprefix('a ')}"
        clause = f"the {{one}} has {has.removeprefix('have ')}"
        return Condition(sql, (column.name,), "", bare, has, clause, "flag")
    adjective = " " not in bare
    after = "" if adjective else f"that are {bare}"
    return Condition(
        sql, (column.name,), bare if adjective else "", after, f"are {bare}", f"the {{one}} is {bare}", "flag"
    )


def _equal(column: Column, voice: Voice) -> Condition:
    return equal(column, voice.random.choice(column.values), voice)


def equal(column: Column, value: str, voice: Voice) -> Condition:
    """A column that holds a text."""
    noun = _noun(column, voice)
    sql = f"{{q}}{column.name} = '{value}'"
    clause = f"the {noun} is '{value}'"
    if column.patterns and voice.chance(0.65):
        pattern = voice.random.choice(column.patterns)
        if pattern == "{} *":
            return Condition(sql, (column.name,), value, "", f"have the {noun} '{value}'", clause, "equal")
        said = pattern.format(f"'{value}'" if voice.chance(0.3) or not value[0].isupper() else value)
        predicate = f"are {said}" if voice.chance(0.6) else f"have the {noun} '{value}'"
        return Condition(sql, (column.name,), "", said, predicate, clause, "equal")
    after = voice.say(f"[with [|the ]{noun} '{value}'|whose {noun} is '{value}']")
    if noun == "name" and voice.chance(0.6):
        after = voice.say("[named|called] ") + f" '{value}'"
    return Condition(sql, (column.name,), "", after, f"have the {noun} '{value}'", clause, "equal")


def _one_of(column: Column, voice: Voice) -> Condition | None:
    count = 2 if voice.chance(0.8) else 3
    if len(column.values) < count:
        return None
    noun, values = _noun(column, voice), voice.random.sample(column.values, count)
    quoted = [f"'{value}'" for value in values]
    said = listed(quoted, "or")
    sql = f"{{q}}{column.name} IN ({', '.join(quoted)})"
    either = "either " if count == 2 and voice.chance(0.3) else ""
    clause = f"the {noun} is {either}{said}"
    after = voice.say(f"[with [|the ]{noun} {said}|whose {noun} is {either}{said}]")
    if column.patterns and voice.chance(0.5) and all(value[0].isupper() for value in values):
        pattern = voice.random.choice(column.patterns)
        if pattern != "{} *":
            after = pattern.format(listed(values, "or"))
    return Condition(sql, (column.name,), "", after, f"have the {noun} {said}", clause, "in")


def _other_than(column: Column, voice: Voice) -> Condition:
    noun, value = _noun(column, voice), voice.random.choice(column.values)
    sql = f"{{q}}{column.name} <> '{value}'"
    after = voice.say(f"[with [a|any] {noun} other than '{value}'|whose {noun} is not '{value}']")
    after = after.replace("with a ", f"with {with_article(noun).split(' ')[0]} ") if "with a " in after else after
    predicate = f"have {with_article(noun)} other than '{value}'"
    return Condition(sql, (column.name,), "", after, predicate, f"the {noun} is not '{value}'", "not")


def _missing(column: Column, voice: Voice) -> Condition:
    noun = _noun(column, voice)
    if voice.chance(0.3):
        sql = f"{{q}}{column.name} IS NOT NULL"
        are = "are" if is_plural(noun) else "is"
        after = voice.say(f"[with a known {noun}|whose {noun} {are} [known|recorded|not missing]]")
        if is_plural(noun):
            after = f"with known {noun}"
        predicate = f"have {with_article('known ' + noun)}" if not is_plural(noun) else f"have known {noun}"
        return Condition(sql, (column.name,), "", after, predicate, f"the {noun} {are} known", "null")
    sql = f"{{q}}{column.name} IS NULL"
    verb = "are" if is_plural(noun) else "is"
    after = voice.say(
        f"[with no {noun}|without {with_article(noun)}|with no {noun} [given|recorded]|whose {noun} {verb} missing]"
    )
    predicate = voice.say(f"have no {noun}[| recorded]")
    if column.missing and voice.chance(0.5):
        after = voice.random.choice(column.missing)
        if not after.startswith(("with", "not", "still", "never")):
            after = f"with no {noun}"
        predicate = f"are {after}" if after.startswith(("not", "still", "never")) else predicate
    return Condition(sql, (column.name,), "", after, predicate, f"the {noun} {verb} missing", "null")


def _contains(column: Column, voice: Voice) -> Condition:
    noun, value = _noun(column, voice), voice.random.choice(column.values)
    kind = voice.random.choice(("inside", "inside", "start", "start", "end"))
    if "@" in value:
        kind, value = "end", value[value.index("@") :]
    elif column.role == "code":
        kind, value = "start", value[: max(1, len(value) - 2)]
    elif column.role == "label":
        word = voice.random.choice(value.replace("_", " ").split(" "))
        value = {"inside": word, "start": value.split(" ")[0][:4], "end": value[-3:]}[kind]
    if kind == "inside":
        sql = f"{{q}}{column.name} LIKE '%{value}%'"
        contains = voice.say("[contain|mention|include]" if is_plural(noun) else "[contains|mentions|includes]")
        after = voice.say(
            f"[with '{value}' in the {noun}|whose {noun} {contains} '{value}'[| anywhere]|"
            f"with '{value}' somewhere in the {noun}]"
        )
        clause = f"the {noun} {contains} '{value}'"
        return Condition(sql, (column.name,), "", after, f"have '{value}' in the {noun}", clause, "like")
    begins = voice.say("[start|begin]" if kind == "start" else "end") + ("" if is_plural(noun) else "s")
    pattern = f"{value}%" if kind == "start" else f"%{value}"
    sql = f"{{q}}{column.name} LIKE '{pattern}'"
    after = f"whose {noun} {begins} {'with' if kind == 'start' else 'in'} '{value}'"
    predicate = f"have {with_article(noun)} that {after.removeprefix(f'whose {noun} ')}"
    return Condition(sql, (column.name,), "", after, predicate, f"the {after.removeprefix('whose ')}", "like")


def _dated(column: Column, voice: Voice, sql: str, when: str, kind: str) -> Condition:
    """A condition on a date, with the words for when it is."""
    noun = _noun(column, voice)
    clause = f"the {noun} is {when}"
    if column.verbs and voice.chance(0.75):
        verb = voice.random.choice(column.verbs)
        done = verb.removeprefix("who ")
        predicate = f"{done} {when}" if verb.startswith("who ") else f"were {done} {when}"
        if verb.endswith("ing") or verb == "due":
            predicate = f"are {verb} {when}"
        return Condition(sql, (column.name,), "", f"{verb} {when}", predicate, clause, kind)
    after = voice.say(f"[with {with_article(noun)} {when}|whose {noun} is {when}]")
    return Condition(sql, (column.name,), "", after, f"have {with_article(noun)} {when}", clause, kind)


def _in_year(column: Column, voice: Voice) -> Condition:
    year = any_day(voice.random).year
    sql = f"STRFTIME('%Y', {{q}}{column.name}) = '{year}'"
    return _dated(
        column, voice, sql, voice.say(f"in [|the year ]{year}") if voice.chance(0.3) else f"in {year}", "date"
    )


def _in_month(column: Column, voice: Voice) -> Condition:
    day = any_day(voice.random)
    name = MONTHS[day.month - 1]
    if voice.chance(0.15):
        sql = f"STRFTIME('%m', {{q}}{column.name}) = '{day.month:02}'"
        return _dated(column, voice, sql, f"in {name} of any year", "date")
    sql = f"STRFTIME('%Y-%m', {{q}}{column.name}) = '{day:%Y-%m}'"
    return _dated(column, voice, sql, f"in {name} {day.year}", "date")


def _relative_to_day(column: Column, voice: Voice) -> Condition:
    day = any_day(voice.random).isoformat()
    operator, words = voice.random.choice(
        (
            ("<", "before"),
            ("<", "before"),
            (">", "after"),
            (">", "after"),
            (">=", "on or after"),
            ("<=", "on or before"),
        )
    )
    if column.verbs == ("expiring",) and voice.chance(0.5):
        operator, words = "<", "before"
    return _dated(column, voice, f"{{q}}{column.name} {operator} '{day}'", f"{words} {day}", "date")


def _before_day(column: Column, voice: Voice) -> Condition:
    day = any_day(voice.random).isoformat()
    operator, words = voice.random.choice((("<", "before"), (">=", "on or after")))
    return _dated(column, voice, f"{{q}}{column.name} {operator} '{day}'", f"{words} {day}", "date")


def _on_day(column: Column, voice: Voice) -> Condition:
    day = any_day(voice.random).isoformat()
    return _dated(column, voice, f"DATE({{q}}{column.name}) = '{day}'", f"on {day}", "date")


def _between_days(column: Column, voice: Voice) -> Condition:
    first = any_day(voice.random)
    last = first + timedelta(days=voice.random.randint(20, 500))
    if voice.chance(0.4):
        last = last_of_month(last)
    when = voice.say(f"between {first} and {last}")
    return _dated(column, voice, f"{{q}}{column.name} BETWEEN '{first}' AND '{last}'", when, "date")
