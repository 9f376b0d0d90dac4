"""What any teacher is: it writes rows for a task, and can be asked how well it would answer the test set itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from distil_dagster.tasks import Example, Row


@dataclass(frozen=True)
class GeneratedRow:
    """A row that a teacher wrote: the templates it used and the ids of their seeds."""

    row: Row
    template: str
    seeds: tuple[str, ...]


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
