"""The kind of labels: prompt, strict and lenient scores, and rows that can't be used."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import InvalidOutput, Message, Row, Score, Task, load_task
from distil_dagster.tasks.classification import Classification
from distil_dagster.tasks.folder import JOB_DESCRIPTION
from distil_dagster.tasks.job_description import JobDescription
from tests.conftest import SMALL_LABELS
from tests.tasks.test_folder import change_job, content_of, problems, the_problem, write

KIND = Classification()
JOB = JobDescription("Say what the customer wants.", classes=SMALL_LABELS)
near_labels = st.builds(
    lambda label, before, after: before + label + after,
    st.sampled_from([*SMALL_LABELS, "Top-Up", "top up", "PIN blocked", "refund"]),
    st.sampled_from(["", " ", '"', "```\n", "Label: "]),
    st.sampled_from(["", "\n", '"', "\n```", ".", ", please"]),
)


@pytest.fixture
def task(tiny_classification_folder: Path) -> Task:
    return load_task(tiny_classification_folder)


def table(folder: Path, stem: str) -> list[dict[str, str]]:
    with (folder / f"{stem}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def change_answer(folder: Path, stem: str, number: int, answer: str) -> None:
    """Replace the answer of one row, counted from 1 below the heading."""
    rows = table(folder, stem)
    rows[number - 1]["answer"] = answer
    with (folder / f"{stem}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["question", "answer"])
        writer.writeheader()
        writer.writerows(rows)


class TestPrompt:
    def test_the_system_prompt_lists_each_label_with_what_its_description_adds(self, task: Task) -> None:
        assert KIND.system_prompt(task).split("\n") == [
            "Say what the customer wants.",
            "Answer with one of these labels and nothing else:",
            "card_lost: A card is gone.",
            "card_swallowed: A machine keeps the card.",
            "pin_blocked: The PIN was wrong too often.",
            "top_up",
            "other",
        ]

    def test_a_row_is_one_question_that_stands_alone(self, task: Task) -> None:
        row = task.seeds[0]
        (example,) = KIND.expand(row)
        assert (example.id, example.row, example.turn, example.cluster) == (row.id, row, 1, row.id)
        assert KIND.cluster_noun is None
        assert KIND.prompt(task, example) == [
            Message("system", KIND.system_prompt(task)),
            Message("user", row.question),
        ]

    def test_the_transcript_is_the_prompt_and_the_label(self, task: Task) -> None:
        row = task.seeds[3]
        (example,) = KIND.expand(row)
        assert KIND.transcript(task, row) == [*KIND.prompt(task, example), Message("assistant", row.answer)]

    def test_every_prompt_of_the_task_begins_with_the_same_system_message(self, task: Task) -> None:
        prompts = [KIND.prompt(task, example) for row in (*task.seeds, *task.tests) for example in KIND.expand(row)]
        assert {prompt[0] for prompt in prompts} == {Message("system", KIND.system_prompt(task))}

    def test_blanks_around_a_label_are_not_taught(self, task: Task) -> None:
        row = Row("put money on it", " top_up\n")
        assert KIND.expand(row)[0].target == "top_up"
        assert KIND.transcript(task, row)[-1].content == "top_up"


class TestParse:
    @pytest.mark.parametrize("text", ["top_up", " top_up\n", "```\ntop_up\n```", "```text\ntop_up\n```"])
    def test_a_label_is_read_to_the_letter(self, text: str) -> None:
        assert KIND.parse(JOB, text) == "top_up"

    @pytest.mark.parametrize("text", ["", "Top_up", "top up", '"top_up"', "top_up.", "Label: top_up", "top_up\nother"])
    def test_anything_else_is_refused_with_the_number_of_labels(self, text: str) -> None:
        with pytest.raises(InvalidOutput) as error:
            KIND.parse(JOB, text)
        assert str(error.value) == f"{text!r} is none of the 5 labels"

    def test_a_long_text_is_cut_in_the_reason(self) -> None:
        with pytest.raises(InvalidOutput) as error:
            KIND.parse(JOB, "never " * 1000)
        assert len(str(error.value)) < 120


class TestScore:
    def score(self, prediction: str, answer: str = "pin_blocked") -> Score:
        (example,) = KIND.expand(Row("no more tries", answer))
        return KIND.score(JOB, example, prediction)

    @pytest.mark.parametrize(
        ("prediction", "exact", "lenient", "verdict"),
        [
            ("pin_blocked", 1, 1, "right"),
            ("\npin_blocked ", 1, 1, "right"),
            ("```\npin_blocked\n```", 1, 1, "right"),
            ("card_lost", 0, 0, "other label"),
            ("PIN_blocked", 0, 1, "invalid"),
            ("pin blocked", 0, 1, "invalid"),
            ("PIN-blocked.", 0, 1, "invalid"),
            ('"pin_blocked"', 0, 1, "invalid"),
            ("```\nPin Blocked\n```", 0, 1, "invalid"),
            ("Card lost.", 0, 0, "invalid"),
            ("Label: pin_blocked", 0, 0, "invalid"),
            ("pin_blocked, card_lost", 0, 0, "invalid"),
            ("pinblocked", 0, 0, "invalid"),
            ("", 0, 0, "invalid"),
        ],
    )
    def test_cases_by_hand(self, prediction: str, exact: float, lenient: float, verdict: str) -> None:
        score = self.score(prediction)
        assert score.metrics == {"exact_label": exact, "lenient_label": lenient}
        assert score.verdict == verdict
        assert len(score.problems) == (verdict == "invalid")

    @given(st.text() | near_labels, st.sampled_from(list(SMALL_LABELS)))
    def test_any_text_can_be_scored(self, prediction: str, answer: str) -> None:
        score = self.score(prediction, answer)
        exact, lenient = score.metrics.values()
        assert tuple(score.metrics) == KIND.metrics
        assert {exact, lenient} <= {0, 1}
        assert exact <= lenient
        assert (score.verdict == "right") == (score.metrics[KIND.deciding_metric] == 1)
        assert (score.verdict == "invalid") == bool(score.problems)

    def test_every_target_of_a_task_is_right(self, task: Task) -> None:
        scores = [KIND.score(task, example, example.target) for example in task.test_examples]
        assert [(score.verdict, *score.metrics.values()) for score in scores] == [("right", 1, 1)] * 20


class TestRows:
    def test_what_a_row_says_is_its_text_and_what_it_answers_its_label(self) -> None:
        (exchange,) = KIND.exchanges(Row("put money on it", " top_up "))
        assert (exchange.question, exchange.answer_tokens) == ("put money on it", ("top_up",))

    @pytest.mark.parametrize("answer", ["top_up", " top_up ", "```\ntop_up\n```"])
    def test_rows_are_balanced_by_their_labels_which_have_no_form(self, answer: str) -> None:
        assert KIND.label(answer) == "top_up"
        assert KIND.structure(Row("put money on it", answer)) is None

    def test_every_label_of_the_task_has_seeds_and_tests(self, task: Task) -> None:
        for rows in (task.seeds, task.tests):
            assert {KIND.label(row.answer) for row in rows} == set(task.classes)

    @pytest.mark.parametrize("stem", ["train", "test"])
    def test_a_label_that_is_not_declared_is_named_with_its_place_and_the_declared(
        self, tiny_classification_folder: Path, stem: str
    ) -> None:
        change_answer(tiny_classification_folder, stem, 3, "Top_up")
        assert the_problem(tiny_classification_folder) == (
            f"{stem}.csv:4: no label is named 'Top_up'; "
            "declared are card_lost, card_swallowed, pin_blocked, top_up, other"
        )

    def test_all_rows_of_a_label_taken_away_are_named(self, tiny_classification_folder: Path) -> None:
        change_job(tiny_classification_folder, lambda job: job["classes_description"].pop("other"))
        places = [problem.split(": ")[0] for problem in problems(tiny_classification_folder)]
        expected = [
            f"{stem}.csv:{line}" for stem, last in (("train", 26), ("test", 21)) for line in range(6, last + 1, 5)
        ]
        assert places == expected

    def test_csv_and_jsonl_give_the_same_task(self, tiny_classification_folder: Path, task: Task) -> None:
        for stem in ("train", "test"):
            write(tiny_classification_folder, stem, table(tiny_classification_folder, stem))
            (tiny_classification_folder / f"{stem}.csv").unlink()
        assert content_of(load_task(tiny_classification_folder)) == content_of(task)

    def test_a_text_asked_with_another_label_is_still_a_repeat(self, tiny_classification_folder: Path) -> None:
        text = table(tiny_classification_folder, "train")[6]["question"]
        with (tiny_classification_folder / "test.csv").open("a", newline="") as file:
            csv.writer(file).writerow([f"{text.upper()} ", "other"])
        assert the_problem(tiny_classification_folder) == (
            "test.csv:22: this test row is also a seed (train.csv:8); remove one"
        )


class TestDeclaration:
    @pytest.mark.parametrize("classes", [None, {}, {"top_up": "Money comes in."}])
    def test_it_needs_two_labels_and_blames_no_row_for_it(
        self, tiny_classification_folder: Path, classes: object
    ) -> None:
        change_job(tiny_classification_folder, lambda job: job.update(classes_description=classes))
        assert the_problem(tiny_classification_folder) == (
            "job_description.json: classes_description: the kind classification needs at least two labels, "
            "each with its description"
        )

    @pytest.mark.parametrize(
        ("declared", "named"),
        [
            ({"other": ["a", "list"]}, "'other'"),
            ({"other": 3}, "'other'"),
            ({"new ": "x"}, "'new '"),
            ({"": "x"}, "''"),
        ],
    )
    def test_a_label_badly_described_is_named_and_its_rows_are_not_blamed(
        self, tiny_classification_folder: Path, declared: dict[str, object], named: str
    ) -> None:
        change_job(tiny_classification_folder, lambda job: job["classes_description"].update(declared))
        assert the_problem(tiny_classification_folder) == (
            f"job_description.json: classes_description: {named}: expected a label without blanks around it, and a text"
        )

    def test_a_list_of_labels_is_refused(self, tiny_classification_folder: Path) -> None:
        change_job(tiny_classification_folder, lambda job: job.update(classes_description=list(SMALL_LABELS)))
        assert the_problem(tiny_classification_folder) == (
            "job_description.json: classes_description: expected an object of labels, each with its description"
        )

    def test_labels_keep_their_order(self, tiny_classification_folder: Path) -> None:
        path = tiny_classification_folder / JOB_DESCRIPTION
        backwards = dict(reversed(SMALL_LABELS.items()))
        path.write_text(json.dumps({"task_description": "x", "classes_description": backwards}))
        assert list(load_task(tiny_classification_folder).classes) == list(backwards)


def test_an_answer_may_take_as_many_tokens_as_the_longest_label_has_pairs_of_letters_and_some(task: Task) -> None:
    assert task.answer_token_limit == len("card_swallowed") // 2 + 16
