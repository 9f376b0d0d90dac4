"""The databases of a test suite: how large each is and what its rows are like."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Profile:
    """How one database of a suite is filled."""

    name: str
    rows: int
    """Of each table; 0 leaves all tables empty."""
    nulls: float = 0.0
    """Share of null cells where a column allows them."""
    variety: int | None = None
    """The most values that a column shares out among its rows, with ties; None: a value is rarely used twice."""
    boundary: bool = True
    """Whether values around the queries' literals occur."""
    strays: float = 0.0
    """Share of references to no row of the other table, where no foreign key forbids them."""
    copies: float = 0.0
    """Share of rows that repeat the row before in all columns that aren't unique."""
    without_children: bool = False
    """Leave tables that refer to others empty."""
    counted: Literal["children", "all"] | None = None
    """Make groups just as large as the counts that the queries compare with, and one smaller or larger: of the children
    of a row, or also of rows of a parent table that share a value."""

    each_boundary: bool = False
    """Give one row each value around a literal, in one column of one table, while all else in that row and in the rows
    of other tables that it is joined with fulfils the queries' conditions."""

    @property
    def is_large(self) -> bool:
        """Whether it holds more rows than most LIMIT clauses let through."""
        return self.rows >= 20


PROFILES = (
    Profile("empty", 0),
    Profile("one row each", 1),
    Profile("few rows", 5, strays=0.2),
    Profile("few values", 9, variety=2, copies=0.3),
    Profile("many nulls", 9, nulls=0.3, variety=4, strays=0.2),
    Profile("no children", 6, nulls=0.1, without_children=True),
    Profile("each boundary", 4, each_boundary=True),
    Profile("no literals", 12, nulls=0.1, variety=5, boundary=False, strays=0.1),
    Profile("counted children", 0, counted="children", variety=3),
    Profile("counted groups", 0, counted="all", variety=3),
    Profile("hardly any ties", 24),
    Profile("hardly any ties, some nulls", 30, nulls=0.12, strays=0.15),
    Profile("ties", 40, variety=4, copies=0.15),
    Profile("ties, some nulls", 40, nulls=0.1, variety=6, copies=0.1, strays=0.1),
)
"""Small ones first: they are the quickest to show a difference."""
