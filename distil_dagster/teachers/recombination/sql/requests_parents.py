"""Requests for parents by what belongs to them: how much, none at all, at least one under a condition."""

from distil_dagster.teachers.recombination.sql.conditions import Condition, conditions_for, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice, capitalised, listed, with_article
from distil_dagster.teachers.recombination.sql.framing import LEAD, styled
from distil_dagster.teachers.recombination.sql.model import ADDITIVE, Schema, Table, words_of
from distil_dagster.teachers.recombination.sql.orders import number_order
from distil_dagster.teachers.recombination.sql.projections import naming_of
from distil_dagster.teachers.recombination.sql.relations import (
    before_more,
    grouping_of,
    having_verb,
)
from distil_dagster.teachers.recombination.sql.writing import Draft, aliases, joined, select


def every_parent(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """A count or sum for each parent, also for those that have no children."""
    names, child = aliases(schema), schema.main
    naming = naming_of(parent, voice, qualifier=names.of_parent)
    sums = [column for column in child.columns if column.role in ADDITIVE]
    amount = voice.random.choice(sums) if sums and voice.chance(0.4) else None
    used = [amount.name] if amount else []
    on_child = before_more(conditions_for(child, voice, voice.random.choice((0, 0, 1)), without=used))
    on_parent = conditions_for(parent, voice, voice.random.choice((0, 0, 0, 1)))
    rows, one = noun_phrase(child.many, on_child), noun_phrase(parent.one, on_parent)
    counted = child.key or child.column(schema.link)
    number = f"COALESCE(SUM({names.of_child}{amount.name}), 0)" if amount else f"COUNT({names.of_child}{counted.name})"
    total = f"total {amount.phrase.removeprefix('total ')}" if amount else ""
    value = f"{total} of its {rows}" if amount else f"number of {rows}"
    if parent.is_person:
        value = value.replace("of its", "of their")
    order, tail = "", ""
    if voice.chance(0.4):
        down = voice.chance(0.8)
        order = f"{number}{' DESC' if down else ''}"
        tail = f", {number_order('total' if amount else 'count', down, voice)}"
    zero = voice.say(
        "[0 for those without any|0 if there are none|zero included|including those without any|0 where there "
        "is nothing]"
        if not amount
        else "[0 for those without any|0 if there are none|0 where there is nothing]"
    )
    nouns = listed([output.noun for output in naming])
    question = voice.say(
        "[For [every|each] {one}, [give|show|return|list] [the |]{nouns} and the {value}, {zero}{tail}.|"
        "{nouns} and {value} for [every|each] {one}, {zero}{tail}.|"
        "{lead} the {value} for each {one} ({zero}): {nouns}, {short}{tail}.|"
        "What is the {value} for each {one}? {cap} and {short}, {zero}{tail}.]",
        one=one, nouns=nouns, value=value, zero=zero, tail=tail, short="total" if amount else "count",
        cap=capitalised(nouns), lead=voice.say(LEAD),
    )  # fmt: skip
    query = select(
        [*(output.sql for output in naming), number],
        joined(schema, first="parent", outer=True, extra=[one.on(names.of_child) for one in on_child]),
        where=[one.on(names.of_parent) for one in on_parent],
        group=grouping_of(parent, naming, names.of_parent),
        order=order,
    )
    return Draft(styled(question, voice), f"{query};", "every parent")


def without_children(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """Parents that have no child, or none under a condition."""
    names, child = aliases(schema), schema.main
    naming = [*naming_of(parent, voice, qualifier=names.of_parent)]
    on_parent = conditions_for(parent, voice, voice.random.choice((0, 0, 1)))
    on_child = before_more(conditions_for(child, voice, voice.random.choice((0, 0, 1, 1))))
    if any(one.kind == "not" for one in on_child):
        return None
    thing = noun_phrase(child.one, on_child)
    rows, many = noun_phrase(child.many, on_child), noun_phrase(parent.many, on_parent)
    who, nouns = ("who" if parent.is_person else "that"), listed([output.noun for output in naming])
    verb = voice.say(having_verb(schema, parent))
    never = f"never {verb} {with_article(thing)}" if verb != "have" else f"have no {rows}"
    question = voice.say(
        "[{lead} the {nouns} of [all |]{many} {who} {never}.|Which {many} {never}? [Give|Return|Show|List] [the "
        "|]{nouns}.|"
        "{many} without [any|a single] {thing}: {nouns}.|{lead} {many} {who} {never}: {nouns}.|"
        "{nouns} of {many} {who} {never}.]",
        lead=voice.say(LEAD), nouns=nouns, many=many, who=who, never=never, thing=thing,
    )  # fmt: skip
    where = [one.on(names.of_parent) for one in on_parent]
    sql = [output.sql for output in naming]
    match = [f"{names.of_child}{schema.link} = {names.of_parent}{schema.parent_key}"]
    conditions = [one.on(names.of_child) for one in on_child]
    style = voice.random.random()
    if style < 0.25 and not on_child and child.key is not None:
        where.append(f"{names.of_child}{child.key.name} IS NULL")
        query = select(sql, joined(schema, first="parent", outer=True), where=where)
    elif style < 0.4 and child.column(schema.link).required:
        inner = select([f"{names.of_child}{schema.link}"], f"{child.name} AS {names.child}", where=conditions)
        where.append(f"{names.of_parent}{schema.parent_key} NOT IN ({inner})")
        query = select(sql, f"{parent.name} AS {names.parent}", where=where)
    else:
        inner = select(["1"], f"{child.name} AS {names.child}", where=[*match, *conditions])
        where.append(f"NOT EXISTS ({inner})")
        query = select(sql, f"{parent.name} AS {names.parent}", where=where)
    return Draft(styled(question, voice), f"{query};", "without children")


def with_some_child(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """Parents that have a child under a condition, and one or none under another."""
    names, child = aliases(schema), schema.main
    naming = naming_of(parent, voice, qualifier=names.of_parent)
    on_child = [one for one in before_more(conditions_for(child, voice, 2)) if one.kind != "not"]
    if not on_child:
        return None
    many, verb = parent.many, voice.say(having_verb(schema, parent))
    who, nouns = ("who" if parent.is_person else "that"), listed([output.noun for output in naming])
    match = f"{names.of_child}{schema.link} = {names.of_parent}{schema.parent_key}"

    def exists(condition: Condition) -> str:
        inner = select(["1"], f"{child.name} AS {names.child}", where=[match, condition.on(names.of_child)])
        return f"EXISTS ({inner})"

    first = with_article(noun_phrase(child.one, on_child[:1]))
    where, words = (
        [exists(on_child[0])],
        f"{verb} at least {first.replace('a ', 'one ', 1) if first[:2] == 'a ' else first}",
    )
    words = words.replace("at least an ", "at least one ")
    if len(on_child) > 1 and voice.chance(0.6):
        second = noun_phrase(child.one, on_child[1:2])
        if voice.chance(0.5):
            words = f"{verb} {first} and also {with_article(second)}"
            where.append(exists(on_child[1]))
        else:
            words = f"{verb} {first} but {'have ' if verb == 'have' else ''}no {second}"
            words = words.replace("but have no", "but no")
            where.append(f"NOT {exists(on_child[1])}")
    question = voice.say(
        "[{lead} the {nouns} of [all |]{many} {who} {words}.|Which {many} {words}? [Give|Return|Show] [the |]{nouns}.|"
        "{many} {who} {words}: {nouns}.]",
        lead=voice.say(LEAD), nouns=nouns, many=many, who=who, words=words,
    )  # fmt: skip
    if len(where) == 1 and voice.chance(0.35):
        question = voice.say(
            "[How many {many} {words}?|Count the {many} {who} {words}.]", many=many, who=who, words=words
        )
        query = select(["COUNT(*)"], f"{parent.name} AS {names.parent}", where=where)
    else:
        query = select([output.sql for output in naming], f"{parent.name} AS {names.parent}", where=where)
    return Draft(styled(question, voice), f"{query};", "with some child")


def average_children(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """The average, largest or smallest number of children, or of a sum over them."""
    child = schema.main
    sums = [column for column in child.columns if column.role in ADDITIVE]
    amount = voice.random.choice(sums) if sums and voice.chance(0.4) else None
    inner = select(
        [schema.link, f"SUM({amount.name}) AS n" if amount else "COUNT(*) AS n"], child.name, group=[schema.link]
    )
    function, word = voice.random.choice(
        (("AVG", "average"), ("AVG", "average"), ("MAX", "highest"), ("MIN", "lowest"))
    )
    value = f"total {amount.phrase.removeprefix('total ')} of {child.many}" if amount else f"number of {child.many}"
    question = voice.say(
        "[What is the {word} {value} per {one}? [Consider|Look at] only {parents} that have any.|"
        "{word} {value} per {one}, [ignoring|leaving out] {parents} without any.|"
        "Among {parents} with at least one {child}, what is the {word} {value} [per|for a single] {one}?]",
        word=word, value=value, one=parent.one, parents=parent.many, child=child.one,
    )  # fmt: skip
    query = f"WITH sizes AS ({inner}) SELECT {function}(n) FROM sizes"
    return Draft(styled(question, voice), f"{query};", "average children")


def above_parent(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """Parents whose children sum up to more than a limit that the parent has."""
    names, child = aliases(schema), schema.main
    limits = [column for column in parent.columns if words_of(column) & {"budget", "planned", "limit", "budgeted"}]
    limits = [column for column in limits if column.role == "money"]
    sums = [column for column in child.columns if column.role == "money"]
    if not limits or not sums or parent.key is None:
        return None
    limit, amount = voice.random.choice(limits), voice.random.choice(sums)
    by_how_much = voice.chance(0.5)
    inner = select([schema.link, f"SUM({amount.name}) AS total"], child.name, group=[schema.link])
    alias = "s" if names.parent != "s" else "x"
    outputs = [
        f"{names.of_parent}{parent.key.name}",
        *([f"{alias}.total - {names.of_parent}{limit.name}"] if by_how_much else []),
    ]
    query = (
        f"WITH sums AS ({inner}) SELECT {', '.join(outputs)} FROM {parent.name} AS {names.parent} JOIN sums AS {alias} "
        f"ON {alias}.{schema.link} = {names.of_parent}{schema.parent_key} WHERE {alias}.total > "
        f"{names.of_parent}{limit.name}"
    )
    question = voice.say(
        "[Which {many} have {children} whose {amount} [adds up to|sums to|totals] more than the {limit}{how}? "
        "{key}{excess}.|"
        "{many} whose {children} exceed the {limit} by their total {amount}: {id}{excess}.]",
        many=parent.many, children=child.many, amount=amount.phrase, limit=limit.phrase, id=parent.key.phrase,
        how=", and by how much" if by_how_much else "", key=capitalised(parent.key.phrase),
        excess=" and excess" if by_how_much else "",
    )  # fmt: skip
    return Draft(styled(question, voice), f"{query};", "above parent")


def extremes(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """For each parent the first or last date of its children."""
    names, child = aliases(schema), schema.main
    times = child.having("day", "moment")
    if not times:
        return None
    time = voice.random.choice(times)
    naming = naming_of(parent, voice, qualifier=names.of_parent)
    latest = voice.chance(0.6)
    number = f"{'MAX' if latest else 'MIN'}({names.of_child}{time.name})"
    which = voice.say("[latest|most recent|last]" if latest else "[earliest|first]")
    value = f"{which} {time.phrase} of {'their' if parent.is_person else '[the|its]'} {child.many}"
    question = voice.say(
        f"[For each {{one}} with at least one {{child}}, [give|show|return] {{nouns}} and the {value}.|"
        f"{{nouns}} and {value} for every {{one}} that has any.]",
        one=parent.one, child=child.one, nouns=listed([output.noun for output in naming]),
    )  # fmt: skip
    query = select(
        [*(output.sql for output in naming), number],
        joined(schema, first="parent"),
        group=grouping_of(parent, naming, names.of_parent),
    )
    return Draft(styled(question, voice), f"{query};", "extremes")


PARENTS = (every_parent, without_children, with_some_child, average_children, above_parent, extremes)
