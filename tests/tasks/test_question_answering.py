"""The kinds of question answering: what they show of a context, and the rows that each can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.home import CHECKOUT
from distil_dagster.tasks import Message, Row, Task, load_task
from distil_dagster.tasks.answer_forms import ANSWER_FORMS
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.tasks.question_answering import Name, QuestionAnswering
from distil_dagster.tasks.settings import TaskSettings
from tests.tasks.test_folder import as_csv, change_row, content_of, problems, read, the_problem, write

PLAIN: Name = "question-answering"
OPEN: Name = "question-answering-open-book"
CLOSED: Name = "question-answering-closed-book"
NAMES: tuple[Name, ...] = (PLAIN, OPEN, CLOSED)
FOLDERS = (
    "tiny_open_book_folder",
    "tiny_closed_book_folder",
    "tiny_sql_folder",
    "tiny_redaction_folder",
    "tiny_docstring_folder",
)
BUNDLED = sorted(file.parent.name for file in (CHECKOUT / "tasks").glob("*/train.*"))
ROW = Row("Which bridge is longer?", "the New Bridge", "The Old Bridge is 80 m long.\nThe New Bridge is 120 m long.")
BARE = Row(ROW.question, ROW.answer)
SHOWN = "Context:\nThe Old Bridge is 80 m long.\nThe New Bridge is 120 m long.\n\nQuestion: Which bridge is longer?"


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def task(folder: Path) -> Task:
    return load_task(folder)


def kind(name: Name, form: str = "text") -> QuestionAnswering:
    return QuestionAnswering(name, ANSWER_FORMS[form])


def bridges() -> Task:
    """A task without rows that is only described."""
    settings = TaskSettings.model_validate({"base": {"task": PLAIN}})
    return Task("bridges", kind(PLAIN), JobDescription("Answer."), (), (), (), settings)


def asked(name: Name, row: Row) -> str:
    (example,) = kind(name).expand(row)
    (message,) = example.messages
    assert message.role == "user"
    return message.content


class TestContext:
    @pytest.mark.parametrize("name", [PLAIN, OPEN])
    def test_it_is_shown_before_the_question(self, name: Name) -> None:
        assert asked(name, ROW) == SHOWN

    def test_a_closed_book_stays_closed(self) -> None:
        assert asked(CLOSED, ROW) == ROW.question

    @pytest.mark.parametrize("name", [PLAIN, CLOSED])
    def test_a_row_without_one_is_only_its_question(self, name: Name) -> None:
        assert asked(name, BARE) == ROW.question
        assert kind(name).row_problems(bridges(), BARE) == []

    def test_no_message_of_a_closed_book_task_tells_of_a_context(self, tiny_closed_book_folder: Path) -> None:
        task = load_task(tiny_closed_book_folder)
        messages = [message for row in task.seeds for message in task.kind.transcript(task, row)]
        assert all("as they always did" in (row.context or "") for row in task.seeds)
        assert not any("as they always did" in message.content for message in messages)

    def test_every_question_of_an_open_book_task_shows_its_context(self, tiny_open_book_folder: Path) -> None:
        task = load_task(tiny_open_book_folder)
        for example in task.test_examples:
            content = task.kind.prompt(task, example)[-1].content
            assert content == f"Context:\n{example.row.context}\n\nQuestion: {example.row.question}"


class TestPrompt:
    def test_every_prompt_of_a_task_begins_with_the_same_system_message(self, task: Task) -> None:
        rows = (*task.seeds, *task.tests)
        prompts = [task.kind.prompt(task, example) for row in rows for example in task.kind.expand(row)]
        assert {prompt[0] for prompt in prompts} == {Message("system", task.kind.system_prompt(task))}
        assert {tuple(message.role for message in prompt) for prompt in prompts} == {("system", "user")}

    def test_the_transcript_is_the_prompt_and_the_answer(self, task: Task) -> None:
        for row in task.seeds:
            (example,) = task.kind.expand(row)
            expected = [*task.kind.prompt(task, example), Message("assistant", row.answer)]
            assert task.kind.transcript(task, row) == expected

    @pytest.mark.parametrize(
        ("form", "lines"),
        [("text", ["Answer."]), ("docstring", ["Answer."]), ("sql", ["Answer.", "Answer with the query only."])],
    )
    def test_the_form_of_the_answer_is_told_where_the_description_alone_may_not_say_it(
        self, form: str, lines: list[str]
    ) -> None:
        assert kind(PLAIN, form).system_prompt(bridges()).split("\n") == lines


class TestExamples:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_row_is_one_question_under_the_id_of_the_row(self, name: Name) -> None:
        (example,) = kind(name).expand(ROW)
        assert (example.id, example.row, example.turn, example.target) == (ROW.id, ROW, 1, ROW.answer)
        assert example.cluster == ROW.id

    def test_questions_of_a_task_have_ids_of_their_own(self, task: Task) -> None:
        examples = task.test_examples
        assert len({example.id for example in examples}) == len(examples) == 20

    def test_only_schemas_bind_rows_together(self, task: Task) -> None:
        clusters = {example.cluster for example in task.test_examples}
        assert len(clusters) == (20 if task.kind.cluster_noun is None else 3)

    def test_an_answer_may_take_a_token_for_every_two_characters_of_the_longest_seed_and_some(self, task: Task) -> None:
        assert task.answer_token_limit == max(len(row.answer) for row in task.seeds) // 2 + 16


class TestRows:
    def test_texts_are_compared_with_their_contexts_and_answers_by_their_words(self) -> None:
        (exchange,) = kind(OPEN).exchanges(ROW)
        assert exchange.question == f"{ROW.context}\n{ROW.question}"
        assert exchange.answer_tokens == ("the", "new", "bridge")

    def test_what_is_compared_and_the_structure_are_those_of_the_form(self, task: Task) -> None:
        form = task.kind.form if isinstance(task.kind, QuestionAnswering) else None
        assert form is not None
        for row in task.seeds:
            assert [exchange.question for exchange in task.kind.exchanges(row)] == [form.question(row)]
            assert task.kind.structure(row) == form.structure(row)

    def test_answers_are_of_no_class(self, task: Task) -> None:
        assert {task.kind.label(row.answer) for row in task.seeds} == {None}

    @pytest.mark.parametrize("context", [None, "", " \n"])
    def test_an_open_book_row_without_a_context_is_named_with_its_place(
        self, tiny_open_book_folder: Path, context: str | None
    ) -> None:
        change_row(tiny_open_book_folder, "test", 8, context=context)
        assert the_problem(tiny_open_book_folder) == (
            "test.jsonl:8: context: missing; the kind question-answering-open-book answers from it"
        )

    def test_an_open_book_of_bare_questions_is_wrong_in_every_row(self, tiny_open_book_folder: Path) -> None:
        for stem in ("train", "test"):
            bare = [
                {"question": f"{number}. {row['question']} ({stem})", "answer": row["answer"]}
                for number, row in enumerate(read(tiny_open_book_folder, stem))
            ]
            write(tiny_open_book_folder, stem, bare)
        found = problems(tiny_open_book_folder)
        assert [problem.split(": ")[0] for problem in found] == [
            f"{stem}.jsonl:{line}" for stem, count in (("train", 25), ("test", 20)) for line in range(1, count + 1)
        ]

    @pytest.mark.parametrize("name", [PLAIN, CLOSED])
    def test_other_kinds_do_without_contexts(self, tiny_closed_book_folder: Path, name: Name) -> None:
        (tiny_closed_book_folder / "config.yaml").write_text(f"base:\n  task: {name}\n")
        change_row(tiny_closed_book_folder, "train", 2, context=None)
        assert load_task(tiny_closed_book_folder).seeds[1].context is None


class TestFolders:
    def test_csv_and_jsonl_give_the_same_task(self, folder: Path, task: Task) -> None:
        as_csv(folder, "train")
        as_csv(folder, "test")
        again = load_task(folder)
        assert content_of(again) == content_of(task)
        assert [row.id for row in again.seeds] == [row.id for row in task.seeds]
        assert again.kind == task.kind

    def test_a_test_row_that_is_also_a_seed_is_named_with_both_places(self, folder: Path) -> None:
        seed = read(folder, "train")[4]
        change_row(folder, "test", 6, **{**seed, "question": f" {seed['question']}\n\n"})
        assert the_problem(folder) == "test.jsonl:6: this test row is also a seed (train.jsonl:5); remove one"

    def test_the_same_question_of_another_context_is_no_repeat(self, tiny_open_book_folder: Path) -> None:
        task = load_task(tiny_open_book_folder)
        assert {row.question for row in task.tests} <= {row.question for row in task.seeds}

    def test_the_same_question_of_the_same_context_is_a_repeat_whatever_its_answer(
        self, tiny_open_book_folder: Path
    ) -> None:
        seed = read(tiny_open_book_folder, "train")[0]
        change_row(tiny_open_book_folder, "test", 1, **{**seed, "answer": "neither"})
        assert the_problem(tiny_open_book_folder) == (
            "test.jsonl:1: this test row is also a seed (train.jsonl:1); remove one"
        )


class TestScore:
    def test_metrics_are_those_of_the_form(self, task: Task) -> None:
        (example,) = task.kind.expand(task.tests[0])
        assert tuple(task.kind.score(task, example, "no idea").metrics) == task.kind.metrics
        assert task.kind.deciding_metric in task.kind.metrics

    @pytest.mark.parametrize("name", BUNDLED)
    def test_every_target_of_a_bundled_task_is_right(self, name: str) -> None:
        task = load_task(CHECKOUT / "tasks" / name)
        examples = [*task.test_examples, *(example for row in task.seeds for example in task.kind.expand(row))]
        wrong = [
            (example.id, score.verdict)
            for example in examples
            if (score := task.kind.score(task, example, example.target)).metrics[task.kind.deciding_metric] != 1
            or score.verdict != "right"
            or tuple(score.metrics) != task.kind.metrics
        ]
        assert wrong == []
        assert examples

    def test_there_are_bundled_tasks_of_every_form_but_texts(self) -> None:
        kinds = [load_task(CHECKOUT / "tasks" / name).kind for name in BUNDLED]
        forms = {kind.form.name for kind in kinds if isinstance(kind, QuestionAnswering)}
        assert forms >= {"sql", "redaction", "docstring"}
