"""The kind `classification`: one text, answered by one of the task's labels.

A row:

    question: my card was swallowed by the machine
    answer:   card_swallowed
"""

from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.kind import INVALID, RIGHT, InvalidOutput, Score, Statement
from distil_dagster.tasks.rows import Example, Exchange, Message, Row

ANSWER_FORM = "Answer with one of these labels and nothing else:"


class Classification:
    """Single-label classification; see `distil_dagster.tasks.kind.Kind` for the meaning of each method."""

    name = "classification"
    deciding_metric = "exact_label"
    metrics: tuple[str, ...] = ("exact_label", "lenient_label")
    question_noun = "question"
    cluster_noun = None

    def declaration_problems(self, task: Statement) -> list[str]:
        """Fewer than two classes."""
        if len(task.classes) >= 2:
            return []
        return [f"classes_description: the kind {self.name} needs at least two labels, each with its description"]

    def row_problems(self, task: Statement, row: Row) -> list[str]:
        """A label that isn't declared."""
        if row.answer.strip() in task.classes:
            return []
        return [f"no label is named {row.answer.strip()!r}; declared are {', '.join(task.classes)}"]

    def grounding_problems(self, task: Statement, row: Row) -> list[str]:
        """None: a label rests on nothing."""
        return []

    def system_prompt(self, task: Statement) -> str:
        """Task description and the labels, each with its description unless that only repeats it."""
        labels = (
            f"{label}: {description}" if description and description != label else label
            for label, description in task.classes.items()
        )
        return "\n".join([task.description, ANSWER_FORM, *labels])

    def expand(self, row: Row) -> tuple[Example, ...]:
        """The one question of the row."""
        return (Example(row.id, row, 1, (Message("user", row.question),), row.answer.strip(), row.id),)

    def prompt(self, task: Statement, example: Example) -> list[Message]:
        """The system message and the text."""
        return [Message("system", self.system_prompt(task)), *example.messages]

    def transcript(self, task: Statement, row: Row) -> list[Message]:
        """The text and its label."""
        (example,) = self.expand(row)
        return [*self.prompt(task, example), Message("assistant", example.target)]

    def parse(self, task: Statement, text: str) -> str:
        """The label in a model's text, to the letter. Raises InvalidOutput if it is none of the task's."""
        label = without_fence(text)
        if label not in task.classes:
            raise InvalidOutput(f"{label[:80]!r} is none of the {len(task.classes)} labels")
        return label

    def score(self, task: Statement, example: Example, prediction: str) -> Score:
        """Exact, and lenient: the same but for case, quotes, blanks for underscores and a full stop at the end."""
        lenient = float(_folded(prediction) == _folded(example.target))
        try:
            label = self.parse(task, prediction)
        except InvalidOutput as error:
            return Score({"exact_label": 0.0, "lenient_label": lenient}, INVALID, (str(error),))
        right = label == example.target
        return Score({"exact_label": float(right), "lenient_label": lenient}, RIGHT if right else "other label")

    def exchanges(self, row: Row) -> tuple[Exchange, ...]:
        """The text and the label."""
        return (Exchange(row.question, (row.answer.strip(),)),)

    def label(self, answer: str) -> str | None:
        """The class."""
        return without_fence(answer)

    def structure(self, row: Row) -> str | None:
        """None: a label has no form."""
        return None


def _folded(text: str) -> str:
    words = without_fence(text).casefold().strip("\"'`. \n\t")
    return " ".join(words.replace("_", " ").replace("-", " ").split())
