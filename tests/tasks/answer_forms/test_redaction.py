"""Answers that are redactions: stages, verdicts, and what can't be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.answer_forms import ANSWER_FORMS
from tests.tasks.answer_forms import assert_sound
from tests.tasks.test_folder import change_row, the_problem

FORM = ANSWER_FORMS["redaction"]
ANN = {"value": "Ann", "replacement_token": "[PERSON]", "reason": "name"}
CARD = {"value": "5500 0000 0000 0004", "replacement_token": "[CARD_LAST4:0004]", "reason": "card"}


def answer(text: str, *entities: dict[str, str], **more: object) -> str:
    return json.dumps({"redacted_text": text, "entities": list(entities), **more})


ROW = Row("Ann paid by 5500 0000 0000 0004.", answer("[PERSON] paid by [CARD_LAST4:0004].", ANN, CARD))
entities = st.lists(st.sampled_from([ANN, CARD, {**ANN, "replacement_token": "[ID]"}]), max_size=3)
answers = st.builds(
    lambda text, found: answer(text, *found),
    st.sampled_from(["[PERSON] paid by [CARD_LAST4:0004].", "[PERSON] paid.", ""]),
    entities,
)


@pytest.fixture
def task(tiny_redaction_folder: Path) -> Task:
    return load_task(tiny_redaction_folder)


class TestScore:
    @pytest.mark.parametrize(
        ("prediction", "staged", "verdict"),
        [
            (ROW.answer, 1, "right"),
            (f"```json\n{ROW.answer}\n```", 1, "right"),
            (answer("[PERSON] paid by [CARD_LAST4:0004].", CARD, {**ANN, "reason": "?"}, ANN, note=1), 1, "right"),
            (answer("[PERSON] paid by [CARD_LAST4:0004]", ANN, CARD), 0.75, "other text"),
            (
                answer("[ID] paid by [CARD_LAST4:0004].", {**ANN, "replacement_token": "[ID]"}, CARD),
                0.5,
                "other tokens",
            ),
            (answer("[PERSON] paid by [CARD_LAST4:0004].", ANN), 0.25, "other values"),
            (answer(ROW.question), 0.25, "other values"),
        ],
    )
    def test_each_stage_has_its_verdict(self, prediction: str, staged: float, verdict: str) -> None:
        score = FORM.score(ROW, prediction)
        assert score.metrics == {"redaction_match": float(staged == 1), "staged_redaction": staged}
        assert (score.verdict, score.problems) == (verdict, ())

    @pytest.mark.parametrize(
        ("prediction", "reason"),
        [
            ("", "not JSON"),
            ("[PERSON] paid.", "not JSON"),
            (f"Here it is: {ROW.answer}", "not JSON"),
            ('{"redacted_text": "x"}', "expected a list under 'entities' in the answer"),
            (answer("x", {**ANN, "replacement_token": "[NAME]"}), "'[NAME]' in entity 1 is no known token"),
        ],
    )
    def test_what_can_not_be_read_is_invalid_for_one_reason(self, prediction: str, reason: str) -> None:
        score = FORM.score(ROW, prediction)
        assert (score.verdict, set(score.metrics.values())) == ("invalid", {0})
        (problem,) = score.problems
        assert problem.startswith(reason)

    @given(st.text() | answers | st.text().map(lambda text: f'{{"redacted_text": {text}, "entities": []}}'))
    def test_any_text_can_be_scored(self, prediction: str) -> None:
        assert_sound(FORM, FORM.score(ROW, prediction))

    def test_every_target_of_a_task_is_right(self, task: Task) -> None:
        scores = [task.kind.score(task, example, example.target) for example in task.test_examples]
        assert {(score.verdict, *score.metrics.values()) for score in scores} == {("right", 1, 1)}


class TestPrompt:
    def test_the_form_of_the_answer_is_the_last_line_of_the_system_prompt(self, task: Task) -> None:
        description, form = task.kind.system_prompt(task).split("\n")
        assert description == "Take out what identifies a person."
        assert form.startswith('Answer with JSON only: {"redacted_text": ')


class TestRows:
    @pytest.mark.parametrize("stem", ["train", "test"])
    def test_an_answer_that_can_not_be_read_is_named_with_its_place(
        self, tiny_redaction_folder: Path, stem: str
    ) -> None:
        change_row(tiny_redaction_folder, stem, 4, answer='{"redacted_text": "x", "entities": {}}')
        assert the_problem(tiny_redaction_folder) == (f"{stem}.jsonl:4: expected a list under 'entities' in the answer")

    def test_the_structure_is_the_tokens_in_their_order_without_digits(self) -> None:
        assert FORM.structure(ROW) == "PERSON CARD_LAST4"
        assert FORM.structure(Row(ROW.question, answer(ROW.question))) == "nothing redacted"
