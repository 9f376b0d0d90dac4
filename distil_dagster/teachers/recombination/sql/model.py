"""What the teacher knows of tables and columns beyond their names: what they mean and how one speaks of them."""

import re
from dataclasses import dataclass, replace
from typing import Literal

Role = Literal[
    "key",
    "reference",
    "label",
    "code",
    "cat",
    "text",
    "money",
    "price",
    "count",
    "measure",
    "measure+",
    "score",
    "year",
    "day",
    "moment",
    "flag",
]
"""What a column is for. `label` names a row; `code` is an identifier that people write; `cat` has few values; `text` is
free text. `money`, `count` and `measure+` may be summed up; `price`, `measure` and `score` only averaged."""

ADDITIVE = frozenset({"money", "count", "measure+"})
NUMERIC = ADDITIVE | {"price", "measure", "score"}
TEXTUAL = frozenset({"label", "code", "cat", "text"})
TEMPORAL = frozenset({"day", "moment"})
DECLARED: dict[str, str] = {
    **dict.fromkeys(("label", "code", "cat", "text"), "TEXT"),
    **dict.fromkeys(("money", "price", "measure", "measure+"), "REAL"),
    **dict.fromkeys(("count", "score", "year", "key", "reference"), "INTEGER"),
    "day": "DATE",
    "moment": "DATETIME",
    "flag": "BOOLEAN",
}
_ABBREVIATIONS = {
    "no": "number",
    "qty": "quantity",
    "dept": "department",
    "emp": "employee",
    "txn": "transaction",
    "min": "minutes",
    "sec": "seconds",
    "pct": "percentage",
    "avg": "average",
    "amt": "amount",
    "mg": "",
    "kg": "",
    "sqm": "",
    "kb": "",
    "vat": "VAT",
    "gpa": "GPA",
    "sku": "SKU",
    "id": "id",
    "is": "",
    "has": "",
}


_NO_NOUN = re.compile(
    r"_(on|at|by|to|with|in|from|since|until|back|min|sec|hours|pallets|years|renewed)$|^(is|has|times|to|from)_|^(since|shown|attending|issued|due)$"
)
"""Names of columns that are no noun when said as words."""


@dataclass(frozen=True)
class Column:
    """A column and how it is spoken of."""

    name: str
    role: Role
    declared: str
    required: bool = True
    phrases: tuple[str, ...] = ()
    """Nouns for it; the first is the usual one."""
    values: tuple[str, ...] = ()
    """Texts that it may hold."""
    low: float = 0
    high: float = 100
    patterns: tuple[str, ...] = ()
    """How a value is said of a row: `from {}` after the noun, `{} *` before it."""
    verbs: tuple[str, ...] = ()
    """Of a day or moment: what happened then, such as `placed` or `who joined`."""
    yes: str = ""
    no: str = ""
    """Of a flag: what is said of rows where it is 1, and 0."""
    missing: tuple[str, ...] = ()
    """Said of rows without a value."""
    most: str = ""
    least: str = ""
    """Superlatives of a number."""

    @property
    def phrase(self) -> str:
        """The usual noun."""
        return self.phrases[0]

    @property
    def is_numeric(self) -> bool:
        """Whether it holds amounts that can be compared; years aren't."""
        return self.role in NUMERIC

    @property
    def is_whole(self) -> bool:
        """Whether its numbers have no fraction."""
        return self.declared == "INTEGER"


@dataclass(frozen=True)
class Derived:
    """A value that is computed of columns of one row."""

    kind: Literal["product", "difference", "sum", "days", "later", "above"]
    first: str
    second: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table: what one row is called, and its columns in their order."""

    name: str
    one: str
    many: str
    is_person: bool
    columns: tuple[Column, ...]
    derived: tuple[Derived, ...] = ()
    primary_key: tuple[str, ...] = ()
    relations: tuple[str, ...] = ("of",)
    """How a row belongs to its parent: prepositions, or participles such as `placed` (by)."""

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)

    def column_names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def having(self, *roles: str) -> list[Column]:
        """The columns of these roles."""
        return [column for column in self.columns if column.role in roles]

    @property
    def key(self) -> Column | None:
        """The column that alone identifies a row."""
        return self.column(self.primary_key[0]) if len(self.primary_key) == 1 else None


@dataclass(frozen=True)
class Schema:
    """One table, or a parent and its child, as a prompt shows them."""

    text: str
    """The CREATE TABLE statements."""
    main: Table
    """The only table, or the child."""
    parent: Table | None = None
    link: str = ""
    """The child's column that refers to the parent."""
    parent_key: str = ""
    manager: str = ""
    """A column of `main` that refers to another row of it, with `manager_word` for that row."""
    manager_word: str = ""
    seeds: tuple[str, ...] = ()
    """Ids of the seeds that it stems from; none if it is of the lexicon."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, the parent first."""
        return (self.parent, self.main) if self.parent else (self.main,)


def spoken(name: str) -> str:
    """A column's or table's name as words: `refund_amount` and `qty` become refund amount and quantity."""
    words = [_ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return " ".join(filter(None, words)) or name


def words_of(column: Column) -> set[str]:
    """All words by which a column may be meant."""
    return {word for phrase in (*column.phrases, spoken(column.name)) for word in re.findall(r"\w+", phrase.casefold())}


def with_clear_phrases(table: Table) -> Table:
    """The table with only such phrases of each column as can't mean another of its columns."""
    columns = []
    for column in table.columns:
        others = [other for other in table.columns if other.name != column.name]
        own = spoken(column.name)
        natural = () if _NO_NOUN.search(column.name) and column.phrases else (own,)
        phrases = tuple(dict.fromkeys((*natural, *column.phrases)))
        clear = tuple(
            phrase
            for phrase in phrases
            if phrase == own or not any(set(phrase.casefold().split()) <= words_of(other) for other in others)
        )
        columns.append(replace(column, phrases=clear or (own,)))
    return replace(table, columns=tuple(columns))
