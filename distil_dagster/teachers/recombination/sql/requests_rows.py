"""Requests for rows of one table: filtered, sorted, the first few, distinct, compared with an average."""

from distil_dagster.teachers.recombination.sql.conditions import (
    Condition,
    comparison,
    conditions_for,
    noun_phrase,
)
from distil_dagster.teachers.recombination.sql.english import Voice, is_plural, listed, with_article
from distil_dagster.teachers.recombination.sql.framing import LEAD, rows_question, styled
from distil_dagster.teachers.recombination.sql.model import Column, Derived, Table
from distil_dagster.teachers.recombination.sql.orders import number_order, order_by
from distil_dagster.teachers.recombination.sql.projections import Output, output_of, outputs_of, several
from distil_dagster.teachers.recombination.sql.writing import Draft, select


def rows(table: Table, voice: Voice) -> Draft | None:
    """Some columns of the rows that fulfil one to three conditions, often sorted."""
    conditions = conditions_for(table, voice, voice.random.choice((1, 1, 1, 2, 2, 3)))
    order = order_by(table, voice) if voice.chance(0.4) else None
    outputs = _outputs(table, voice, conditions)
    if not conditions or not outputs:
        return None
    question = rows_question(voice, outputs, table.many, conditions, order.words if order else "")
    return Draft(question, _rows_query(table, outputs, conditions, order.sql if order else ""), "rows")


def sorted_rows(table: Table, voice: Voice) -> Draft | None:
    """Some columns of all rows in an order."""
    order, outputs = order_by(table, voice), outputs_of(table, voice)
    if order is None:
        return None
    question = rows_question(voice, outputs, table.many, [], order.words)
    return Draft(question, _rows_query(table, outputs, [], order.sql), "sorted rows")


def alternatives(table: Table, voice: Voice) -> Draft | None:
    """Rows that fulfil one condition or the other, and now and then a third beside."""
    conditions = conditions_for(table, voice, 3)
    conditions = [one for one in conditions if one.predicate]
    if len(conditions) < 2:
        return None
    first, second, *rest = conditions
    common = rest[:1] if voice.chance(0.4) and rest and (rest[0].before or rest[0].rank < 3) else []
    outputs = _outputs(table, voice, conditions)
    if not outputs:
        return None
    subject, things = noun_phrase(table.many, common), listed([output.noun for output in outputs])
    who = "who" if table.is_person else "that"
    question = styled(
        voice.say(
            "[Which {subject} [|either ]{a} or {b}? [Give|Return|Show|List] the {things}.|"
            "{lead} [|the ]{things} of [all |]{subject} {who} [|either ]{a} or {b}.|"
            "{subject} {who} {a} or {b}: {things}.]",
            subject=subject,
            a=first.predicate,
            b=second.predicate,
            things=things,
            who=who,
            lead=voice.say(LEAD),
        ),
        voice,
    )
    either = f"{first.on('')} OR {second.on('')}"
    where = [*(condition.on("") for condition in common), f"({either})" if common else either]
    if common and common[0].before == "" and voice.chance(0.3):
        return None
    query = select([output.sql for output in outputs], table.name, where=where)
    return Draft(question, f"{query};", "alternatives")


def top(table: Table, voice: Voice) -> Draft | None:
    """The few rows with the most or the least of something."""
    measures = [column for column in table.columns if column.is_numeric]
    if not measures:
        return None
    measure = voice.random.choice(measures)
    # SQLite sorts rows without a value first, so the least of a column that may be null is left alone.
    down = not measure.required or voice.chance(0.7)
    limit = voice.random.choice((1, 2, 3, 3, 5, 5, 10, 10, 20))
    conditions = conditions_for(table, voice, voice.random.choice((0, 0, 1)), without=[measure.name])
    outputs = _outputs(table, voice, conditions)
    best = (measure.most if down else measure.least) or ("highest" if down else "lowest")
    noun, things = measure.phrase, listed([output.noun for output in outputs])
    if not outputs:
        return None
    if limit == 1:
        subject = noun_phrase(table.one, conditions)
        wordings = "[Which {subject} has the {best} {noun}? [Give|Return|Show] [|the ]{things}.|"
        wordings += "{lead} the {things} of the {subject} with the {best} {noun}.|"
        wordings += "What is the {things} of the {subject} with the {best} {noun}?]"
        if " " in things and " and " in things:
            wordings = wordings.replace("What is the", "What are the")
    else:
        subject = noun_phrase(table.many, conditions)
        wordings = (
            "[{lead} the {n} {subject} with the {best} {noun}: {things}.|The {n} {subject} with the {best} {noun}"
        )
        wordings += (
            "[, {things}|: {things}].|Which {n} {subject} have the {best} {noun}? [Return|Give] [|the ]{things}.|"
        )
        wordings += "{lead} the {things} of the {n} {subject} with the {best} {noun}.]"
        if down:
            wordings = wordings[:-1] + "|Top {n} {subject} by {noun}: {things}.|"
            wordings += "{lead} the top {n} {subject} by {noun}, with [their |]{things}.]"
    if best.startswith(("most ", "least ")) or best in ("cheapest", "heaviest", "lightest", "oldest", "youngest"):
        if any(condition.before for condition in conditions):
            return None
        wordings = wordings.replace("Which {subject} has the {best} {noun}", "Which {subject} is the {best}")
        wordings = wordings.replace("have the {best} {noun}", "are the {best}")
        best_rows = f"{best} {noun_phrase(table.many if limit > 1 else table.one, conditions)}"
        wordings = wordings.replace("{subject} with the {best} {noun}", best_rows)
    number = voice.number(limit)
    question = styled(
        voice.say(wordings, subject=subject, best=best, noun=noun, things=things, n=number, lead=voice.say(LEAD)), voice
    )
    query = select(
        [output.sql for output in outputs],
        table.name,
        where=[condition.on("") for condition in conditions],
        order=f"{measure.name}{' DESC' if down else ''}",
        limit=limit,
    )
    return Draft(question, f"{query};", "top")


def distinct(table: Table, voice: Voice) -> Draft | None:
    """The different values of a column."""
    columns = [column for column in table.having("cat", "label", "code") if (column.name,) != table.primary_key]
    if not columns:
        return None
    column = voice.random.choice(columns)
    noun = voice.random.choice(column.phrases)
    conditions = conditions_for(table, voice, voice.random.choice((0, 1, 1, 2)), without=[column.name])
    by_name = voice.chance(0.3)
    tail = voice.say(", [in alphabetical order|sorted alphabetically]") if by_name else ""
    question = styled(
        voice.say(
            "[{lead} the [distinct|different|unique] {many} of [all |the |]{subject}{tail}.|"
            "Which [different|distinct|unique] {many} [are there|occur] among the {subject}{tail}?|"
            "{many} of [all |the |]{subject}, [each [once|only once]|no repeats|without duplicates]{tail}.|"
            "{lead} [each|every] {noun} [that occurs among the|found among the] {subject} [once|just once]{tail}.]",
            many=several(noun),
            noun=noun,
            subject=noun_phrase(table.many, conditions),
            tail=tail,
            lead=voice.say(LEAD),
        ),
        voice,
    )
    query = select(
        [column.name],
        table.name,
        where=[condition.on("") for condition in conditions],
        order=column.name if by_name else "",
        distinct=True,
    )
    return Draft(question, f"{query};", "distinct")


def beside_average(table: Table, voice: Voice) -> Draft | None:
    """Rows above or below the average of all."""
    measures = [column for column in table.columns if column.is_numeric]
    if not measures:
        return None
    measure = voice.random.choice(measures)
    above = voice.chance(0.7)
    noun = measure.phrase
    things = _outputs(table, voice, [], also=measure if voice.chance(0.5) else None)
    question = styled(
        voice.say(
            "[Which {many} have {a} {side} the average [of all {many}|overall]? [Give|Return|Show] [|the ]{things}.|"
            "{lead} the {things} of [all |]{many} whose {noun} {verb} {side} [the|the overall] average [{noun}|].|"
            "{many} with {a} {side} [the average|average|the average {noun}]: {things}.]",
            a=with_article(noun),
            verb="are" if is_plural(noun) else "is",
            many=table.many,
            noun=noun,
            side=voice.say("[above|higher than|greater than]" if above else "[below|lower than]"),
            things=listed([output.noun for output in things]),
            lead=voice.say(LEAD),
        ),
        voice,
    )
    bound = f"{measure.name} {'>' if above else '<'} (SELECT AVG({measure.name}) FROM {table.name})"
    return Draft(question, f"{select([o.sql for o in things], table.name, where=[bound])};", "beside average")


def computed(table: Table, voice: Voice) -> Draft | None:
    """A value that is computed of two columns of a row."""
    found = [item for item in table.derived if item.kind in ("product", "difference", "sum", "days")]
    if not found:
        return None
    item = voice.random.choice(found)
    sql, noun = expression(item), _explained(item, table)
    conditions = conditions_for(table, voice, 1, without=[item.first, item.second])
    naming = _outputs(table, voice, conditions)[:2]
    naming = [
        output for output in naming if output.column is None or output.column.name not in (item.first, item.second)
    ]
    if item.kind == "days":
        conditions = [one for one in conditions if item.second not in one.columns]
    order, tail = "", ""
    if voice.chance(0.35):
        down = voice.chance(0.7)
        order = f"{sql}{' DESC' if down else ''}"
        tail = number_order(voice.random.choice(item.phrases), down, voice)
    question = rows_question(voice, [*naming, Output(sql, noun)], table.many, conditions, tail)
    query = select(
        [*(output.sql for output in naming), sql],
        table.name,
        where=[condition.on("") for condition in conditions],
        order=order,
    )
    return Draft(question, f"{query};", "computed")


def compared_columns(table: Table, voice: Voice) -> Draft | None:
    """Rows where one column is above another: returned after the due date."""
    found = [item for item in table.derived if item.kind in ("later", "above")]
    if not found:
        return None
    item = voice.random.choice(found)
    words = item.phrases[0]
    if item.kind == "later":
        first, second = table.column(item.first), table.column(item.second)
        words = voice.say("[{w}|{w}|{verb} after the {due}]", w=words, verb=first.verbs[0], due=second.phrase)
        if not words.endswith("late"):
            pass
        else:
            words += voice.say("[, i.e. after the {due},|, that is after the {due},]", due=second.phrase)
    condition = comparison(words, f"{{q}}{item.first} > {{q}}{item.second}", (item.first, item.second))
    if voice.chance(0.4):
        subject = noun_phrase(table.many, [condition]).removesuffix(",")
        question = styled(voice.say("[How many {s} are there?|Count the {s}.|Number of {s}.]", s=subject), voice)
        return Draft(
            question.replace(",,", ","), f"{select(['COUNT(*)'], table.name, where=[condition.on('')])};", "columns"
        )
    outputs = _outputs(table, voice, [condition])
    subject = noun_phrase(table.many, [condition]).removesuffix(",")
    things = listed([output.noun for output in outputs])
    question = styled(
        voice.say("[{lead} the {t} of [all |the |]{s}.|{s}: {t}.]", lead=voice.say(LEAD), t=things, s=subject), voice
    )
    return Draft(question, _rows_query(table, outputs, [condition], ""), "columns")


def expression(item: Derived, qualifier: str = "") -> str:
    """The SQL of a computed value."""
    first, second = f"{qualifier}{item.first}", f"{qualifier}{item.second}"
    match item.kind:
        case "days":
            return f"JULIANDAY({second}) - JULIANDAY({first})"
        case "product":
            return f"{first} * {second}"
        case "sum":
            return f"{first} + {second}"
        case _:
            return f"{first} - {second}"


def _explained(item: Derived, table: Table) -> str:
    """The noun of a computed value, with how it is computed in brackets."""
    first, second = table.column(item.first).phrase, table.column(item.second).phrase
    sign = {"product": "times", "difference": "minus", "sum": "plus"}.get(item.kind)
    how = f"{first} {sign} {second}" if sign else f"from {first} to {second}"
    return f"{item.phrases[0]} ({how})"


def _outputs(table: Table, voice: Voice, conditions: list[Condition], *, also: Column | None = None) -> list[Output]:
    """Columns to show, rather not those that the conditions already settle."""
    settled = {name for one in conditions if one.kind in ("equal", "flag", "null") for name in one.columns}
    outputs = [o for o in outputs_of(table, voice) if o.column is None or o.column.name not in settled]
    if not outputs:
        named = [column for column in table.columns if column.name not in settled and column.role != "flag"]
        outputs = [output_of(named[0], voice)] if named else []
    if also is not None and all(output.column != also for output in outputs):
        outputs.append(Output(also.name, also.phrase, also))
    return outputs


def _rows_query(table: Table, outputs: list[Output], conditions: list[Condition], order: str) -> str:
    where = [condition.on("") for condition in conditions]
    return f"{select([output.sql for output in outputs], table.name, where=where, order=order)};"


ROWS = (rows, sorted_rows, alternatives, top, distinct, beside_average, computed, compared_columns)
