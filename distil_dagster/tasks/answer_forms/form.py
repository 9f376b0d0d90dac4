"""What the answer to a question may look like, and how it is scored: a text, a query, a redaction, a docstring.

The kinds of question answering share prompt and rows; what differs is the form of the answer.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from distil_dagster.tasks.kind import Score
from distil_dagster.tasks.rows import Row


class AnswerForm(ABC):
    """One form of answer, named as `distil_dagster.answer_form` in config.yaml."""

    name: str
    deciding_metric: str
    metrics: tuple[str, ...]
    instruction: str = ""
    """The last line of the system prompt; empty if the task's description says all."""
    cluster_noun: str | None = None
    """What makes the outcomes of rows alike, see `Kind.cluster_noun`."""

    @abstractmethod
    def recognises(self, rows: Sequence[Row]) -> bool:
        """Whether all rows have answers of this form; asked where config.yaml doesn't name one."""

    @abstractmethod
    def row_problems(self, row: Row) -> list[str]:
        """Why the row's answer is none of this form, one sentence each. Cheap: every row is asked at every load."""

    def grounding_problems(self, row: Row) -> list[str]:
        """Why the answer of a row without `row_problems` doesn't hold when it is put to use, one sentence each."""
        return []

    @abstractmethod
    def score(self, row: Row, prediction: str) -> Score:
        """What a model's text is worth as the answer to the row's question."""

    def target(self, row: Row) -> str:
        """What a student is trained to answer; any other right answer is as good when it is scored."""
        return row.answer

    def cluster(self, row: Row) -> str:
        """What the row shares with others; its id where there is no such thing."""
        return row.id

    def question(self, row: Row) -> str:
        """What tells the row's question from others, as texts are compared."""
        return f"{row.context}\n{row.question}" if row.context else row.question

    def structure(self, row: Row) -> str | None:
        """The form of the answer without its values; None where there is none."""
        return None
