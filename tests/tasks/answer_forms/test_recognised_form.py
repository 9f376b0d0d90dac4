"""Which form answers have, as told by all seeds or by config.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from distil_dagster.tasks import Row, load_task
from distil_dagster.tasks.answer_forms import ANSWER_FORMS, recognised_form
from distil_dagster.tasks.settings import AnswerFormName
from tests.tasks.test_folder import change_row

FOLDERS = {
    "tiny_sql_folder": "execution_match",
    "tiny_redaction_folder": "redaction_match",
    "tiny_docstring_folder": "docstring_match",
    "tiny_open_book_folder": "exact_match",
    "tiny_closed_book_folder": "exact_match",
}
"""Each with the deciding metric of the form that its answers have."""

CODE = "def rest():\n    pass"
TABLE = "CREATE TABLE books (id INTEGER);"
REDACTED = '{"redacted_text": "x", "entities": []}'


def choose(folder: Path, form: str) -> None:
    config = folder / "config.yaml"
    config.write_text(f"{config.read_text()}distil_dagster:\n  answer_form: {form}\n")


def test_config_can_name_every_form() -> None:
    assert set(get_args(AnswerFormName)) == set(ANSWER_FORMS)


class TestRecognition:
    @pytest.mark.parametrize(("fixture", "metric"), FOLDERS.items())
    def test_the_form_of_a_task_is_that_of_its_seeds(
        self, fixture: str, metric: str, request: pytest.FixtureRequest
    ) -> None:
        assert load_task(request.getfixturevalue(fixture)).kind.deciding_metric == metric

    @pytest.mark.parametrize("fixture", ["tiny_sql_folder", "tiny_redaction_folder", "tiny_docstring_folder"])
    def test_one_seed_of_another_form_makes_all_of_them_texts(
        self, fixture: str, request: pytest.FixtureRequest
    ) -> None:
        folder = request.getfixturevalue(fixture)
        change_row(folder, "train", 9, question="What is this?", answer="a text", context="no code")
        assert load_task(folder).kind.deciding_metric == "exact_match"

    @pytest.mark.parametrize(
        ("row", "form"),
        [
            (Row(TABLE, "SELECT id FROM books"), "sql"),
            (Row("Which?", "select id from books", TABLE.lower()), "sql"),
            (Row("Which?", "with b as (select 1) select * from b", TABLE), "sql"),
            (Row(f"What does {TABLE} do?", "It makes a table."), "text"),
            (Row("How?", "Select the table, then press return."), "text"),
            (Row(TABLE, "Which?", "no table"), "text"),
            (Row("Redact it.", REDACTED), "redaction"),
            (Row("Redact it.", REDACTED, CODE), "redaction"),
            (Row("Document it.", "Do nothing.", CODE), "docstring"),
            (Row(CODE, "Do nothing."), "text"),
            (Row("What is it?", "a sum", "1 + 1"), "text"),
        ],
    )
    def test_cases_by_hand(self, row: Row, form: str) -> None:
        assert recognised_form([row]).name == form

    def test_without_a_row_to_judge_by_it_is_a_text(self) -> None:
        assert recognised_form([]).name == "text"


class TestNamedForm:
    @pytest.mark.parametrize("fixture", FOLDERS)
    def test_what_config_names_beats_what_seeds_look_like(self, fixture: str, request: pytest.FixtureRequest) -> None:
        folder = request.getfixturevalue(fixture)
        choose(folder, "text")
        assert load_task(folder).kind.deciding_metric == "exact_match"

    def test_seeds_that_look_like_texts_are_then_judged_by_the_form(self, tiny_docstring_folder: Path) -> None:
        change_row(tiny_docstring_folder, "train", 9, context="no code")
        assert load_task(tiny_docstring_folder).kind.deciding_metric == "exact_match"
        choose(tiny_docstring_folder, "docstring")
        with pytest.raises(ValueError, match=r"train.jsonl:9: context: expected the Python source"):
            load_task(tiny_docstring_folder)
