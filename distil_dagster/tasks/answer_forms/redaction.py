"""A text with what identifies a person taken out, and the list of what was taken."""

from collections.abc import Sequence

from distil_dagster.tasks.answer_forms.form import AnswerForm
from distil_dagster.tasks.answer_forms.redaction_metrics import (
    parse_redaction,
    redaction_match,
    redaction_problems,
    staged_redaction,
)
from distil_dagster.tasks.kind import INVALID, RIGHT, InvalidOutput, Score
from distil_dagster.tasks.rows import Row

HOW_FAR = {0.25: "other values", 0.5: "other tokens", 0.75: "other text"}
"""The verdict for each stage that is not all of it."""


class RedactionAnswers(AnswerForm):
    """JSON with `redacted_text` and `entities`; see `AnswerForm`."""

    name = "redaction"
    deciding_metric = "redaction_match"
    metrics = ("redaction_match", "staged_redaction")
    instruction = (
        'Answer with JSON only: {"redacted_text": "…", "entities": '
        '[{"value": "…", "replacement_token": "[…]", "reason": "…"}]}'
    )

    def recognises(self, rows: Sequence[Row]) -> bool:
        """Whether every answer speaks of a redacted text."""
        return all('"redacted_text"' in row.answer for row in rows)

    def row_problems(self, row: Row) -> list[str]:
        """An answer that can't be read as a redaction."""
        try:
            parse_redaction(row.answer)
        except InvalidOutput as error:
            return [str(error)]
        return []

    def grounding_problems(self, row: Row) -> list[str]:
        """Values that don't stand in the question, and a text that isn't the question with the values replaced."""
        return redaction_problems(row.question, parse_redaction(row.answer))

    def score(self, row: Row, prediction: str) -> Score:
        """The exact text and the set of what was replaced by what; reasons and order don't count."""
        reference = parse_redaction(row.answer)
        try:
            redaction = parse_redaction(prediction)
        except InvalidOutput as error:
            return Score(dict.fromkeys(self.metrics, 0.0), INVALID, (str(error),))
        right, staged = redaction_match(reference, redaction), staged_redaction(reference, redaction)
        metrics = {"redaction_match": float(right), "staged_redaction": staged}
        return Score(metrics, RIGHT if right else HOW_FAR[staged])

    def structure(self, row: Row) -> str | None:
        """The tokens in the order of the entities, without digits."""
        tokens = (entity.token.partition(":")[0].strip("[]") for entity in parse_redaction(row.answer).entities)
        return " ".join(tokens) or "nothing redacted"
