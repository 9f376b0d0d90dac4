"""Requests for a number of each parent's children: of all parents, the first few, or those with enough."""

from distil_dagster.teachers.recombination.sql.conditions import conditions_for, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice, listed, with_article
from distil_dagster.teachers.recombination.sql.framing import LEAD, styled
from distil_dagster.teachers.recombination.sql.model import Schema, Table
from distil_dagster.teachers.recombination.sql.numbers import threshold, written
from distil_dagster.teachers.recombination.sql.orders import number_order
from distil_dagster.teachers.recombination.sql.projections import naming_of
from distil_dagster.teachers.recombination.sql.relations import (
    before_more,
    grouping_of,
    having_verb,
    number_of_children,
)
from distil_dagster.teachers.recombination.sql.writing import Draft, aliases, joined, select


class _Totals:
    """A count or aggregate of the children of each parent, with conditions on both tables."""

    def __init__(self, schema: Schema, parent: Table, voice: Voice) -> None:
        names, child = aliases(schema), schema.main
        self.parent, self.child, self.voice = parent, child, voice
        self.verb = having_verb(schema, parent)
        self.naming = naming_of(parent, voice, qualifier=names.of_parent)
        self.found = number_of_children(child, voice, names.of_child) if voice.chance(0.5) else None
        used = [self.found.column.name] if self.found and self.found.column else []
        on_child = before_more(conditions_for(child, voice, voice.random.choice((0, 1)), without=used))
        on_parent = conditions_for(parent, voice, voice.random.choice((0, 0, 1)))
        self.has_filter = bool(on_child)
        self.group = grouping_of(parent, self.naming, names.of_parent)
        self.number = self.found.sql if self.found else "COUNT(*)"
        self.short = self.found.short if self.found else "count"
        self.rounding = f" {self.found.rounding}" if self.found and self.found.rounding else ""
        self.rows = noun_phrase(child.many, on_child)
        self.one, self.many = noun_phrase(parent.one, on_parent), noun_phrase(parent.many, on_parent)
        self.nouns = listed([output.noun for output in self.naming])
        self.where = [*(one.on(names.of_parent) for one in on_parent), *(one.on(names.of_child) for one in on_child)]
        self.source = joined(schema, first="parent")

    def value(self, whose: str) -> str:
        """The number's name: total amount of their delivered orders."""
        return f"{self.found.noun} of {whose} {self.rows}" if self.found else f"number of {self.rows}"

    def draft(self, question: str, concept: str, *, order: str = "", limit: int | None = None) -> Draft:
        outputs = [*(output.sql for output in self.naming), self.number]
        query = select(outputs, self.source, where=self.where, group=self.group, order=order, limit=limit)
        return Draft(styled(question, self.voice), f"{query};", concept)


def per_parent(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """A number for each parent that has children, often sorted."""
    totals = _Totals(schema, parent, voice)
    order, tail = "", ""
    if voice.chance(0.5):
        down = voice.chance(0.8)
        order, tail = f"{totals.number}{' DESC' if down else ''}", f", {number_order(totals.short, down, voice)}"
    who = "who" if parent.is_person else "that"
    question = voice.say(
        "[For each {one} {having}, [give|show|return] [the |]{nouns} and the {value}{r}{tail}.|"
        "{nouns} and {value}{r} for [every|each] {one} {having}{tail}.|"
        "{lead} the {value}{r} for each {one} {having}: {nouns}, {short}{tail}.]",
        one=totals.one,
        having=f"{who} has any" if totals.has_filter else f"with at least one {totals.child.one}",
        nouns=totals.nouns,
        r=totals.rounding,
        value=totals.value("their" if parent.is_person else "its"),
        short=totals.short,
        tail=tail,
        lead=voice.say(LEAD),
    )
    return totals.draft(question, "per parent", order=order)


def top_parents(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """The parents with the largest numbers."""
    totals = _Totals(schema, parent, voice)
    if totals.number.startswith(("MIN", "MAX")):
        return None
    limit = voice.random.choice((1, 3, 3, 5, 5, 10))
    whose = "their" if limit > 1 or parent.is_person else "its"
    best = f"[highest|largest] {totals.value(whose)}" if totals.found else f"[most|highest number of] {totals.rows}"
    if limit == 1:
        wording = (
            f"[Which {{one}} has the {best}? [Give|Return] {{nouns}} and the {{short}}{{r}}."
            f"|{{lead}} the {{one}} with the {best}: {{nouns}}, {{short}}{{r}}.]"
        )
    else:
        wording = (
            f"[The {{n}} {{many}} with the {best}: {{nouns}}, {{short}}{{r}}."
            f"|{{lead}} the {{n}} {{many}} with the {best}, with {{nouns}} and the {{short}}{{r}}."
            f"|Top {{n}} {{many}} by {totals.value(whose)}: {{nouns}} and the {{short}}{{r}}.]"
        )
    question = voice.say(
        wording,
        one=totals.one,
        many=totals.many,
        nouns=totals.nouns,
        short=totals.short,
        r=totals.rounding,
        n=voice.number(limit),
        lead=voice.say(LEAD),
    )
    return totals.draft(question, "per parent top", order=f"{totals.number} DESC", limit=limit)


def parents_with_enough(schema: Schema, parent: Table, voice: Voice) -> Draft | None:
    """The parents of which a number of the children is above or below a limit."""
    totals = _Totals(schema, parent, voice)
    found, shown = totals.found, voice.chance(0.4)
    if found is None or found.column is None or found.rounding:
        sql, least, strict = "COUNT(*)", voice.random.choice((2, 2, 3, 3, 4, 5, 10)), voice.chance(0.4)
        having = f"{sql} {'>' if strict else '>='} {least}"
        wording = (
            f"[Which {{many}} {totals.verb} {{amount}} {{rows}}? [Give|Return|Show] {{nouns}}{{extra}}."
            f"|{{lead}} [the |]{{nouns}} of [all |]{{many}} {{who}} {totals.verb} {{amount}} {{rows}}{{add}}."
            f"|{{many}} with {{amount}} {{rows}}: {{nouns}}{{comma}}.]"
        )
        amount, short = (
            voice.say("more than {n}" if strict else "[at least {n}|{n} or more]", n=voice.number(least)),
            "count",
        )
    else:
        sql, above = found.sql, voice.chance(0.75)
        limit = written(threshold(found.column, voice.random))
        having = f"{sql} {'>' if above else '<'} {limit}"
        reach = "[reach|come to]" if sql.startswith("SUM") else "have"
        wording = (
            "[Which {many} have {amount} [over|across] [all |]their {rows}? [Give|Return|Show] {nouns}{extra}."
            f"|{{many}} whose {{rows}} {reach} {{amount}}: {{nouns}}{{comma}}."
            "|{lead} {nouns} of the {many} with {amount} over their {rows}{add}.]"
        )
        side = voice.say("[above|over|more than]" if above else "[below|under|less than]")
        total = f"a {found.noun}" if found.noun.startswith("sum") else with_article(found.noun)
        amount, short = f"{total} of {side} {limit}", found.short
    question = voice.say(
        wording,
        many=totals.many,
        who="who" if parent.is_person else "that",
        amount=amount,
        rows=totals.rows,
        nouns=totals.nouns,
        extra=f" and the {short}" if shown else "",
        add=f", with that {short}" if shown else "",
        comma=f", {short}" if shown else "",
        lead=voice.say(LEAD),
    )
    outputs = [*(output.sql for output in totals.naming), *([sql] if shown else [])]
    query = select(outputs, totals.source, where=totals.where, group=totals.group, having=having)
    return Draft(styled(question, voice), f"{query};", "per parent having")


TOTALS = (per_parent, top_parents, parents_with_enough)
