"""Requests that need a subquery over the same table, a set operation, a window or a table joined with itself."""

from distil_dagster.teachers.recombination.sql.conditions import conditions_for, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice, is_plural, listed, with_right_articles
from distil_dagster.teachers.recombination.sql.framing import styled
from distil_dagster.teachers.recombination.sql.model import Schema, Table
from distil_dagster.teachers.recombination.sql.projections import naming_of, several
from distil_dagster.teachers.recombination.sql.writing import Draft, select


def never_again(table: Table, voice: Voice) -> Draft | None:
    """Names that occur with one value of a column, and never, or also, with another."""
    labels = [column for column in table.having("label", "code") if (column.name,) != table.primary_key]
    kinds = [column for column in table.having("cat") if len(column.values) >= 2 and column.required]
    if not labels or not kinds or table.is_person:
        return None
    label, kind = voice.random.choice(labels), voice.random.choice(kinds)
    first, second = voice.random.sample(kind.values, 2)
    one, many, noun = table.one, several(label.phrase), kind.phrase
    only = [f"{kind.name} = '{value}'" for value in (first, second)]
    inner = select([label.name], table.name, where=[only[1]])
    if voice.chance(0.5):
        question = voice.say(
            "[{many} with a {one} of {noun} '{a}' but [never|not] one of {noun} '{b}', each once.|"
            "Which {many} have some {one} with {noun} '{a}' but none with {noun} '{b}'? Name each once.]",
            many=many, one=one, noun=noun, a=first, b=second,
        )  # fmt: skip
        where = [only[0], f"{label.name} NOT IN ({inner})"]
        if not label.required:
            return None
        query = select([label.name], table.name, where=where, distinct=True)
    else:
        question = voice.say(
            "[{many} that have both a {one} of {noun} '{a}' and one of {noun} '{b}', each once.|"
            "Which {many} occur with {noun} '{a}' as well as with {noun} '{b}'? Name each once.]",
            many=many, one=one, noun=noun, a=first, b=second,
        )  # fmt: skip
        query = f"{select([label.name], table.name, where=[only[0]])} INTERSECT {inner}"
        if voice.chance(0.5):
            query = select([label.name], table.name, where=[only[0], f"{label.name} IN ({inner})"], distinct=True)
    return Draft(styled(with_right_articles(question), voice), f"{query};", "sets")


def beside_own_group(table: Table, voice: Voice) -> Draft | None:
    """Groups whose largest value is far above their average."""
    groups = table.having("cat")
    measures = [column for column in table.columns if column.is_numeric and column.role != "score"]
    if not groups or not measures:
        return None
    group, measure = voice.random.choice(groups), voice.random.choice(measures)
    times = voice.random.choice((2, 3))
    question = voice.say(
        "[Which {many} have {rows} whose {m} {is_} more than {n} times the average {m} of that {g}?|"
        "{many} where the highest {m} {is_} more than {n} times the average {m} of the same {g}.]",
        many=several(group.phrase), rows=table.many, m=measure.phrase, g=group.phrase,
        is_="are" if is_plural(measure.phrase) else "is",
        n=voice.number(times),
    )  # fmt: skip
    having = f"MAX({measure.name}) > {times} * AVG({measure.name})"
    query = select([group.name], table.name, group=[group.name], having=having)
    return Draft(styled(question, voice), f"{query};", "beside own group")


def ranked(table: Table, voice: Voice) -> Draft | None:
    """The first ranks within each group."""
    groups, labels = table.having("cat"), table.having("label", "code")
    measures = [column for column in table.columns if column.is_numeric and column.required]
    if not groups or not labels or not measures or any(name in ("place",) for name in table.column_names()):
        return None
    group, label, measure = (voice.random.choice(options) for options in (groups, labels, measures))
    last = voice.random.choice((1, 2, 3))
    question = voice.say(
        "[Rank the {rows} of each {g} by {m}, highest = 1, and return rank {upto}: {g}, {l}, rank. [Ties share "
        "a rank|Equal "
        "values share a rank] and the [following rank is|next ranks are] skipped.|"
        "For each {g}, the {rows} on rank {upto} by {m} (highest first, ties share a rank and leave a gap): "
        "{g}, {l}, rank.]",
        rows=table.many, g=group.phrase, m=measure.phrase, l=label.phrase,
        upto="1 only" if last == 1 else f"1 to {last}",
    )  # fmt: skip
    window = f"RANK() OVER (PARTITION BY {group.name} ORDER BY {measure.name} DESC) AS place"
    inner = select([group.name, label.name, window], table.name)
    end = "place = 1" if last == 1 else f"place <= {last}"
    query = f"SELECT {group.name}, {label.name}, place FROM ({inner}) WHERE {end}"
    return Draft(styled(question, voice), f"{query};", "window")


def changes(table: Table, voice: Voice) -> Draft | None:
    """Each row's difference to the row before in time."""
    times = [column for column in table.having("day", "moment") if column.required]
    measures = [column for column in table.columns if column.is_numeric and column.required]
    if not times or not measures:
        return None
    time, measure = voice.random.choice(times), voice.random.choice(measures)
    conditions = [
        one for one in conditions_for(table, voice, 1, without=[time.name, measure.name]) if one.kind == "equal"
    ]
    if not conditions:
        return None
    subject = noun_phrase(table.many, conditions)
    question = voice.say(
        "[Change of the {m} from one of the {s} to the next in order of {t}: {t} and {m} minus the previous {m} "
        "(NULL for the "
        "first), by {t}.|"
        "For the {s} in order of {t}, [give|return|show] the {t} and how much the {m} differs from the one "
        "before (NULL for "
        "the first).]",
        m=measure.phrase, t=time.phrase, s=subject,
    )  # fmt: skip
    step = f"{measure.name} - LAG({measure.name}) OVER (ORDER BY {time.name})"
    query = select([time.name, step], table.name, where=[one.on("") for one in conditions], order=time.name)
    return Draft(styled(question, voice), f"{query};", "window")


def united(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """The names of both tables in one list."""
    firsts = [column for column in parent.having("label", "cat") if column.values]
    pairs = [
        (first, second)
        for first in firsts
        for second in schema.main.having("label", "cat")
        if first.values == second.values
    ]
    if not pairs:
        return None
    first, second = voice.random.choice(pairs)
    question = voice.say(
        "[One list of all {a} of {parents} and {b} of {children}, without duplicates.|"
        "{a} of {parents} and {b} of {children} together in one column, each only once.]",
        a=several(first.phrase), b=several(second.phrase), parents=parent.many, children=schema.main.many,
    )  # fmt: skip
    query = f"{select([first.name], parent.name)} UNION {select([second.name], schema.main.name)}"
    return Draft(styled(question, voice), f"{query};", "sets")


def managed(schema: Schema, voice: Voice) -> Draft | None:
    """Each row beside the row of the same table that it refers to."""
    table, word = schema.main, schema.manager_word
    labels = table.having("label")
    if not schema.manager or not labels or table.key is None:
        return None
    label, first = labels[0], table.name[0]
    other = word[0] if word[0] != first else "x"
    naming = naming_of(table, voice, qualifier=f"{first}.")
    conditions = conditions_for(table, voice, voice.random.choice((0, 1)), without=[schema.manager])
    outer = voice.chance(0.3)
    subject = noun_phrase(table.many, conditions)
    note = f" (NULL if there is no {word})" if outer else f" Leave out {table.many} without {word}."
    question = voice.say(
        "[List the {s} with their {w}: {n}, {w}'s {l}{q}|{n} of the {s} and the {l} of their {w}{q}]",
        s=subject, w=word, n=listed([output.noun for output in naming]), l=label.phrase,
        q=f"{note}." if outer else f".{note}",
    )  # fmt: skip
    join = f"{table.name} AS {first} {'LEFT ' if outer else ''}JOIN {table.name} AS {other} "
    join += f"ON {other}.{table.key.name} = {first}.{schema.manager}"
    query = select(
        [*(output.sql for output in naming), f"{other}.{label.name}"],
        join,
        where=[one.on(f"{first}.") for one in conditions],
    )
    return Draft(styled(question, voice), f"{query};", "self join")


SETS = (never_again, beside_own_group, ranked, changes)
