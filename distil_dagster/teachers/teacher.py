"""What any teacher is: it writes rows for a task, and can be asked how well it would answer the test set itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from distil_dagster.tasks import Example, Row


class NoRowsError(ValueError):
    """No rows can be had for a task; the message says why, and what to change."""


@dataclass(frozen=True)
class Vote:
    """What a teacher answered to the finished question, without knowing what was designed, and in which request."""

    answer: str
    request: str
    """The hash under which the request and its response are recorded."""


@dataclass(frozen=True)
class Origin:
    """How a row came to be: all that its lineage shows beside the verdicts of the filters."""

    seeds: tuple[str, ...] = ()
    """Ids of the seeds that were recombined, or shown as examples."""
    template: str | None = None
    """The names of the templates that were filled; None if a model wrote the row."""
    design: str | None = None
    """What was to be written, decided before: a class, a call's signature, a concept of SQL."""
    mutators: tuple[tuple[str, str], ...] = ()
    """What the request was varied by, such as `("complexity", "medium")` or `("topic", "invoices")`."""
    requests: tuple[str, ...] = ()
    """Hashes of the recorded requests that wrote the row, the votes' not among them."""
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True)
class GeneratedRow:
    """A row that a teacher wrote; `unreadable` says why what the teacher sent is no row, then the row is empty."""

    row: Row
    origin: Origin = Origin()
    unreadable: str | None = None


@dataclass(frozen=True)
class Generation:
    """The rows of one run, no two with the same question.

    `exhausted` tells that there are fewer than requested because the teacher found no further distinct ones.
    """

    rows: tuple[GeneratedRow, ...]
    requested: int
    exhausted: bool


@dataclass(frozen=True)
class Assessment:
    """A teacher's own answer to one question (None if it has none) and whether it is right."""

    example_id: str
    answer: str | None
    right: bool


class Teacher(Protocol):
    """Writes examples of a task from its seeds."""

    name: str
    is_model: bool

    def generate(self, *, count: int, seed: int) -> Generation:
        """Write up to `count` new rows; equal seeds give equal rows."""

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        """Answer the examples as the teacher understands them, one assessment each, in their order."""
