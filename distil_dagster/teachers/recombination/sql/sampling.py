"""New schemas: entities of the lexicon with some of their columns under some name, and the seeds' own, changed."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from distil_dagster.teachers.recombination.sql.ddl import create_table
from distil_dagster.teachers.recombination.sql.lexicon import ENTITIES, Entity
from distil_dagster.teachers.recombination.sql.lexicon.reading import Noun
from distil_dagster.teachers.recombination.sql.model import Column, Schema, Table, spoken, with_clear_phrases
from distil_dagster.teachers.recombination.sql.seed_schemas import SeedSchema

SEED_SHARE = 0.25
"""How many of the new schemas are changed ones of the seeds."""
DERIVED_SHARE = 0.4
"""How often a table gets both columns of which a value may be computed."""
_UNIQUE = {
    *("tracking number", "licence number", "claim number", "invoice number", "policy number", "card number", "ticker"),
    *("cost centre", "SKU"),
}
"""Codes by which a row may be identified."""
_BY_NOUN: dict[str, list[tuple[Entity, Noun]]] = {}
for _each in ENTITIES:
    for _noun in _each.nouns:
        _BY_NOUN.setdefault(_noun.one, []).append((_each, _noun))
_CHILDREN = [entity for entity in ENTITIES if any(parent in _BY_NOUN for parent in entity.parents)]


class SchemaSampler:
    """Makes schemas that are as large as the seeds', and have two tables as often."""

    def __init__(self, seeds: Sequence[SeedSchema]) -> None:
        self._seeds = seeds
        self._pairs = sum(len(schema.seeds) for schema in seeds if schema.link)
        self._singles = sum(len(schema.seeds) for schema in seeds if not schema.link)

    def sample(self, random: Random) -> Schema:
        """One schema."""
        if random.random() < SEED_SHARE:
            return _changed(random.choice(self._seeds), random)
        if random.random() * (self._pairs + self._singles) < self._pairs:
            return _pair(random)
        entity = random.choice(ENTITIES)
        noun = random.choice(entity.nouns)
        table, manager = _with_manager(_table(entity, noun, None, random), entity, random)
        references = [(manager, table.name, table.primary_key[0])] if manager else []
        text = create_table(table, references, random)
        return Schema(text, table, manager=manager, manager_word=entity.self_reference)


def _pair(random: Random) -> Schema:
    entity = random.choice(_CHILDREN)
    parent_entity, parent_noun = random.choice(
        [found for name in entity.parents if name in _BY_NOUN for found in _BY_NOUN[name]]
    )
    parent = _table(parent_entity, parent_noun, None, random)
    key = parent.primary_key[0]
    link = key if key != "id" else f"{parent_noun.one.split()[-1]}_id"
    nouns = [noun for noun in entity.nouns if noun.table != parent.name and noun.one not in parent_noun.one]
    declared = parent.column(key).declared
    child = _table(entity, random.choice(nouns or entity.nouns), (link, declared), random)
    if child.name == parent.name:
        return _pair(random)
    child, manager = _with_manager(child, entity, random)
    references = [(link, parent.name, key), *([(manager, child.name, child.primary_key[0])] if manager else [])]
    texts = [create_table(parent, [], random), create_table(child, references, random)]
    return Schema("\n".join(texts), child, parent, link, key, manager, entity.self_reference)


def _table(entity: Entity, noun: Noun, link: tuple[str, str] | None, random: Random) -> Table:
    """A table with 3 to 6 columns beside its keys."""
    wanted = random.randint(3, 5 if link else 6)
    chosen = sorted(random.sample(range(len(entity.columns)), min(wanted, len(entity.columns))))
    # A row needs something to be named by.
    first = next(
        (index for index, (_, column) in enumerate(entity.columns) if column.role in ("label", "code")), chosen[0]
    )
    if random.random() < 0.9 and first not in chosen:
        chosen = sorted([first, *chosen[1:]])
    if entity.derived and random.random() < DERIVED_SHARE:
        item = random.choice(entity.derived)
        needed = [index for index, (names, _) in enumerate(entity.columns) if names[0] in (item.first, item.second)]
        spare = [index for index in chosen if index not in needed and index != first]
        chosen = sorted({*chosen, *needed} - set(spare[: len(set(needed) - set(chosen))]))
    if random.random() < 0.3:
        random.shuffle(chosen)
    columns: list[Column] = []
    names: dict[str, str] = {}
    reserved = {link[0] if link else "", "id", noun.table}
    for names_of, column in (entity.columns[index] for index in chosen):
        free = [name for name in names_of if name not in reserved]
        if not free or column.phrase in {phrase for other in columns for phrase in other.phrases}:
            continue
        name = random.choice(free)
        reserved.add(name)
        names[names_of[0]] = name
        required = column.required or (not column.missing and random.random() < 0.15)
        columns.append(replace(column, name=name, required=required))
    key = _key(noun, columns, random)
    if key is not None:
        columns = [key, *(column for column in columns if column.name != key.name)]
    if link is not None:
        phrase = f"{spoken(link[0])}" if link[0].endswith("_id") else spoken(link[0])
        reference = Column(link[0], "reference", link[1], phrases=(phrase,))
        columns.insert(1 if random.random() < 0.8 else len(columns), reference)
    derived = tuple(
        replace(item, first=names[item.first], second=names[item.second])
        for item in entity.derived
        if item.first in names and item.second in names
    )
    table = Table(
        noun.table,
        noun.one,
        noun.many,
        entity.is_person,
        tuple(columns),
        derived,
        (columns[0].name,),
        entity.relations,
    )
    return with_clear_phrases(table)


def _key(noun: Noun, columns: Sequence[Column], random: Random) -> Column:
    codes = [column for column in columns if column.role == "code" and set(column.phrases) & _UNIQUE]
    if codes and random.random() < 0.25:
        return replace(codes[0], required=True)
    short = noun.one.split()[-1]
    name = "id" if random.random() < 0.12 else f"{short}_id"
    # Also where the id has a name of its own, one may speak of it as id.
    return Column(name, "key", "INTEGER", phrases=(f"{noun.one} id", "id") if name == "id" else (f"{short} id", "id"))


def _with_manager(table: Table, entity: Entity, random: Random) -> tuple[Table, str]:
    if not entity.self_reference or random.random() < 0.2 or table.primary_key[0] == "id":
        return table, ""
    key = table.column(table.primary_key[0])
    name = f"{entity.self_reference.split()[0]}_id"
    column = Column(name, "reference", key.declared, required=False, phrases=(spoken(name),))
    return replace(table, columns=(*table.columns, column)), name


def _changed(schema: SeedSchema, random: Random) -> Schema:
    """A seed's schema without some columns, in another order, the keys spelt in another way."""
    tables = []
    for number, table in enumerate(schema.tables):
        kept = {*table.primary_key, *(schema.link or ())}
        others = [column for column in table.columns if column.name not in kept and column.role != "reference"]
        dropped = random.sample(others, random.randint(0, max(0, len(others) - 3))) if len(others) > 3 else []
        columns = [column for column in table.columns if column not in dropped]
        references = [column for column in columns if column.role == "reference"]
        if random.random() < 0.4:
            head = [column for column in columns if column.name in kept]
            tail = [column for column in columns if column.name not in kept]
            random.shuffle(tail)
            columns = head + tail
        if number == 0 or schema.link is None:
            columns = [column for column in columns if column not in references or column.name in kept]
        tables.append(with_clear_phrases(replace(table, columns=tuple(columns))))
    if schema.link is None:
        return Schema(create_table(tables[0], [], random), tables[0], seeds=schema.seeds)
    parent, child = tables
    link, key = schema.link
    texts = [create_table(parent, [], random), create_table(child, [(link, parent.name, key)], random)]
    return Schema("\n".join(texts), child, parent, link, key, seeds=schema.seeds)
