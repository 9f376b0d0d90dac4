"""Requests for rows of the child with what they belong to: listed, counted, summed, grouped."""

from dataclasses import replace

from distil_dagster.teachers.recombination.sql.aggregates import aggregate_of
from distil_dagster.teachers.recombination.sql.conditions import conditions_for, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice, listed
from distil_dagster.teachers.recombination.sql.framing import LEAD, styled, value_question
from distil_dagster.teachers.recombination.sql.model import Column, Schema, Table
from distil_dagster.teachers.recombination.sql.orders import number_order, order_by
from distil_dagster.teachers.recombination.sql.projections import Output, outputs_of, several
from distil_dagster.teachers.recombination.sql.relations import before_more, number_of_children, related
from distil_dagster.teachers.recombination.sql.writing import Draft, aliases, joined, select


def joined_rows(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """Rows of the child with conditions on either table, and columns of both."""
    child, names = schema.main, aliases(schema)
    on_parent = conditions_for(parent, voice, voice.random.choice((0, 1, 1, 1, 2)))
    on_child = before_more(conditions_for(child, voice, voice.random.choice((0, 1, 1))))
    own = outputs_of(child, voice, most=2, qualifier=names.of_child)
    theirs = outputs_of(parent, voice, most=2, qualifier=names.of_parent, owner=parent.one)
    if on_parent and voice.chance(0.25):
        theirs = []
    outputs = _free_of_doubt([*own, *theirs], schema, parent)
    if outputs is None or not (on_parent or on_child) or not (on_parent or theirs):
        return None
    if on_parent or (parent.is_person and voice.chance(0.5)):
        subject = related(schema, parent, on_child, on_parent, voice)
    else:
        subject = noun_phrase(child.many, on_child)
    order = order_by(child, voice, qualifier=names.of_child) if voice.chance(0.35) else None
    tail = f", {order.words}" if order else ""
    things = listed([output.noun for output in outputs])
    question = styled(
        voice.say(
            "[{lead} the {things} of [all |]{subject}{tail}.|{subject}: {things}{tail}.|{things} of [all |"
            "]{subject}{tail}.|"
            "For [all |the |]{subject}, {show} {things}{tail}.|{lead} [all |the |]{subject}: {things}{tail}.|"
            "[Can|Could] you list {things} for [all |]{subject}{tail}?]",
            things=things,
            subject=subject,
            tail=tail,
            show=voice.say("[show|list|give|return]"),
            lead=voice.say(LEAD),
        ),
        voice,
    )
    where = [*(one.on(names.of_child) for one in on_child), *(one.on(names.of_parent) for one in on_parent)]
    query = select(
        [output.sql for output in outputs],
        joined(schema, first="child"),
        where=where,
        order=order.sql if order else "",
    )
    return Draft(question, f"{query};", "joined rows")


def joined_number(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """A count or aggregate of the child's rows with a condition on the parent."""
    names = aliases(schema)
    on_parent = conditions_for(parent, voice, 1)
    found = None if voice.chance(0.5) else aggregate_of(schema.main, voice, qualifier=names.of_child)
    used = [found.column.name] if found and found.column else []
    on_child = before_more(conditions_for(schema.main, voice, voice.random.choice((0, 1)), without=used))
    if not on_parent:
        return None
    subject = related(schema, parent, on_child, on_parent, voice)
    if found is None:
        question = styled(
            voice.say("[How many {s} are there?|Count the {s}.|Number of {s}.|What is the number of {s}?]", s=subject),
            voice,
        )
    else:
        question = value_question(voice, found.noun, subject, f", {found.rounding}" if found.rounding else "")
    where = [*(one.on(names.of_child) for one in on_child), *(one.on(names.of_parent) for one in on_parent)]
    query = select([found.sql if found else "COUNT(*)"], joined(schema, first="child"), where=where)
    return Draft(question, f"{query};", "joined number")


def joined_distinct(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """The different values of a column of the child with conditions on the parent."""
    names = aliases(schema)
    columns = schema.main.having("cat", "label")
    on_parent = conditions_for(parent, voice, 1)
    if not columns or not on_parent:
        return None
    column = voice.random.choice(columns)
    on_child = before_more(conditions_for(schema.main, voice, voice.random.choice((0, 1)), without=[column.name]))
    subject = related(schema, parent, on_child, on_parent, voice)
    sorted_too = voice.chance(0.3)
    tail = ", in alphabetical order" if sorted_too else ""
    where = [*(one.on(names.of_child) for one in on_child), *(one.on(names.of_parent) for one in on_parent)]
    source = joined(schema, first="child")
    if voice.chance(0.3):
        question = voice.say(
            "[How many [different|distinct] {many} are there among the {s}?|Number of [different|distinct] "
            "{many} among {s}.]",
            many=several(column.phrase),
            s=subject,
        )
        query = select([f"COUNT(DISTINCT {names.of_child}{column.name})"], source, where=where)
    else:
        question = voice.say(
            "[{lead} the [distinct|different] {many} of {s}{tail}.|{many} of {s}, [each once|no repeats]{tail}.|"
            "Which {many} occur among the {s}? Name each once{tail}.]",
            many=several(column.phrase),
            s=subject,
            tail=tail,
            lead=voice.say(LEAD),
        )
        sql = f"{names.of_child}{column.name}"
        query = select([sql], source, where=where, order=sql if sorted_too else "", distinct=True)
    return Draft(styled(question, voice), f"{query};", "joined distinct")


def by_attribute(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """A count or aggregate of the child's rows for each value of a column of the parent."""
    names = aliases(schema)
    groups = parent.having("cat", "year")
    if not groups:
        return None
    group = voice.random.choice(groups)
    found = number_of_children(schema.main, voice, names.of_child) if voice.chance(0.5) else None
    used = [found.column.name] if found and found.column else []
    on_child = before_more(conditions_for(schema.main, voice, voice.random.choice((0, 1)), without=used))
    subject = noun_phrase(schema.main.many, on_child)
    value = f"{found.noun} of {subject}" if found else f"number of {subject}"
    noun = group.phrase if group.phrase.startswith(parent.one) else f"{parent.one} {group.phrase}"
    sql, number = f"{names.of_parent}{group.name}", found.sql if found else "COUNT(*)"
    order, tail = "", ""
    if voice.chance(0.4):
        down = voice.chance(0.8)
        order = f"{number}{' DESC' if down else ''}"
        tail = f", {number_order(found.short if found else 'count', down, voice)}"
    rounding = f", {found.rounding}" if found and found.rounding else ""
    short = f"{group.phrase} and {found.short if found else 'count'}"
    question = voice.say(
        "[{value} [per|by] {noun}{rounding}{tail}.|For each {noun}, [give|show|return] the {value}{rounding}{tail}.|"
        "What is the {value} [per|for each] {noun}{rounding}{tail}?|"
        "{value} per {noun}{rounding}{tail}. [Return|Show] {short}.]",
        value=value,
        noun=noun,
        tail=tail,
        rounding=rounding,
        short=short,
    )
    where = [one.on(names.of_child) for one in on_child]
    query = select([sql, number], joined(schema, first="parent"), where=where, group=[sql], order=order)
    return Draft(styled(question, voice), f"{query};", "by attribute")


def _free_of_doubt(outputs: list[Output], schema: Schema, parent: Table) -> list[Output] | None:
    """The outputs with nouns that mean one column only; None where two have the same."""
    clear = []
    for output in outputs:
        noun, column = output.noun, output.column
        if column is not None and column.name in schema.main.column_names() and _is_shared(column, schema.main, parent):
            noun = noun if schema.main.one in noun else f"{schema.main.one} {noun}"
        clear.append(replace(output, noun=noun) if noun != output.noun else output)
    nouns = [output.noun for output in clear]
    return clear if len(set(nouns)) == len(nouns) else None


def _is_shared(column: Column, child: Table, parent: Table) -> bool:
    known = next((own for own in child.columns if own == column), None)
    return known is not None and any(set(column.phrases) & set(other.phrases) for other in parent.columns)


JOINED = (joined_rows, joined_number, joined_distinct, by_attribute)
