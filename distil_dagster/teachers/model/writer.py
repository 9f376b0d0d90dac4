"""What each kind of task needs beyond the common way of asking: its designs, and rows from what the teacher sends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from distil_dagster.tasks import Message, Row, Task
from distil_dagster.teachers.model.plan import Design, Order
from distil_dagster.teachers.model.prompts import Item, instructions, request
from distil_dagster.teachers.model.reading import UnreadableError, read_list
from distil_dagster.teachers.teacher import GeneratedRow, Origin

ITEMS = "examples"
"""The key under which a teacher is asked for its rows."""


@dataclass(frozen=True)
class Question:
    """What one request asks of the teacher.

    Attributes:
        messages: what is sent.
        purpose: what errors call it.
        number: tells it from others with the same words: the call's, or for votes -1, -2 and so on.
        schema: the JSON schema of the answer.
        greedy: whether it is asked at temperature 0.
    """

    messages: tuple[Message, ...]
    purpose: str
    number: int
    schema: Mapping[str, Any] | None = None
    greedy: bool = False


@dataclass(frozen=True)
class Reply:
    """What the teacher sent, and the hash under which that is recorded."""

    text: str
    cut_off: bool
    request: str


Ask = Callable[[Question], Awaitable[Reply]]


@dataclass(frozen=True)
class Draft:
    """A row before it was asked blind. `blind` is what the teacher is asked then: nothing of what was designed."""

    generated: GeneratedRow
    blind: tuple[Message, ...]


class Writer(Protocol):
    """Writes the rows of one kind of task."""

    designs: tuple[Design, ...]

    @property
    def takes_votes_on_labels(self) -> bool:
        """Whether answers are labels, which are cheap to ask for several times."""

    def questions_of_call(self, order: Order) -> Sequence[Question]:
        """What one call asks at most, with the longest messages: for the plan, which asks nobody."""

    async def write(self, ask: Ask, order: Order) -> list[Draft | GeneratedRow]:
        """The rows of one call; what can't be read comes as a `GeneratedRow` that says why."""


class SingleRequestWriter(ABC):
    """Writes all rows of a call with one request; subclasses say what a row looks like."""

    takes_votes_on_labels = False

    def __init__(self, task: Task) -> None:
        self.task = task
        self.designs = self.find_designs()

    @abstractmethod
    def find_designs(self) -> tuple[Design, ...]:
        """What can be written."""

    @abstractmethod
    def what(self, order: Order) -> str:
        """What the request asks for, in a sentence or two."""

    @abstractmethod
    def form(self, order: Order) -> str:
        """One item as it is expected, shown by its keys."""

    @abstractmethod
    def item_schema(self, order: Order) -> dict[str, Any]:
        """The JSON schema of one item."""

    @abstractmethod
    def item(self, row: Row) -> Item:
        """A seed in the form of an item, for an example."""

    @abstractmethod
    def row(self, item: Item, order: Order) -> Row:
        """The row of an item. Raises UnreadableError with the reason if it isn't one."""

    def counterexamples(self, order: Order) -> list[Item]:
        """Seeds of other designs to be shown; none by default."""
        return []

    def material(self, order: Order) -> str:
        """What the items must be made from; nothing by default."""
        return ""

    def blind_messages(self, row: Row, order: Order) -> tuple[Message, ...]:
        """What the teacher is asked blind: what the student will be asked, behind seeds with their answers."""
        return student_messages(self.task, row, order)

    def questions_of_call(self, order: Order) -> Sequence[Question]:
        """The one request."""
        return [self._question(order, shown_seeds(self.task, order))]

    async def write(self, ask: Ask, order: Order) -> list[Draft | GeneratedRow]:
        """Ask once and read the items."""
        shown = shown_seeds(self.task, order)
        reply = await ask(self._question(order, shown))
        origin = Origin(
            seeds=tuple(row.id for row in shown),
            design=order.cell.design.name,
            mutators=order.cell.mutators,
            requests=(reply.request,),
        )
        try:
            items = read_list(reply.text, ITEMS, cut_off=reply.cut_off)
        except UnreadableError as error:
            return [unreadable(origin, str(error))] * order.count
        rows: list[Draft | GeneratedRow] = []
        for item in items[: order.count]:
            try:
                row = self.row(item, order)
                rows.append(Draft(GeneratedRow(row, origin), self.blind_messages(row, order)))
            except ValueError as error:
                rows.append(unreadable(origin, str(error)))
        missing = order.count - len(rows)
        return rows + [unreadable(origin, f"{len(items)} of {order.count} rows came")] * missing

    def _question(self, order: Order, shown: Sequence[Row]) -> Question:
        settings = self.task.settings.synthgen
        texts = self.task.unstructured if not self.material(order) else ()
        unlabelled = min(settings.num_unlabelled_exemplars_per_generation, len(texts))
        message = request(
            what=self.what(order),
            form=f'{{"{ITEMS}": [{self.form(order)}, …]}}',
            mutators=order.cell.mutators,
            material=self.material(order),
            examples=[self.item(row) for row in shown],
            others=self.counterexamples(order),
            texts=order.random().sample(list(texts), unlabelled),
        )
        items = {"type": "array", "items": self.item_schema(order)}
        schema = closed_object({ITEMS: items})
        return Question((instructions(self.task), message), "write", order.number, schema)


def shown_seeds(task: Task, order: Order) -> list[Row]:
    """The seeds that a call shows: of its design, or of any if no seed has that."""
    seeds = [task.seeds[position] for position in order.cell.design.seeds] or list(task.seeds)
    wanted = task.settings.synthgen.num_positive_exemplars_per_generation
    return order.random().sample(seeds, min(wanted, len(seeds)))


def closed_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these properties, in the strict form that endpoints want."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def unreadable(origin: Origin, reason: str) -> GeneratedRow:
    """What stands in the corpus for a row that was paid for and can't be read."""
    return GeneratedRow(Row("", ""), origin, reason)


def examples_word(count: int) -> str:
    """`1 new example`, `4 new examples`."""
    return f"{count} new example{'s' if count != 1 else ''}"


def student_messages(task: Task, row: Row, order: Order) -> tuple[Message, ...]:
    """What the student is asked in the row's last turn, behind so many seeds as `evaluation` says for the teacher."""
    return with_shots(task, tuple(task.kind.prompt(task, task.kind.expand(row)[-1])), f"{order.seed} shots {row.id}")


def with_shots(task: Task, messages: tuple[Message, ...], seed: str) -> tuple[Message, ...]:
    """A prompt with a few seeds and their answers behind the system message, drawn with the random seed."""
    from random import Random

    wanted = min(task.settings.evaluation.num_few_shot_examples, len(task.seeds))
    shots: list[Message] = []
    for seed_row in Random(seed).sample(task.seeds, wanted):
        example = task.kind.expand(seed_row)[-1]
        shots += [*example.messages, Message("assistant", example.target)]
    return (messages[0], *shots, *messages[1:])
