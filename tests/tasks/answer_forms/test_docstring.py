"""Answers that are docstrings, judged by the code that they document."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.answer_forms import ANSWER_FORMS
from tests.tasks.answer_forms import assert_sound
from tests.tasks.test_folder import change_row, the_problem

FORM = ANSWER_FORMS["docstring"]
CODE = "def share(parts, whole):\n    if not whole:\n        raise ValueError(whole)\n    return parts / whole"
ARGS = "Args:\n    parts: How many.\n    whole: Of how many.\n"
RETURNS = "Returns:\n    A fraction.\n"
RAISES = "Raises:\n    ValueError: If there is no whole.\n"
DOCSTRING = "\n".join(["Divide parts by their whole.\n", ARGS, RETURNS, RAISES])
ROW = Row("Document it.", DOCSTRING, CODE)
pieces = st.sampled_from(
    ["Divide.\n", ARGS, RETURNS, RAISES, "Args:\n    half: x\n", "Raises:\n    None\n", '"""', "```"]
)


@pytest.fixture
def task(tiny_docstring_folder: Path) -> Task:
    return load_task(tiny_docstring_folder)


class TestScore:
    @pytest.mark.parametrize("around", ["{}", " \n{}\n", '"""{}"""', "```python\n{}\n```", '```\n"""{}"""\n```'])
    def test_the_reference_is_right_in_whatever_it_is_wrapped(self, around: str) -> None:
        score = FORM.score(ROW, around.replace("{}", DOCSTRING))
        assert (score.verdict, score.problems, score.metrics["docstring_match"]) == ("right", (), 1)

    def test_other_words_are_as_right_and_only_rouge_tells_them_apart(self) -> None:
        worded = "How much this is.\n\nArgs:\n    parts: a\n    whole: b\n\nReturns: c\n\nRaises:\n    ValueError: d"
        score = FORM.score(ROW, worded)
        assert score.verdict == "right"
        assert {name for name, value in score.metrics.items() if value < 1} == {"rouge_l"}

    @pytest.mark.parametrize(
        ("prediction", "verdict", "failed"),
        [
            (DOCSTRING.replace("    whole: Of how many.\n", ""), "parameters", {"parameters"}),
            (DOCSTRING.replace("whole: Of", "total: Of"), "parameters", {"parameters", "nothing_invented"}),
            (DOCSTRING.replace(ARGS, f"{ARGS}    digits: x\n"), "nothing_invented", {"nothing_invented"}),
            (DOCSTRING.replace(RETURNS, ""), "returns", {"returns"}),
            (DOCSTRING.replace(RAISES, ""), "raises", {"raises"}),
            (DOCSTRING.replace(RETURNS, "").replace(RAISES, ""), "returns", {"returns", "raises"}),
            ("\n".join([ARGS, RETURNS, RAISES]), "summary", set()),
            ("Divide parts by their whole.", "parameters", {"parameters", "returns", "raises"}),
            (CODE, "parameters", {"parameters", "returns", "raises"}),
        ],
    )
    def test_the_verdict_is_the_first_check_that_failed(self, prediction: str, verdict: str, failed: set[str]) -> None:
        score = FORM.score(ROW, prediction)
        assert (score.verdict, score.problems) == (verdict, ())
        assert {name for name, value in score.metrics.items() if value == 0} == {"docstring_match", *failed}

    @pytest.mark.parametrize("prediction", ["", " \n"])
    def test_nothing_is_no_docstring_even_of_a_function_without_anything_to_document(self, prediction: str) -> None:
        score = FORM.score(Row("Document it.", "Do nothing.", "def rest():\n    pass"), prediction)
        assert (score.verdict, score.problems, score.metrics["docstring_match"]) == ("invalid", ("empty",), 0)

    @given(st.text() | st.lists(pieces | st.text(max_size=9)).map("\n".join))
    def test_any_text_can_be_scored(self, prediction: str) -> None:
        assert_sound(FORM, FORM.score(ROW, prediction))

    def test_every_target_of_a_task_is_right(self, task: Task) -> None:
        scores = [task.kind.score(task, example, example.target) for example in task.test_examples]
        assert [tuple(score.metrics) for score in scores] == [task.kind.metrics] * 20
        assert {(score.verdict, *score.metrics.values()) for score in scores} == {("right", 1, 1, 1, 1, 1, 1)}


class TestRows:
    @pytest.mark.parametrize("context", [None, "Divide parts by their whole.", "def share(:", "1 + 1"])
    def test_a_row_without_code_to_document_is_named_with_its_place(
        self, tiny_docstring_folder: Path, context: str | None
    ) -> None:
        config = tiny_docstring_folder / "config.yaml"
        config.write_text(config.read_text() + "distil_dagster:\n  answer_form: docstring\n")
        change_row(tiny_docstring_folder, "train", 7, context=context)
        assert the_problem(tiny_docstring_folder) == (
            "train.jsonl:7: context: expected the Python source of one function or class"
        )

    def test_a_docstring_need_not_be_complete_to_be_a_reference(self, tiny_docstring_folder: Path) -> None:
        change_row(tiny_docstring_folder, "train", 7, answer="Something.")
        assert load_task(tiny_docstring_folder).seeds[6].answer == "Something."

    def test_a_question_is_told_from_others_by_its_code_alone(self, task: Task) -> None:
        assert len({row.question for row in task.seeds}) == 1
        assert [FORM.question(row) for row in task.seeds] == [row.context for row in task.seeds]

    def test_rows_stand_alone_and_their_answers_have_no_structure(self) -> None:
        assert (FORM.cluster(ROW), FORM.structure(ROW)) == (ROW.id, None)
