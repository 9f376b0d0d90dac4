"""Templates from the seeds (Jia & Liang 2016): tables, columns and values become slots where the question names them.

A seed of which every column, value and table is named in the question, and no other word of the question is about its
domain, serves any schema that has such columns. Any other serves its own schema with other values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from distil_dagster.teachers.recombination.sql.english import NUMBER_WORDS, plural
from distil_dagster.teachers.recombination.sql.model import TEMPORAL, Column, Table, spoken
from distil_dagster.teachers.recombination.sql.neutral import NEUTRAL
from distil_dagster.teachers.recombination.sql.seed_schemas import SeedSchema
from distil_dagster.teachers.recombination.sql.seeds import Seed

Form = Literal["name", "alias", "one", "many", "noun", "nouns", "verb", "yes", "no", "digits", "word", "text"]


@dataclass(frozen=True)
class Slot:
    """A place for something of the schema or for a value.

    Attributes:
        form: how it is written there.
        table: `parent` or `main`; empty for a value.
        item: the seed's name of the column, or text of the value; empty for the table itself.
        capital: whether it begins a sentence.
    """

    form: Form
    table: str = ""
    item: str = ""
    capital: bool = False


Part = str | Slot


@dataclass(frozen=True)
class ValueUse:
    """A value of the seed that others may stand in for, and what it is compared with."""

    text: str
    is_text: bool
    column: tuple[str, str] | None
    """(`parent` or `main`, name) of the column, unless it is compared with an aggregate or is a LIMIT."""
    pattern: str = ""
    """`%` before or after it."""


@dataclass(frozen=True)
class Template:
    """A seed with slots."""

    name: str
    seed: str
    question: tuple[Part, ...]
    query: tuple[Part, ...]
    columns: tuple[tuple[str, Column], ...]
    """All columns that the query names, each with its table."""
    nullable: frozenset[tuple[str, str]]
    """Columns that must be able to be null."""
    summed: frozenset[tuple[str, str]]
    values: tuple[ValueUse, ...]
    names: frozenset[str]
    """Names that the query makes up itself."""
    is_pair: bool
    is_general: bool
    """Whether it serves other schemas."""
    implied: frozenset[tuple[str, str]]
    """Days or moments that go without saying, being the only ones of their tables."""


def induce(seed: Seed, schema: SeedSchema) -> Template | None:
    """The template of a seed; None if its query joins a table with itself or uses one that can't be told."""
    reading = _Reading(seed, schema)
    return reading.template() if reading.is_clear else None


class _Reading:
    def __init__(self, seed: Seed, schema: SeedSchema) -> None:
        from sqlglot import exp

        self.seed = seed
        self.schema = schema
        self.roles: dict[str, str] = {schema.tables[-1].name: "main"}
        if schema.link is not None:
            self.roles[schema.tables[0].name] = "parent"
        self.tables: dict[str, Table] = {self.roles[table.name]: table for table in schema.tables}
        self.aliases: dict[str, str] = {}
        self.is_clear = True
        for table in seed.tree.find_all(exp.Table):
            if table.name in self.roles and table.alias:
                known = self.aliases.setdefault(table.alias, self.roles[table.name])
                self.is_clear &= known == self.roles[table.name]
        self.is_clear &= len(set(self.aliases.values())) == len(self.aliases)
        self.used = {self.roles[table.name] for table in seed.tree.find_all(exp.Table) if table.name in self.roles}
        self.columns: dict[tuple[str, str], Column] = {}
        self.values: dict[str, ValueUse] = {}

    def template(self) -> Template | None:
        from sqlglot import exp

        self._find_values()
        query = tuple(self._query_parts())
        spans = self._spans()
        said = {(slot.table, slot.item) for _, _, slot in spans}
        # A value that the question doesn't hold by the letter stays as it is, with the words that mean it.
        # So does one of which the question says a part once more.
        gaps = " ".join(part for part in self._question_parts(spans) if isinstance(part, str)).casefold()
        kept = {
            text: use
            for text, use in self.values.items()
            if ("", text) in said and not (use.is_text and re.search(rf"\b{re.escape(text.casefold())}", gaps))
        }
        query = tuple(_fixed(part, kept) for part in query)
        question = tuple(_fixed(part, kept, shown=True) for part in self._question_parts(spans))
        structural = self._structural()
        implied = {key for key in self.columns if key not in said and key not in structural}
        rest = " ".join(part for part in question if isinstance(part, str))
        rest += f" {' '.join(part for part in query if isinstance(part, str) and part.startswith(chr(39)))}"
        fixed = set(re.findall(r"'(\w+)'", self.seed.query))
        words = {word for word in re.findall(r"[^\W_]+", rest.casefold()) if not word.isdigit()} - fixed
        flags = {(slot.table, slot.item) for _, _, slot in spans if slot.form == "yes"}
        is_general = (
            all(self._is_only_time(key) for key in implied)
            and all(column.role != "flag" or key in flags for key, column in self.columns.items())
            and all(self._is_quoted(start, slot) for start, _, slot in spans)
            and len(kept) == len(self.values)
            and all((role, "") in said for role in self.used)
            and words <= NEUTRAL | set(NUMBER_WORDS)
        )
        nulls = {
            key
            for test in self.seed.tree.find_all(exp.Is)
            for column in test.find_all(exp.Column)
            if (key := self._resolve(column.name, column.table)) is not None
        }
        sums = {
            key
            for total in self.seed.tree.find_all(exp.Sum)
            for column in total.find_all(exp.Column)
            if (key := self._resolve(column.name, column.table)) is not None
        }
        identifiers = {identifier.name for identifier in self.seed.tree.find_all(exp.Identifier)}
        own = {name for _, name in self.columns} | set(self.roles) | set(self.aliases)
        return Template(
            f"seed {self.seed.id}",
            self.seed.id,
            question,
            query,
            tuple((role, column) for (role, _), column in self.columns.items()),
            frozenset(nulls & {key for key in said if key in self.columns}),
            frozenset(sums),
            tuple(kept.values()),
            frozenset(identifiers - own),
            {"parent", "main"} <= self.used | {slot.table for _, _, slot in spans},
            is_general,
            frozenset(implied),
        )

    def _resolve(self, name: str, alias: str) -> tuple[str, str] | None:
        roles = [self.aliases[alias]] if alias in self.aliases else [] if alias else sorted(self.used)
        found = [role for role in roles if name in self.tables[role].column_names()]
        return (found[0], name) if found else None

    def _is_only_time(self, key: tuple[str, str]) -> bool:
        return self._column(key).role in TEMPORAL and len(self.tables[key[0]].having(*TEMPORAL)) == 1

    def _is_quoted(self, start: int, slot: Slot) -> bool:
        """Whether a text stands between quotation marks, or is a date, so that any other can stand there."""
        return slot.form != "text" or self.seed.question[start - 1] == "'" or slot.item[:4].isdigit()

    def _find_values(self) -> None:
        from sqlglot import exp

        for literal in self.seed.tree.find_all(exp.Literal):
            if isinstance(literal.parent, exp.Select):  # SELECT 1
                continue
            if literal.find_ancestor(exp.Round, exp.Select, exp.Limit).__class__ is exp.Round:
                continue
            predicate = literal.find_ancestor(exp.Predicate, exp.Limit)
            if predicate is None or literal.parent.__class__ in (exp.Anonymous, exp.TimeToStr):
                continue
            counted = predicate.find(exp.AggFunc) is not None or isinstance(predicate, exp.Limit)
            keys = [self._resolve(column.name, column.table) for column in predicate.find_all(exp.Column)]
            key = keys[0] if keys and not counted else None
            if key is not None and self._column(key).role == "flag":
                continue
            text = str(literal.this)
            if isinstance(predicate, exp.Like):
                pattern = re.sub(r"[^%]+", "*", text)
                text = text.strip("%")
                self.values[text] = ValueUse(text, True, key, pattern)
            elif not text.startswith("%"):
                self.values.setdefault(text, ValueUse(text, literal.is_string, key))

    def _column(self, key: tuple[str, str]) -> Column:
        return self.tables[key[0]].column(key[1])

    def _query_parts(self) -> Iterator[Part]:
        """The query's text with slots for tables, aliases, columns and values."""
        pieces = re.split(r"('(?:[^']|'')*'|[A-Za-z_]\w*|\d+(?:\.\d+)?)", self.seed.query)
        for place, piece in enumerate(pieces):
            before = "".join(pieces[:place])
            if piece.startswith("'"):
                inner = piece[1:-1].replace("''", "'")
                core = inner.strip("%") if inner not in ("%Y", "%m", "%Y-%m", "%d", "%w") else inner
                if core in self.values:
                    yield piece[: 1 + len(inner) - len(inner.lstrip("%"))]
                    yield Slot("text", item=core)
                    yield piece[len(piece) - 1 - (len(inner) - len(inner.rstrip("%"))) :]
                else:
                    yield piece
            elif piece in self.values and piece[:1].isdigit():
                in_round = re.search(r"ROUND\([^()]*(\([^()]*(\([^()]*\)[^()]*)*\)[^()]*)*, $", before)
                yield piece if in_round else Slot("digits", item=piece)
            elif piece in self.roles and re.search(r"(FROM|JOIN) $", before):
                yield Slot("name", self.roles[piece])
            elif piece in self.aliases and (before.endswith("AS ") or pieces[place + 1].startswith(".")):
                yield Slot("alias", self.aliases[piece])
            elif re.fullmatch(r"[a-z]\w*", piece):
                qualifier = re.search(r"([A-Za-z_]\w*)\.$", before)
                key = self._resolve(piece, qualifier[1] if qualifier else "")
                is_output = before.endswith("AS ") or key is None
                if key is not None and not is_output:
                    self.columns[key] = self._column(key)
                    yield Slot("name", *key)
                else:
                    yield piece
            elif piece:
                yield piece

    def _structural(self) -> set[tuple[str, str]]:
        """Keys by which the tables are joined, counted or grouped: nobody names these."""
        link = self.schema.link
        found = {("main", link[0]), ("parent", link[1])} if link else set()
        key = self.tables["main"].key
        if key is not None and self.seed.tree.sql().upper().count("LEFT JOIN"):
            found.add(("main", key.name))
        return found

    def _spans(self) -> list[tuple[int, int, Slot]]:
        """Where the question names what: the longest names first, so that no word counts twice."""
        question = self.seed.question
        wanted: list[tuple[str, Slot]] = []
        for (role, name), column in self.columns.items():
            for phrase in dict.fromkeys((spoken(name), *column.phrases)):
                wanted += [(phrase, Slot("noun", role, name)), (plural(phrase), Slot("nouns", role, name))]
            wanted += [(verb, Slot("verb", role, name)) for verb in column.verbs]
            is_set = re.search(rf"\b{name} = 1\b", self.seed.query) is not None
            if column.role == "flag" and column.yes and is_set:
                wanted.insert(0, (column.yes, Slot("yes", role, name)))
        for role, table in self.tables.items():
            for many, one in ((table.many, table.one), (table.many.split(" ")[-1], table.one.split(" ")[-1])):
                wanted += [(many, Slot("many", role)), (one, Slot("one", role))]
            wanted.append((spoken(table.name), Slot("many", role)))
        keys = [(role, name) for (role, name), column in self.columns.items() if column.role == "key"]
        if len(keys) == 1:
            wanted += [("id", Slot("noun", *keys[0])), ("ids", Slot("nouns", *keys[0]))]
        for text, use in self.values.items():
            wanted.append((text, Slot("text" if use.is_text else "digits", item=text)))
            if text.isdigit() and int(text) < len(NUMBER_WORDS) and int(text) > 1:
                wanted.append((NUMBER_WORDS[int(text)], Slot("word", item=text)))
        found: list[tuple[int, int, Slot]] = []
        for phrase, slot in sorted(wanted, key=lambda item: -len(item[0])):
            flags = 0 if slot.form == "text" else re.IGNORECASE
            for match in re.finditer(rf"(?<![\w-]){re.escape(phrase)}(?![\w-]|\.\d)", question, flags):
                if all(match.end() <= start or end <= match.start() for start, end, _ in found):
                    capital = (match.start() == 0 and match[0][:1].isupper()) or question[: match.start()].endswith(
                        (". ", "? ")
                    )
                    found.append((match.start(), match.end(), Slot(slot.form, slot.table, slot.item, capital)))
        return sorted(found, key=lambda span: span[0])

    def _question_parts(self, spans: Sequence[tuple[int, int, Slot]]) -> Iterator[Part]:
        place = 0
        for start, end, slot in spans:
            if start > place:
                yield self.seed.question[place:start]
            yield slot
            place = end
        if place < len(self.seed.question):
            yield self.seed.question[place:]


def _fixed(part: Part, kept: Mapping[str, ValueUse], *, shown: bool = False) -> Part:
    if isinstance(part, str) or part.table or part.item in kept:
        return part
    return NUMBER_WORDS[int(part.item)] if shown and part.form == "word" else part.item
