"""A template of a seed, filled for another schema, or for its own with other values."""

from collections.abc import Mapping

from distil_dagster.teachers.recombination.sql.english import (
    NUMBER_WORDS,
    Voice,
    capitalised,
    is_plural,
    plural,
    with_right_articles,
)
from distil_dagster.teachers.recombination.sql.induction import Part, Slot, Template, ValueUse
from distil_dagster.teachers.recombination.sql.model import ADDITIVE, NUMERIC, TEMPORAL, Column, Schema, Table
from distil_dagster.teachers.recombination.sql.numbers import any_day, threshold, written
from distil_dagster.teachers.recombination.sql.writing import Draft, aliases

Columns = Mapping[tuple[str, str], Column]


def fill(template: Template, schema: Schema, voice: Voice) -> Draft | None:  # noqa: PLR0911 - one reason each
    """The template over a schema; None where the schema lacks what it needs."""
    own = template.seed in schema.seeds
    if not (own or template.is_general) or (template.is_pair and schema.parent is None):
        return None
    tables = _tables(template, schema, own, voice)
    if tables is None:
        return None
    columns = _own_columns(template, tables) if own else _other_columns(template, tables, schema, voice)
    if columns is None or template.names & {name for table in schema.tables for name in table.column_names()} - {
        column.name for _, column in template.columns
    }:
        return None
    values: dict[str, str] = {}
    for use in template.values:
        value = _value(use, columns, voice, own=own)
        if value is None or value in values.values():
            return None
        values[use.text] = value
    names = aliases(schema) if schema.parent is not None else None
    letters = {"parent": names.parent, "main": names.child} if names else {"main": schema.main.name[0]}
    if template.names & set(letters.values()):
        return None
    nouns: dict[tuple[str, str], str] = {}
    if not own:
        for key, column in columns.items():
            # Verbs and articles around a noun are those of one thing.
            fitting = [phrase for phrase in column.phrases if not column.is_numeric or not is_plural(phrase)]
            if not fitting:
                return None
            nouns[key] = voice.random.choice(fitting)
        # Two columns under one noun, or a column that is called like the table, can't be told apart.
        if len(set(nouns.values())) < len(nouns):
            return None
    writer = _Writer(tables, columns, values, letters, nouns)
    question = "".join(map(writer.written, template.question))
    if not own:
        question = with_right_articles(question)
    return Draft(question, "".join(map(writer.written, template.query)), template.name)


def _tables(template: Template, schema: Schema, own: bool, voice: Voice) -> dict[str, Table] | None:
    if template.is_pair or own:
        found = {"main": schema.main}
        return found | {"parent": schema.parent} if schema.parent is not None else found
    used = {role for role, _ in template.columns} or {"main"}
    return {next(iter(used)): voice.random.choice(schema.tables)} if len(used) == 1 else None


def _own_columns(template: Template, tables: Mapping[str, Table]) -> Columns | None:
    found = {}
    for role, column in template.columns:
        if role not in tables or column.name not in tables[role].column_names():
            return None
        found[role, column.name] = tables[role].column(column.name)
    return found


def _other_columns(template: Template, tables: Mapping[str, Table], schema: Schema, voice: Voice) -> Columns | None:
    """A column of the same kind for each, no two the same."""
    found: dict[tuple[str, str], Column] = {}
    for role, wanted in template.columns:
        table, key = tables[role], (role, wanted.name)
        taken = {column.name for (owner, _), column in found.items() if owner == role}
        if wanted.role == "key":
            fitting = [table.key] if table.key is not None else []
        elif wanted.role == "reference":
            fitting = [column for column in table.columns if column.name == schema.link]
        else:
            fitting = [column for column in table.columns if _fits(template, key, wanted, column, table)]
        fitting = [column for column in fitting if column.name not in taken]
        if not fitting:
            return None
        found[key] = voice.random.choice(fitting)
    return found


def _fits(template: Template, key: tuple[str, str], wanted: Column, column: Column, table: Table) -> bool:  # noqa: PLR0911
    if key in template.nullable and column.required:
        return False
    if key in template.implied and len(table.having(*TEMPORAL)) > 1:
        return False
    if key in template.summed and wanted.role != "flag" and column.role not in ADDITIVE:
        return False
    if wanted.role in NUMERIC:
        return column.role in NUMERIC and (wanted.role != "score" or column.is_whole)
    if wanted.role in ("day", "moment"):
        said = not wanted.verbs or (bool(column.verbs) and not column.verbs[0].startswith("who "))
        return column.role == wanted.role and said
    if wanted.role == "flag":
        return column.role == "flag" and bool(column.yes) and " " not in column.yes
    compared = any(use.column == key and use.is_text for use in template.values)
    return column.role == wanted.role and (bool(column.values) or not compared)


def _value(use: ValueUse, columns: Columns, voice: Voice, *, own: bool) -> str | None:  # noqa: PLR0911
    column = columns.get(use.column) if use.column else None
    if column is None:
        number = float(use.text) if not use.is_text else None
        if number is None:
            return use.text
        if number <= 10:
            return str(max(2 if number > 1 else 1, round(number) + voice.random.choice((-2, -1, 0, 1, 2, 3))))
        return written(round(number * voice.random.choice((0.5, 0.8, 1, 1.2, 1.5, 2, 3))))
    if not use.is_text:
        if column.role == "year":
            return str(voice.random.randint(2018, 2024))
        if not own:
            return written(threshold(column, voice.random))
        scaled = float(use.text) * voice.random.choice((0.5, 0.75, 1, 1.25, 1.5, 2))
        fine = "." in use.text or (column.role == "measure" and float(use.text) < 10)
        return written(round(scaled, 1) if fine else max(1, round(scaled)) if float(use.text) else 0)
    if column.role in ("day", "moment"):
        day = any_day(voice.random)
        shape = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}.get(len(use.text))
        return day.strftime(shape) if shape else None
    if not column.values:
        return use.text if own else None
    value = voice.random.choice(column.values)
    if use.pattern and not own:
        words = value.split(" ")
        value = words[-1] if use.pattern.startswith("%") else words[0]
    return value


class _Writer:
    """Writes the parts of a filled template."""

    def __init__(
        self,
        tables: Mapping[str, Table],
        columns: Columns,
        values: Mapping[str, str],
        letters: Mapping[str, str],
        nouns: Mapping[tuple[str, str], str],
    ) -> None:
        self._tables = tables
        self._columns = columns
        self._values = values
        self._letters = letters
        self._nouns = nouns

    def written(self, part: Part) -> str:
        """The text of one part."""
        if isinstance(part, str):
            return part
        text = self._value(part) if not part.table else self._name(part)
        return capitalised(text) if part.capital else text

    def _value(self, slot: Slot) -> str:
        value = self._values[slot.item]
        is_word = slot.form == "word" and value.isdigit() and int(value) < len(NUMBER_WORDS)
        return NUMBER_WORDS[int(value)] if is_word else value

    def _name(self, slot: Slot) -> str:  # noqa: PLR0911
        table = self._tables[slot.table]
        if slot.form == "alias":
            return self._letters[slot.table]
        if not slot.item:
            return {"one": table.one, "many": table.many}.get(slot.form, table.name)
        column = self._columns[slot.table, slot.item]
        noun = self._nouns.get((slot.table, slot.item), column.phrase)
        match slot.form:
            case "noun":
                return noun
            case "nouns":
                return noun if is_plural(noun) else plural(noun)
            case "verb":
                return column.verbs[0]
            case "yes":
                return column.yes
            case _:
                return column.name
