"""Which columns a request asks for, and what it calls them."""

from dataclasses import dataclass

from distil_dagster.teachers.recombination.sql.english import Voice, is_plural, plural
from distil_dagster.teachers.recombination.sql.model import Column, Table

_WEIGHTS = {"key": 3.0, "label": 4.0, "code": 2.0, "reference": 0.4, "text": 1.0}


@dataclass(frozen=True)
class Output:
    """One column of a result."""

    sql: str
    noun: str
    column: Column | None = None


def outputs_of(table: Table, voice: Voice, *, most: int = 3, qualifier: str = "", owner: str = "") -> list[Output]:
    """One to `most` columns that a request may name; `owner` is said with each where several tables are in play."""
    count = voice.random.choice([1, 2, 2, 2, 3, 3][: 2 * most])
    columns = [column for column in table.columns if column.role != "flag"]
    chosen: list[Column] = []
    while columns and len(chosen) < min(count, most):
        weights = [_WEIGHTS.get(column.role, 1.5) for column in columns]
        column = voice.random.choices(columns, weights)[0]
        columns.remove(column)
        chosen.append(column)
    if voice.chance(0.75):
        chosen.sort(key=table.columns.index)
    return [output_of(column, voice, qualifier=qualifier, owner=owner) for column in chosen]


def output_of(column: Column, voice: Voice, *, qualifier: str = "", owner: str = "") -> Output:
    """A column as one output."""
    noun = column.phrase if voice.chance(0.7) else voice.random.choice(column.phrases)
    if owner:
        noun = owned(noun, owner, voice)
    return Output(f"{qualifier}{column.name}", noun, column)


def owned(noun: str, owner: str, voice: Voice) -> str:
    """The noun with whose it is: customer name, customer's name, name of the customer."""
    if owner in noun or noun.split(" ", maxsplit=1)[0] == owner.rsplit(" ", maxsplit=1)[-1]:
        return noun
    if " " in owner or " " in noun:
        return voice.say("[{owner}'s {noun}|{noun} of the {owner}]", owner=owner, noun=noun)
    return voice.say("[{owner}'s {noun}|{owner} {noun}|{owner} {noun}|{noun} of the {owner}]", owner=owner, noun=noun)


def naming_of(table: Table, voice: Voice, *, qualifier: str = "") -> list[Output]:
    """What tells a row of a table from others, for one line per row: its id, its name, or both."""
    labels = table.having("label")
    outputs = []
    if table.key is not None and (not labels or voice.chance(0.6)):
        outputs.append(output_of(table.key, voice, qualifier=qualifier))
    if labels and (not outputs or voice.chance(0.75)):
        outputs += [output_of(label, voice, qualifier=qualifier) for label in labels]
    return outputs


def several(noun: str) -> str:
    """The noun for many rows."""
    return noun if is_plural(noun) else plural(noun)
