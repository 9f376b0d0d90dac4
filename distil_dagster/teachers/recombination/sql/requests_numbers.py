"""Requests for one number of a table, or for classes of its rows: counts, averages, shares, labels."""

from distil_dagster.teachers.recombination.sql.aggregates import aggregate, aggregate_of, group_column
from distil_dagster.teachers.recombination.sql.conditions import conditions_for, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice, is_plural, listed, with_article
from distil_dagster.teachers.recombination.sql.framing import LEAD, styled, value_question
from distil_dagster.teachers.recombination.sql.model import Table
from distil_dagster.teachers.recombination.sql.numbers import threshold, written
from distil_dagster.teachers.recombination.sql.projections import several
from distil_dagster.teachers.recombination.sql.writing import Draft, select


def count(table: Table, voice: Voice) -> Draft | None:
    """How many rows fulfil the conditions."""
    conditions = conditions_for(table, voice, voice.random.choice((1, 1, 2, 2)))
    if not conditions:
        return None
    subject = noun_phrase(table.many, conditions)
    question = styled(
        voice.say(
            "[How many {s} are there?|How many {s} do we have?|Count the {s}.|Number of {s}.|{lead} the number of {s}.|"
            "What is the number of {s}?|Count all {s}.|How many {s} are [on record|listed]?]",
            s=subject,
            lead=voice.say(LEAD),
        ),
        voice,
    )
    return Draft(question, f"{select(['COUNT(*)'], table.name, where=[c.on('') for c in conditions])};", "count")


def count_distinct(table: Table, voice: Voice) -> Draft | None:
    """How many different values."""
    columns = [column for column in table.having("cat", "label", "code") if (column.name,) != table.primary_key]
    if not columns:
        return None
    column = voice.random.choice(columns)
    conditions = conditions_for(table, voice, voice.random.choice((0, 1, 1)), without=[column.name])
    question = styled(
        voice.say(
            "[How many [different|distinct|unique] {many} [are there|occur] among the {s}?|"
            "[Count the|Number of] [different|distinct] {many} of [all |the |]{s}.|"
            "What is the number of [distinct|different|unique] {many} among [all |the |]{s}?]",
            many=several(voice.random.choice(column.phrases)),
            s=noun_phrase(table.many, conditions),
        ),
        voice,
    )
    query = select([f"COUNT(DISTINCT {column.name})"], table.name, where=[c.on("") for c in conditions])
    return Draft(question, f"{query};", "count distinct")


def overall(table: Table, voice: Voice) -> Draft | None:
    """One or two aggregates of all rows that fulfil the conditions."""
    first = aggregate_of(table, voice)
    if first is None or first.column is None:
        return None
    conditions = conditions_for(table, voice, voice.random.choice((0, 1, 1, 1, 2)), without=[first.column.name])
    found, value = [first], first.noun
    if voice.chance(0.25) and not first.rounding:
        found = [aggregate(first.column, name, voice) for name in voice.random.sample(["MIN", "MAX", "AVG"], 2)]
        if any(one.rounding for one in found):
            return None
        value = listed([one.noun for one in found])
    tail = f", {found[0].rounding}" if found[0].rounding else ""
    question = value_question(voice, value, noun_phrase(table.many, conditions), tail)
    query = select([one.sql for one in found], table.name, where=[c.on("") for c in conditions])
    return Draft(question, f"{query};", "aggregate")


def share(table: Table, voice: Voice) -> Draft | None:
    """What percentage of the rows have a flag set, a value given, or a text, overall or by group."""
    flags = [column for column in table.having("flag") if column.yes and column.required]
    kinds = [column for column in table.having("cat") if column.values and column.required]
    optional = [column for column in table.columns if not column.required and column.role in ("text", "code", "label")]
    choices = [*flags, *kinds, *optional]
    if not choices:
        return None
    column = voice.random.choice(choices)
    if column in flags:
        words = column.yes.removeprefix("that are ")
        hits, said = f"SUM({column.name})", words if words.startswith("with") else f"are {words}"
        said = said.replace("with ", "come with ", 1) if words.startswith("with") else said
    elif column in kinds:
        value = voice.random.choice(column.values)
        hits = f"SUM(CASE WHEN {column.name} = '{value}' THEN 1 ELSE 0 END)"
        said = f"have the {column.phrase} '{value}'"
    else:
        hits, said = f"COUNT({column.name})", f"have {with_article(column.phrase)} recorded"
    places = voice.random.choice((1, 1, 2))
    sql = f"ROUND(100.0 * {hits} / COUNT(*), {places})"
    decimals = voice.say(f"{'[one|1] decimal' if places == 1 else '[two|2] decimals'}")
    group = group_column(table, voice, but=column) if voice.chance(0.6) else None
    if group is None:
        question = voice.say(
            "[What [share|percentage] of [all |the |]{many} {said}? [As a percentage with|Round the percentage "
            "to] {d}.|"
            "Percentage of {many} that {said}, rounded to {d}.|What percentage of {many} {said}, rounded to {d}?]",
            many=table.many,
            said=said,
            d=decimals,
        )
        return Draft(styled(question, voice), f"{select([sql], table.name)};", "share")
    noun = group.phrase
    question = voice.say(
        "[For each {noun}, what percentage of the {many} {said}? [Round to|With] {d}. Return {noun} and percentage.|"
        "Percentage of {many} that {said} per {noun}, rounded to {d}.|"
        "{noun} and percentage of {many} that {said}, {d}, one row per {noun}.]",
        noun=noun,
        many=table.many,
        said=said,
        d=decimals,
    )
    query = select([group.name, sql], table.name, group=[group.name])
    return Draft(styled(question, voice), f"{query};", "share")


def labelled(table: Table, voice: Voice) -> Draft | None:
    """Rows divided into two classes by a number, and counted."""
    columns = [column for column in table.columns if column.is_numeric]
    if not columns:
        return None
    column = voice.random.choice(columns)
    limit, noun = written(threshold(column, voice.random)), column.phrase
    high, low = voice.random.choice(
        (("high", "low"), ("large", "small"), ("upper", "lower"), ("big", "small"), ("top", "rest"), ("A", "B"))
    )
    known = "" if column.required else f" with a known {noun}"
    lead = voice.say(LEAD)
    condition = f"CASE WHEN {column.name} >= {limit} THEN '{high}' ELSE '{low}' END"
    where = [] if column.required else [f"{column.name} IS NOT NULL"]
    if voice.chance(0.5) or table.key is None:
        question = voice.say(
            "[[Split|Divide|Sort] [all |the |]{many}{known} into '{high}' ({noun} {limit} or [above|more]) and '{low}' "
            "([the rest|all others]) and count each [group|class]. Return [label|group] and count.|"
            "How many {many}{known} are '{high}' ({noun} of at least {limit}) and how many '{low}' (below)? "
            "[Label|Class] and count.]",
            many=table.many, known=known, high=high, low=low, noun=noun, limit=limit,
        )  # fmt: skip
        query = select([f"{condition} AS label", "COUNT(*)"], table.name, where=where, group=["label"])
        return Draft(styled(question, voice), f"{query};", "case")
    naming = table.key
    question = voice.say(
        "[{lead} the {id} of [all |the |]{many}{known} with a label: '{high}' if the {noun} {verb} {limit} or more, "
        "else '{low}'.|"
        "Label [all |the |]{many}{known} '{high}' if their {noun} {verb} at least {limit} and '{low}' "
        "otherwise: {id}, label.]",
        many=table.many, known=known, high=high, low=low, noun=noun, limit=limit, id=naming.phrase, lead=lead,
        verb="are" if is_plural(noun) else "is",
    )  # fmt: skip
    query = select([naming.name, f"{condition} AS label"], table.name, where=where)
    return Draft(styled(question, voice), f"{query};", "case")


NUMBERS = (count, count_distinct, overall, share, labelled)
