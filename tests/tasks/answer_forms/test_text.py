"""Answers of free text: what is right, what comes near, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Row
from distil_dagster.tasks.answer_forms import ANSWER_FORMS
from tests.tasks.answer_forms import assert_sound

FORM = ANSWER_FORMS["text"]
texts = st.text() | st.lists(st.sampled_from(["the", "old", "Bridge", "bridge.", "yes", "no"]), max_size=4).map(
    " ".join
)


class TestScore:
    @pytest.mark.parametrize(
        ("answer", "prediction", "metrics", "verdict"),
        [
            ("the Old Bridge", "the Old Bridge", (1, 1, 1), "right"),
            ("the Old Bridge", "old bridge.", (1, 1, 0.8), "right"),
            ("the Old Bridge", "```\nThe Old Bridge\n```", (1, 1, 1), "right"),
            ("the Old Bridge", "Old Mill", (0, 0.5, 0.4), "overlaps"),
            ("Old Bridge", "Bridge Old", (0, 1, 0.5), "overlaps"),
            ("the Old Bridge", "", (0, 0, 0), "other answer"),
            ("the Old Bridge", "the", (0, 0, 0.5), "other answer"),
            ("yes", "yes, it is", (0, 0, 0.5), "other answer"),
            ("yes", "no", (0, 0, 0), "other answer"),
        ],
    )
    def test_cases_by_hand(self, answer: str, prediction: str, metrics: tuple[float, ...], verdict: str) -> None:
        score = FORM.score(Row("Which bridge?", answer), prediction)
        assert tuple(score.metrics.values()) == pytest.approx(metrics)
        assert (score.verdict, score.problems) == (verdict, ())

    @given(texts.filter(str.strip), texts)
    def test_any_text_can_be_scored(self, answer: str, prediction: str) -> None:
        assert_sound(FORM, FORM.score(Row("Which bridge?", answer), prediction))

    @given(texts.filter(str.strip))
    def test_the_answer_itself_earns_full_marks(self, answer: str) -> None:
        assert set(FORM.score(Row("Which bridge?", answer), answer).metrics.values()) == {1}


class TestRows:
    def test_every_text_is_an_answer(self) -> None:
        assert FORM.row_problems(Row("Which bridge?", "{?")) == []

    def test_the_question_is_told_from_others_by_its_context_too(self) -> None:
        assert FORM.question(Row("Which bridge?", "x")) == "Which bridge?"
        assert FORM.question(Row("Which bridge?", "x", "Two bridges.")) == "Two bridges.\nWhich bridge?"

    def test_rows_stand_alone_and_their_answers_have_no_structure(self) -> None:
        row = Row("Which bridge?", "the Old Bridge", "Two bridges.")
        assert FORM.cluster_noun is None
        assert (FORM.cluster(row), FORM.target(row), FORM.structure(row)) == (row.id, row.answer, None)
