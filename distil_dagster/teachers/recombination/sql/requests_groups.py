"""Requests for a number by group or period: all groups, the first few, or those above a limit."""

from collections.abc import Sequence

from distil_dagster.teachers.recombination.sql.aggregates import Aggregate, aggregate_of, group_column
from distil_dagster.teachers.recombination.sql.conditions import Condition, conditions_for, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.framing import LEAD, styled
from distil_dagster.teachers.recombination.sql.model import ADDITIVE, Column, Table
from distil_dagster.teachers.recombination.sql.numbers import threshold, written
from distil_dagster.teachers.recombination.sql.orders import number_order
from distil_dagster.teachers.recombination.sql.projections import several
from distil_dagster.teachers.recombination.sql.requests_rows import expression
from distil_dagster.teachers.recombination.sql.writing import Draft, select


def grouped(table: Table, voice: Voice) -> Draft | None:
    """A count or aggregate for each value of a column, some with a condition on the groups, some sorted."""
    group = group_column(table, voice)
    if group is None:
        return None
    conditions = conditions_for(table, voice, voice.random.choice((0, 1, 1)), without=[group.name])
    found = None if voice.chance(0.45) else aggregate_of(table, voice)
    if found is not None and found.column == group:
        return None
    if found is not None and found.column is not None:
        conditions = [one for one in conditions if found.column.name not in one.columns]
    number = found or Aggregate("COUNT(*)", f"number of {noun_phrase(table.many, conditions)}", "count")
    return _group_request(table, group, number, conditions, voice)


def _group_request(
    table: Table, group: Column, number: Aggregate, conditions: Sequence[Condition], voice: Voice
) -> Draft:
    """All groups in some order, the first few of them, or those that fulfil a condition."""
    noun, counts = voice.random.choice(group.phrases), number.sql == "COUNT(*)"
    subject = noun_phrase(table.many, conditions)
    value = f"{number.noun} of [the |]{subject}" if conditions and not counts else number.noun
    short = voice.say("[count|number]") if counts else number.short
    names = f"{noun} and {short}"
    rounding = f", {number.rounding}" if number.rounding else ""
    where = [one.on("") for one in conditions]
    can_be_largest = not number.sql.startswith(("MAX", "MIN")) and not number.noun.startswith("sum of")
    if can_be_largest and voice.chance(0.15):
        limit = voice.random.choice((1, 1, 2, 3, 3, 5))
        question = voice.say(
            _top_frames(value, rounding, one=limit == 1),
            noun=noun, names=names, many=several(noun), n=voice.number(limit), short=short, lead=voice.say(LEAD),
        )  # fmt: skip
        order = f"{number.sql} DESC"
        query = select([group.name, number.sql], table.name, where=where, group=[group.name], order=order, limit=limit)
        return Draft(styled(question, voice), f"{query};", "group top")
    having, bound = _having(number, noun, table.many, voice) if voice.chance(0.3) else ("", "")
    order, ending = "", ""
    if voice.chance(0.4):
        down, by_group = voice.chance(0.75), voice.chance(0.3)
        order = group.name if by_group else f"{number.sql}{' DESC' if down else ''}"
        words = voice.say("[sorted|ordered] by {n}", n=noun)
        ending = f", {words if by_group else number_order('count' if counts else number.short, down, voice)}"
    question = voice.say(
        _group_frames(value, counts),
        noun=noun, names=names, subject=subject, rounding=rounding, ending=ending, lead=voice.say(LEAD),
    )  # fmt: skip
    if bound:
        question = f"{question} {bound}"
    query = select([group.name, number.sql], table.name, where=where, group=[group.name], having=having, order=order)
    return Draft(styled(question, voice), f"{query};", "group having" if having else "group")


def _top_frames(value: str, rounding: str, *, one: bool) -> str:
    if one:
        return (
            f"[Which {{noun}} has the [highest|largest] {value}? [Give|Return|Show] [|the ]{{names}}{rounding}."
            f"|{{lead}} the {{noun}} with the [highest|largest] {value}, [with|and] that {{short}}{rounding}.]"
        )
    return (
        f"[Top {{n}} {{many}} by {value}: {{names}}{rounding}."
        f"|{{lead}} the {{n}} {{many}} with the [highest|largest] {value}, {{names}}{rounding}.]"
    )


def _group_frames(value: str, counts: bool) -> str:
    frames = (
        f"{{noun}} and {value}[, one row per {{noun}}|]{{rounding}}{{ending}}.|"
        f"{{lead}} the {value} [per|for each|by] {{noun}}{{rounding}}{{ending}}.|"
        f"What is the {value} [per|for each|in each] {{noun}}{{rounding}}{{ending}}?|"
        f"For [each|every] {{noun}}, [give|show|return|list|what is] the {value}{{rounding}}{{ending}}.|"
        f"{value} [per|by|for each] {{noun}}{{rounding}}{{ending}}.|"
        f"{value} [per|for each] {{noun}}{{rounding}}{{ending}}. [Return|Show|Give] {{names}}."
    )
    if counts:
        frames += (
            "|How many {subject} are there [per|for each] {noun}{ending}? [Return|Show|Give] {names}."
            "|Count the {subject} [per|for each|by] {noun}{ending}[|, showing {names}]."
        )
    return f"[{frames}]"


def _having(number: Aggregate, noun: str, many: str, voice: Voice) -> tuple[str, str]:
    """A condition on the groups, and the sentence that says it."""
    lead = "[Only|Include only|Keep only|Limit it to|Leave out all but]"
    if number.sql == "COUNT(*)" or voice.chance(0.4) or number.column is None or number.rounding:
        least = voice.random.choice((2, 2, 3, 3, 4, 5, 10))
        strict = voice.chance(0.4)
        words = voice.say(
            f"{lead} {{groups}} [with|that have] {{n}} {{many}}[|, please].",
            groups=several(noun),
            n=voice.say("more than {v}" if strict else "[at least {v}|{v} or more]", v=voice.number(least)),
            many=many,
        )
        return f"COUNT(*) {'>' if strict else '>='} {least}", words
    limit = written(threshold(number.column, voice.random))
    above = voice.chance(0.7)
    words = voice.say(
        f"{lead} {{groups}} where [that|it|this {{short}}] is {{side}} {{v}}[|, please].",
        groups=several(noun),
        short=number.short,
        side=voice.say("[above|over|more than|greater than]" if above else "[below|under|less than]"),
        v=limit,
    )
    return f"{number.sql} {'>' if above else '<'} {limit}", words


def periods(table: Table, voice: Voice) -> Draft | None:
    """A count or sum by day, month or year."""
    times = table.having("day", "moment")
    if not times:
        return None
    time = voice.random.choice(times)
    unit = voice.random.choice(
        ("month", "month", "year", "day") if time.role == "moment" else ("month", "month", "year")
    )
    sql = {"month": "STRFTIME('%Y-%m', {})", "year": "STRFTIME('%Y', {})", "day": "DATE({})"}[unit].format(time.name)
    conditions = conditions_for(table, voice, voice.random.choice((0, 1)), without=[time.name])
    found = None if voice.chance(0.6) else aggregate_of(table, voice, functions=("SUM", "AVG"))
    if found is not None and found.column is not None:
        conditions = [one for one in conditions if found.column.name not in one.columns]
    if not time.required:
        conditions = [one for one in conditions if one.kind != "null"]
    subject = noun_phrase(table.many, conditions)
    value = f"number of {subject}" if found is None else f"{found.noun} of the {subject}"
    if not time.required and unit == "year":
        return None
    year = voice.random.randint(2019, 2024) if (unit == "month" and voice.chance(0.5)) or not time.required else None
    done = (
        f"they were {time.verbs[0]}"
        if time.verbs and time.verbs[0].endswith("ed") and " " not in time.verbs[0] and voice.chance(0.5)
        else ""
    )
    noun = f"{unit} {done}" if done else f"{unit} of the {time.phrase}"
    within = f" in {year}" if year else ""
    shape = {"month": "month as 'YYYY-MM'", "year": "year", "day": "day"}[unit]
    down = voice.chance(0.2)
    tail = "latest first" if down else voice.say(f"[in chronological order|earliest {unit} first|oldest {unit} first]")
    number = found.sql if found else "COUNT(*)"
    rounding = f" {found.rounding}" if found and found.rounding else ""
    question = voice.say(
        "[{value} per {noun}{within}: {shape} and {short}{rounding}, {tail}.|"
        "For each {noun}{within}, [give|show|return] the {value}{rounding}. [{shape} and {short}, {tail}|"
        "Return {shape} and {short}, {tail}].|What is the {value} in each {noun}{within}{rounding}? "
        "{shape} and {short}, {tail}.]",
        value=value,
        noun=noun,
        within=within,
        shape=shape,
        short="count" if found is None else found.short,
        rounding=rounding,
        tail=tail,
    )
    question = question.replace(". month as", ". Month as").replace("? month as", "? Month as")
    question = question.replace("? year and", "? Year and").replace("? day and", "? Day and")
    question = question.replace(". year and", ". Year and").replace(". day and", ". Day and")
    where = [one.on("") for one in conditions]
    if year:
        where.append(f"STRFTIME('%Y', {time.name}) = '{year}'")
    query = select(
        [f"{sql} AS {unit}", number], table.name, where=where, group=[unit], order=f"{unit}{' DESC' if down else ''}"
    )
    if any(column.name == unit for column in table.columns):
        return None
    return Draft(styled(question, voice), f"{query};", "periods")


def side_by_side(table: Table, voice: Voice) -> Draft | None:
    """Two conditional counts or sums in one row, or one row per group."""
    kinds = [column for column in table.having("cat") if len(column.values) >= 2 and column.values[0].islower()]
    if not kinds:
        return None
    kind = voice.random.choice(kinds)
    first, second = voice.random.sample(kind.values, 2)
    group = group_column(table, voice, but=kind)
    if group is None:
        return None
    sums = [column for column in table.columns if column.role in ADDITIVE]
    amount = voice.random.choice(sums) if sums and voice.chance(0.6) else None
    what = amount.name if amount else "1"
    value = f"total {amount.phrase.removeprefix('total ')}" if amount else f"number of {table.many}"
    outputs = [f"SUM(CASE WHEN {kind.name} = '{one}' THEN {what} ELSE 0 END)" for one in (first, second)]
    question = voice.say(
        "[For each {group}, [show|give|return] the {value} with the {kind} '{a}' and [the same for|with the "
        "{kind}] '{b}' "
        "side by side.|{value} by {group}, one column for the {kind} '{a}' and one for '{b}'.|"
        "{group}, {value} with {kind} '{a}', {value} with {kind} '{b}', one row per {group}.]",
        group=group.phrase,
        value=value,
        kind=kind.phrase,
        a=first,
        b=second,
    )
    query = select([group.name, *outputs], table.name, group=[group.name])
    return Draft(styled(question, voice), f"{query};", "side by side")


def computed_total(table: Table, voice: Voice) -> Draft | None:
    """The sum or average of a computed value, overall or by group."""
    found = [item for item in table.derived if item.kind in ("product", "difference", "days", "sum")]
    if not found:
        return None
    item = voice.random.choice(found)
    column = table.column(item.second)
    mean = item.kind == "days" or voice.chance(0.3)
    sql = f"{'AVG' if mean else 'SUM'}({expression(item)})"
    first, second = table.column(item.first).phrase, column.phrase
    sign = {"product": "times", "difference": "minus", "sum": "plus"}.get(item.kind)
    how = f"{first} {sign} {second}" if sign else f"days from {first} to {second}"
    value = f"{'average' if mean else 'total'} {item.phrases[0]} ({how})"
    rounding = ""
    if mean and voice.chance(0.6):
        sql, rounding = f"ROUND({sql}, 1)", ", rounded to [1|one] decimal"
    group = group_column(table, voice)
    where = []
    subject = table.many
    if not column.required and item.kind == "days" and column.verbs:
        where = [f"{column.name} IS NOT NULL"]
        subject = f"{table.many} that were already {column.verbs[0]}"
    if group is None or voice.chance(0.3):
        question = voice.say(
            f"[What is the {value} of [all |the |]{subject}{rounding}?|{value} of [all |]{subject}{rounding}.]"
        )
        return Draft(styled(question, voice), f"{select([sql], table.name, where=where)};", "computed total")
    noun = group.phrase
    question = voice.say(
        f"[What is the {value} of the {subject} per {noun}{rounding}?|{noun} and {value} of the {subject}{rounding}.|"
        f"For each {noun}, {value} of the {subject}{rounding}.]"
    )
    query = select([group.name, sql], table.name, where=where, group=[group.name])
    return Draft(styled(question, voice), f"{query};", "computed total")


GROUPS = (grouped, periods, side_by_side, computed_total)
