"""Texts for a class that was chosen before."""

from __future__ import annotations

from typing import Any

from distil_dagster.tasks import Row
from distil_dagster.teachers.model.plan import Design, Order
from distil_dagster.teachers.model.prompts import Item
from distil_dagster.teachers.model.reading import text_under
from distil_dagster.teachers.model.writer import SingleRequestWriter, closed_object, examples_word


class LabelledTexts(SingleRequestWriter):
    """One design for each class. See `SingleRequestWriter` for the meaning of each method."""

    takes_votes_on_labels = True

    def find_designs(self) -> tuple[Design, ...]:
        """The classes of the job description."""
        return tuple(
            Design(
                label,
                f"belong to the class {label!r}" + (f" ({description})" if description else ""),
                tuple(index for index, row in enumerate(self.task.seeds) if self.task.kind.label(row.answer) == label),
            )
            for label, description in self.task.classes.items()
        )

    def what(self, order: Order) -> str:
        """Texts of the class."""
        return f"Write {examples_word(order.count)} of texts that clearly {order.cell.design.instruction}."

    def form(self, order: Order) -> str:
        """A text."""
        return '{"text": "…"}'

    def item_schema(self, order: Order) -> dict[str, Any]:
        """A text."""
        return closed_object({"text": {"type": "string"}})

    def item(self, row: Row) -> Item:
        """The text of a seed; its class is known."""
        return {"text": row.question}

    def counterexamples(self, order: Order) -> list[Item]:
        """Texts of other classes, with these."""
        own = set(order.cell.design.seeds)
        others = [row for index, row in enumerate(self.task.seeds) if index not in own]
        wanted = self.task.settings.synthgen.num_negative_exemplars_per_generation
        chosen = order.random().sample(others, min(wanted, len(others)))
        return [{"text": row.question, "class": row.answer} for row in chosen]

    def row(self, item: Item, order: Order) -> Row:
        """The text, and the class that was chosen."""
        return Row(text_under(dict(item), "text"), order.cell.design.name)
