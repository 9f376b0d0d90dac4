"""A docstring in Google style, checked against the code it documents."""

from collections.abc import Sequence

from distil_dagster.tasks.answer_forms.docstring_metrics import CHECKS, docstring_checks, docstring_problems, is_python
from distil_dagster.tasks.answer_forms.form import AnswerForm
from distil_dagster.tasks.answer_forms.text_metrics import rouge_l
from distil_dagster.tasks.kind import INVALID, RIGHT, Score
from distil_dagster.tasks.rows import Row


class DocstringAnswers(AnswerForm):
    """The docstring of the function in the row's context; see `AnswerForm`.

    Wording is free, so only what the code decides is checked; ROUGE-L beside it says how near the wording is.
    """

    name = "docstring"
    deciding_metric = "docstring_match"
    metrics = ("docstring_match", *CHECKS, "rouge_l")

    def recognises(self, rows: Sequence[Row]) -> bool:
        """Whether every row's context is Python."""
        return all(row.context and is_python(row.context) for row in rows)

    def row_problems(self, row: Row) -> list[str]:
        """A context that doesn't parse; the docstring itself may be as its author thought best."""
        if row.context and is_python(row.context):
            return []
        return ["context: expected the Python source of one function or class"]

    def grounding_problems(self, row: Row) -> list[str]:
        """What the docstring leaves out of the code's interface, or makes up."""
        return docstring_problems(row.context or "", row.answer)

    def score(self, row: Row, prediction: str) -> Score:
        """All checks passed is right; else the verdict names the first that failed."""
        checks = docstring_checks(row.context or "", prediction)
        scored = {**checks, "rouge_l": rouge_l(row.answer, prediction)}
        metrics = {name: scored[name] for name in self.metrics}
        if not prediction.strip():
            return Score(metrics, INVALID, ("empty",))
        failed = [name for name in CHECKS if not checks[name]]
        return Score(metrics, RIGHT if checks["docstring_match"] else failed[0] if failed else "summary")

    def question(self, row: Row) -> str:
        """The source alone: the question is the same for all."""
        return row.context or row.question
