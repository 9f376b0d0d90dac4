"""Questions with answers in the task's own form, from passages where there are some."""

from __future__ import annotations

import json
from typing import Any

from distil_dagster.tasks import Message, Row, Task
from distil_dagster.tasks.rows import read_json
from distil_dagster.teachers.model.plan import Design, Order
from distil_dagster.teachers.model.prompts import Item
from distil_dagster.teachers.model.reading import UnreadableError, text_under
from distil_dagster.teachers.model.writer import SingleRequestWriter, closed_object, examples_word, with_shots
from distil_dagster.teachers.teacher import NoRowsError

CLOSED_BOOK, OPEN_BOOK = "question-answering-closed-book", "question-answering-open-book"


class AnsweredQuestions(SingleRequestWriter):
    """Question answering of every kind but SQL. See `SingleRequestWriter` for the meaning of each method.

    Open-book questions are asked about a passage of the unstructured text where the task has some, else about a passage
    that the teacher writes with them. Closed-book questions need the text: the row keeps question and answer, and what
    the answer rests on is left for the student to learn.
    """

    def __init__(self, task: Task) -> None:
        if task.kind.name == CLOSED_BOOK and not task.unstructured:
            raise NoRowsError(
                f"{task.name} is {CLOSED_BOOK}: its questions are written from unstructured.jsonl or unstructured.csv, "
                f"which is missing or empty"
            )
        self._from_passages = bool(task.unstructured) and task.kind.name in (CLOSED_BOOK, OPEN_BOOK)
        other = next((row for row in task.seeds if not _is_json(row.answer)), None)
        if task.settings.synthgen.output_is_json and other is not None:
            raise NoRowsError(
                f"synthgen.output_is_json is on in {task.name}, and the answer of seed {other.id} is no JSON object or "
                f"list: {other.answer[:80]}"
            )
        self._json = other is None
        self._writes_context = (
            not self._from_passages and task.kind.name != CLOSED_BOOK and any(row.context for row in task.seeds)
        )
        super().__init__(task)

    def find_designs(self) -> tuple[Design, ...]:
        """The forms of the seeds' answers, where they have one, such as the tokens of a redaction; else one for all."""
        by_structure: dict[str | None, list[int]] = {}
        for index, row in enumerate(self.task.seeds):
            by_structure.setdefault(self.task.kind.structure(row), []).append(index)
        return tuple(
            Design(structure, f"an answer with these and nothing else: {structure}", tuple(indices))
            if structure
            else Design("any answer", "", tuple(indices))
            for structure, indices in by_structure.items()
        )

    def what(self, order: Order) -> str:
        """Questions with their answers."""
        about = " about this passage, which are answered by it alone" if self._from_passages else ""
        shape = f" Each has {order.cell.design.instruction}." if order.cell.design.instruction else ""
        alone = " Each makes sense to who doesn't have the passage." if self.task.kind.name == CLOSED_BOOK else ""
        return (
            f"Write {examples_word(order.count)} of a question{about} and the one right answer to it, written as the "
            f"task demands.{shape}{alone}"
        )

    def form(self, order: Order) -> str:
        """Context, question and answer."""
        answer = "{…}" if self._json else '"…"'
        context = '"context": "…", ' * self._writes_context
        return f'{{{context}"question": "…", "answer": {answer}}}'

    def item_schema(self, order: Order) -> dict[str, Any]:
        """Context, question and answer; what is in a JSON answer is left open."""
        text = {"type": "string"}
        context = {"context": text} if self._writes_context else {}
        return closed_object({**context, "question": text, "answer": {} if self._json else text})

    def item(self, row: Row) -> Item:
        """A seed, its answer as a value where answers are JSON."""
        answer = read_json(row.answer) if self._json else row.answer
        context = {"context": row.context} if row.context and not self._from_passages else {}
        return {**context, "question": row.question, "answer": answer}

    def material(self, order: Order) -> str:
        """The passage of this call."""
        return f"<passage>\n{self._passage(order)}\n</passage>" if self._from_passages else ""

    def row(self, item: Item, order: Order) -> Row:
        """The row, with the passage among distractors if the student sees one."""
        entry = dict(item)
        context = text_under(entry, "context") if self._writes_context else None
        if self._from_passages and self.task.kind.name == OPEN_BOOK:
            context = self._among_distractors(order)
        return Row(text_under(entry, "question"), self._answer(entry), context)

    def blind_messages(self, row: Row, order: Order) -> tuple[Message, ...]:
        """As the student is asked; closed-book with the passage, for the teacher can't have learnt it."""
        asked = super().blind_messages(row, order)
        if self.task.kind.name != CLOSED_BOOK:
            return asked
        question = Message("user", f"Context:\n{self._passage(order)}\n\nQuestion: {row.question}")
        system = asked[0]
        return with_shots(self.task, (system, question), f"{order.seed} shots {row.id}")

    def _answer(self, entry: dict[str, Any]) -> str:
        answer = entry.get("answer")
        if self._json and isinstance(answer, dict | list):
            return json.dumps(answer, ensure_ascii=False)
        text = text_under(entry, "answer")
        if self._json and not _is_json(text):
            raise UnreadableError(f"the answer is no JSON: {text[:80]}")
        return text

    def _passage(self, order: Order) -> str:
        passages = self.task.unstructured
        each = self.task.settings.synthgen.generation_per_unstructured_context or order.count
        return passages[order.number * order.count // each % len(passages)]

    def _among_distractors(self, order: Order) -> str:
        """The passage between as many others as asked for (Zhang et al. 2024, RAFT), in an order that tells nothing."""
        passage, random = self._passage(order), order.random()
        others = [text for text in self.task.unstructured if text != passage]
        wanted = min(self.task.settings.synthgen.num_distractor_context_blocks, len(others))
        blocks = [passage, *random.sample(others, wanted)]
        random.shuffle(blocks)
        return "\n\n".join(blocks)


def _is_json(text: str) -> bool:
    try:
        return isinstance(read_json(text), dict | list)
    except ValueError:
        return False
