"""The kinds `question-answering`, `-open-book` and `-closed-book`: a question, answered in the task's own form.

A row:

    question: Which bridge is longer?
    context:  The Old Bridge is 80 m long. The New Bridge is 120 m long.
    answer:   the New Bridge

`open-book` needs a context in every row. `closed-book` never shows one: what the answers rest on is learnt in
training, and only asked for afterwards. Plain `question-answering` shows a context to the rows that have one.
"""

from dataclasses import dataclass
from typing import Literal

from distil_dagster.tasks.answer_forms import AnswerForm
from distil_dagster.tasks.kind import Score, Statement
from distil_dagster.tasks.rows import Example, Exchange, Message, Row

Name = Literal["question-answering", "question-answering-open-book", "question-answering-closed-book"]


@dataclass(frozen=True)
class QuestionAnswering:
    """Question answering; see `distil_dagster.tasks.kind.Kind` for the meaning of each method."""

    name: Name
    form: AnswerForm
    question_noun: str = "question"

    @property
    def deciding_metric(self) -> str:
        """That of the answer's form."""
        return self.form.deciding_metric

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those of the answer's form."""
        return self.form.metrics

    @property
    def cluster_noun(self) -> str | None:
        """That of the answer's form."""
        return self.form.cluster_noun

    def declaration_problems(self, task: Statement) -> list[str]:
        """None: the description of the task is enough."""
        return []

    def row_problems(self, task: Statement, row: Row) -> list[str]:
        """A missing context where the kind needs one, and what the answer's form finds."""
        if self.name == "question-answering-open-book" and not row.context:
            return [f"context: missing; the kind {self.name} answers from it"]
        return self.form.row_problems(row)

    def grounding_problems(self, task: Statement, row: Row) -> list[str]:
        """What the answer's form finds."""
        return self.form.grounding_problems(row)

    def system_prompt(self, task: Statement) -> str:
        """Task description and, where the form has one, the form of the answer."""
        return "\n".join(filter(None, [task.description, self.form.instruction]))

    def expand(self, row: Row) -> tuple[Example, ...]:
        """The one question of the row, behind its context if the kind shows it."""
        asked = row.question
        if row.context and self.name != "question-answering-closed-book":
            asked = f"Context:\n{row.context}\n\nQuestion: {row.question}"
        return (Example(row.id, row, 1, (Message("user", asked),), self.form.target(row), self.form.cluster(row)),)

    def prompt(self, task: Statement, example: Example) -> list[Message]:
        """The system message and the question."""
        return [Message("system", self.system_prompt(task)), *example.messages]

    def transcript(self, task: Statement, row: Row) -> list[Message]:
        """The question and its answer."""
        (example,) = self.expand(row)
        return [*self.prompt(task, example), Message("assistant", example.target)]

    def score(self, task: Statement, example: Example, prediction: str) -> Score:
        """As the answer's form scores it."""
        return self.form.score(example.row, prediction)

    def exchanges(self, row: Row) -> tuple[Exchange, ...]:
        """What tells the question from others, and the words of the answer."""
        return (Exchange(self.form.question(row), tuple(self.form.target(row).casefold().split())),)

    def label(self, answer: str) -> str | None:
        """None: answers aren't of a few classes."""
        return None

    def structure(self, row: Row) -> str | None:
        """That of the answer's form."""
        return self.form.structure(row)
