"""Short free text, compared word by word as SQuAD and HotpotQA do."""

from collections.abc import Sequence

from distil_dagster.tasks.answer_forms.form import AnswerForm
from distil_dagster.tasks.answer_forms.text_metrics import answer_f1, exact_match, rouge_l
from distil_dagster.tasks.kind import RIGHT, Score
from distil_dagster.tasks.rows import Row


class TextAnswers(AnswerForm):
    """Any text; see `AnswerForm` for the meaning of each method."""

    name = "text"
    deciding_metric = "exact_match"
    metrics = ("exact_match", "answer_f1", "rouge_l")

    def recognises(self, rows: Sequence[Row]) -> bool:
        """True: every answer is a text."""
        return True

    def row_problems(self, row: Row) -> list[str]:
        """None: a text that isn't empty is an answer."""
        return []

    def score(self, row: Row, prediction: str) -> Score:
        """Exact match after normalisation decides; the F1 of the words says how near a wrong answer is."""
        right = exact_match(row.answer, prediction)
        f1 = answer_f1(row.answer, prediction)
        metrics = {"exact_match": float(right), "answer_f1": f1, "rouge_l": rouge_l(row.answer, prediction)}
        return Score(metrics, RIGHT if right else "overlaps" if f1 else "other answer")
