"""The forms that answers to questions have, from the most particular to any text."""

from collections.abc import Sequence

from distil_dagster.tasks.answer_forms.docstring import DocstringAnswers
from distil_dagster.tasks.answer_forms.form import AnswerForm
from distil_dagster.tasks.answer_forms.redaction import RedactionAnswers
from distil_dagster.tasks.answer_forms.sql import SqlAnswers
from distil_dagster.tasks.answer_forms.text import TextAnswers
from distil_dagster.tasks.rows import Row

ANSWER_FORMS: dict[str, AnswerForm] = {
    form.name: form for form in (SqlAnswers(), RedactionAnswers(), DocstringAnswers(), TextAnswers())
}

__all__ = ["ANSWER_FORMS", "AnswerForm", "recognised_form"]


def recognised_form(rows: Sequence[Row]) -> AnswerForm:
    """The first form that all these rows have; a text if there are none."""
    return next(form for form in ANSWER_FORMS.values() if (rows and form.recognises(rows)) or form.name == "text")
