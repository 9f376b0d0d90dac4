"""Folders that have only rows: what they are taken for, and what is said of it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from distil_dagster.tasks import Task, TaskFolderError, load_task
from distil_dagster.tasks.importing import complete_unnamed
from distil_dagster.tasks.sourcing import SourceError

Records = list[dict[str, str]]
TREES = ("oak", "ash", "elm", "fir")


def classification(stem: str, count: int) -> Records:
    return [{"text": f"{stem} tree number {index}", "category": TREES[index % 4]} for index in range(count)]


def plain_questions(stem: str, count: int) -> Records:
    return [{"question": f"Which {stem} is number {index}?", "answer": f"{stem} {index}"} for index in range(count)]


def open_book(stem: str, count: int) -> Records:
    return [{**row, "passage": f"On the list of a {stem}: {row['answer']}."} for row in plain_questions(stem, count)]


def sql(stem: str, count: int) -> Records:
    schema = f"CREATE TABLE {stem} (id INTEGER PRIMARY KEY, height INTEGER);"
    return [
        {
            "question": f"Schema:\n{schema}\n\nQuestion: How many are higher than {index} metres?",
            "answer": f"SELECT COUNT(*) FROM {stem} WHERE height > {index}",
        }
        for index in range(count)
    ]


def redaction(stem: str, count: int) -> Records:
    return [
        {
            "input": f"A {stem} of {index} metres was felled by Ann.",
            "output": json.dumps(
                {
                    "redacted_text": f"A {stem} of {index} metres was felled by [PERSON].",
                    "entities": [{"value": "Ann", "replacement_token": "[PERSON]", "reason": "name"}],
                }
            ),
        }
        for index in range(count)
    ]


def docstring(stem: str, count: int) -> Records:
    return [
        {
            "question": "Write the docstring.",
            "context": f"def {stem}_{index}(height: int) -> int:\n    return height + {index}\n",
            "answer": f"Add {index}.\n\nArgs:\n    height: In metres.\n\nReturns:\n    The sum.",
        }
        for index in range(count)
    ]


def write_rows(file: Path, records: Records) -> None:
    with file.open("w", newline="") as text:
        writer = csv.DictWriter(text, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows").mkdir()
    return tmp_path / "rows"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "task").mkdir()
    return tmp_path / "task"


def write_splits(folder: Path, train: Records, tests: Records) -> None:
    write_rows(folder / "train.csv", train)
    write_rows(folder / "test.csv", tests)


def imported(folder: Path, output: Path, *, bundled: Path | None = None) -> tuple[Task, list[str]]:
    """The task that comes of the folder, which must be valid as it is, and what the user is told."""
    notes = complete_unnamed(folder, output, bundled=bundled)
    return load_task(output), notes


class TestKinds:
    @pytest.mark.parametrize(
        ("rows", "metric", "told"),
        [
            (classification, "exact_label", "classification"),
            (plain_questions, "exact_match", "question-answering, answers are text"),
            (open_book, "exact_match", "question-answering-open-book, answers are text"),
            (sql, "execution_match", "question-answering, answers are sql"),
            (redaction, "redaction_match", "question-answering, answers are redaction"),
            (docstring, "docstring_match", "question-answering, answers are docstring"),
        ],
    )
    def test_the_kind_is_supposed_from_the_rows_and_told(
        self, folder: Path, output: Path, rows: Callable[[str, int], Records], metric: str, told: str
    ) -> None:
        write_splits(folder, rows("seeds", 30), rows("tests", 24))
        task, notes = imported(folder, output)
        assert (task.kind.name, task.kind.deciding_metric) == (told.split(",", maxsplit=1)[0], metric)
        assert (len(task.seeds), len(task.tests)) == (30, 24)
        assert notes[0] == f"supposed from the rows: {told}"

    def test_the_form_of_answers_is_written_down_where_there_is_one(self, folder: Path, output: Path) -> None:
        write_splits(folder, sql("seeds", 30), sql("tests", 24))
        imported(folder, output)
        settings = yaml.safe_load((output / "config.yaml").read_text())
        assert settings == {"base": {"task": "question-answering"}, "distil_dagster": {"answer_form": "sql"}}

    def test_one_row_without_context_makes_it_no_open_book(self, folder: Path, output: Path) -> None:
        tests = open_book("tests", 24)
        tests[3]["passage"] = ""
        write_splits(folder, open_book("seeds", 30), tests)
        task, _ = imported(folder, output)
        assert task.kind.name == "question-answering"

    def test_one_row_of_another_form_makes_answers_plain_texts(self, folder: Path, output: Path) -> None:
        write_splits(folder, [*sql("seeds", 30), *plain_questions("seeds", 1)], sql("tests", 24))
        task, notes = imported(folder, output)
        assert task.kind.deciding_metric == "exact_match"
        assert notes[0] == "supposed from the rows: question-answering, answers are text"

    def test_what_is_plain_text_to_all_rows_is_not_taken_for_more_by_the_seeds(
        self, folder: Path, output: Path
    ) -> None:
        write_splits(folder, sql("seeds", 30), [*sql("tests", 24), *plain_questions("tests", 1)])
        task, _ = imported(folder, output)
        assert task.kind.deciding_metric == "exact_match"

    def test_a_job_description_that_is_there_is_kept_and_says_the_kind(self, folder: Path, output: Path) -> None:
        write_splits(folder, plain_questions("seeds", 30), plain_questions("tests", 24))
        answers = {row["answer"] for row in [*plain_questions("seeds", 30), *plain_questions("tests", 24)]}
        text = json.dumps({"task_description": "Own words.", "classes_description": dict.fromkeys(answers, "")})
        (folder / "job_description.json").write_text(text)
        task, _ = imported(folder, output)
        assert (task.kind.name, task.description) == ("classification", "Own words.")


class TestClasses:
    def test_every_answer_becomes_a_class_even_one_that_only_training_has(self, folder: Path, output: Path) -> None:
        train = [*classification("seed", 300), {"text": "a rare tree", "category": "yew"}]
        write_splits(folder, train, classification("test", 24))
        task, _ = imported(folder, output)
        assert set(task.classes) == {*TREES, "yew"}

    def test_seeds_are_balanced(self, folder: Path, output: Path) -> None:
        train = [*classification("seed", 80), *({**row, "category": "oak"} for row in classification("oak", 400))]
        write_splits(folder, train, classification("test", 24))
        task, notes = imported(folder, output)
        drawn = Counter(row.answer for row in task.seeds)
        assert set(drawn) == set(TREES)
        assert sorted(drawn.values()) == [12, 12, 13, 13]
        assert "50 seeds of 480 training rows" in notes[1]

    def test_more_classes_than_fifty_have_a_seed_each(self, folder: Path, output: Path) -> None:
        train = [{"text": f"text {index}", "intent": f"intent {index % 70:02}"} for index in range(350)]
        tests = [{"text": f"test {index}", "intent": f"intent {index % 70:02}"} for index in range(70)]
        write_splits(folder, train, tests)
        task, _ = imported(folder, output)
        assert Counter(row.answer for row in task.seeds) == dict.fromkeys(task.classes, 1)
        assert len(task.classes) == 70

    def test_answers_that_hardly_ever_recur_are_no_classes(self, folder: Path, output: Path) -> None:
        train = [{"question": f"question {index}", "answer": f"answer {index % 20}"} for index in range(40)]
        write_splits(folder, train, [{"question": f"test {index}", "answer": f"answer {index}"} for index in range(20)])
        task, _ = imported(folder, output)
        assert task.kind.name == "question-answering"


class TestColumns:
    @pytest.mark.parametrize(
        ("columns", "question", "answer"),
        [
            (("text", "label"), "text", "label"),
            (("label", "text"), "text", "label"),
            (("utterance", "intent"), "utterance", "intent"),
            (("sentence", "class"), "sentence", "class"),
            (("input", "output"), "input", "output"),
            (("query", "target"), "query", "target"),
            (("id", "text", "label", "label_text"), "text", "label_text"),
            (("text", "question", "category", "answer"), "question", "answer"),
        ],
    )
    def test_of_several_known_columns_the_more_particular_is_taken_and_told(
        self, folder: Path, output: Path, columns: Sequence[str], question: str, answer: str
    ) -> None:
        def rows(stem: str, count: int) -> Records:
            found = []
            for row in classification(stem, count):
                values = {question: row["text"], answer: row["category"]}
                found.append({column: values.get(column, f"{column} of {row['text']}") for column in columns})
            return found

        write_splits(folder, rows("seed", 30), rows("test", 24))
        task, notes = imported(folder, output)
        assert [row.question for row in task.tests] == [row["text"] for row in classification("test", 24)]
        assert set(task.classes) == set(TREES)
        assert notes[1].startswith(f"columns: {question} as question, {answer} as answer; 30 seeds")

    def test_the_column_of_contexts_is_told(self, folder: Path, output: Path) -> None:
        write_splits(folder, open_book("seed", 30), open_book("test", 24))
        task, notes = imported(folder, output)
        assert "answer as answer, passage as context;" in notes[1]
        assert [row.context for row in task.tests] == [row["passage"] for row in open_book("test", 24)]

    @pytest.mark.parametrize("columns", [("text", "colour"), ("words", "label"), ("a", "b")])
    def test_columns_that_say_nothing_are_listed_with_those_that_would(
        self, folder: Path, output: Path, columns: tuple[str, str]
    ) -> None:
        rows = [dict(zip(columns, row.values(), strict=True)) for row in classification("seed", 30)]
        write_splits(folder, rows, rows)
        with pytest.raises(TaskFolderError) as error:
            complete_unnamed(folder, output, bundled=None)
        (problem,) = error.value.problems
        assert (problem.file, problem.line) == ("train.csv", 1)
        assert f"found {columns[0]}, {columns[1]}" in problem.message
        assert "no column is known as question (question, text" in problem.message
        assert "config.yaml with distil_dagster.source may name them" in problem.message
        assert list(output.iterdir()) == []

    def test_an_empty_training_file_is_told(self, folder: Path, output: Path) -> None:
        write_splits(folder, classification("seed", 30), classification("test", 24))
        (folder / "train.csv").write_text("")
        with pytest.raises(TaskFolderError, match=r"train\.csv:1: .*; found nothing"):
            complete_unnamed(folder, output, bundled=None)


class TestFiles:
    @pytest.mark.parametrize("there", [(), ("train",), ("test",)])
    def test_all_missing_files_are_named_at_once(self, folder: Path, output: Path, there: tuple[str, ...]) -> None:
        for stem in there:
            write_rows(folder / f"{stem}.csv", classification(stem, 30))
        with pytest.raises(TaskFolderError) as error:
            complete_unnamed(folder, output, bundled=None)
        missing = [f"{stem}.jsonl" for stem in ("train", "test") if stem not in there]
        assert [problem.file for problem in error.value.problems] == [*missing, "config.yaml"]
        assert "expected test.jsonl, test.csv or test.parquet" in str(error.value) or "test" in there

    def test_unlabelled_texts_are_taken_along_and_other_files_are_not(self, folder: Path, output: Path) -> None:
        write_splits(folder, classification("seed", 30), classification("test", 24))
        write_rows(folder / "unstructured.csv", [{"context": "a larch"}, {"context": "a beech"}])
        (folder / "LICENSE").write_text("as you like")
        task, _ = imported(folder, output)
        assert task.unstructured == ("a larch", "a beech")
        assert not (output / "LICENSE").exists()

    def test_training_rows_that_are_also_tests_are_left_out_and_told(self, folder: Path, output: Path) -> None:
        tests = classification("test", 24)
        write_splits(folder, [*classification("seed", 30), *tests[:3]], tests)
        task, notes = imported(folder, output)
        assert (len(task.seeds), len(task.tests)) == (30, 24)
        assert "30 seeds of 33 training rows, 3 of them left out: they are also tests" in notes[1]

    def test_nothing_is_said_of_overlap_where_there_is_none(self, folder: Path, output: Path) -> None:
        write_splits(folder, classification("seed", 30), classification("test", 24))
        _, notes = imported(folder, output)
        assert "left out" not in " ".join(notes)

    def test_a_row_that_cannot_be_read_is_told_with_its_place(self, folder: Path, output: Path) -> None:
        write_splits(folder, classification("seed", 30), classification("test", 24))
        with (folder / "test.csv").open("a") as text:
            text.write("one, two,oak\n")
        with pytest.raises(SourceError, match=r"test\.csv:26: more values than columns"):
            complete_unnamed(folder, output, bundled=None)


class TestBundledTaskOfTheSameName:
    @pytest.fixture
    def bundled(self, tmp_path: Path) -> Path:
        """A bundled task that says what its labels mean, and whose rows are elsewhere."""
        made = tmp_path / "trees"
        made.mkdir()
        (made / "config.yaml").write_text(
            "base:\n  task: classification\ndistil_dagster:\n  licence: CC0\n"
            "  source:\n    homepage: https://example.org/trees\n    question: phrase\n    seeds: 24\n"
        )
        description = {
            "task_description": "Name the tree.",
            "classes_description": {tree: f"It is an {tree}." for tree in TREES},
        }
        (made / "job_description.json").write_text(json.dumps(description))
        return made

    def test_its_description_and_settings_are_taken_to_the_letter(
        self, folder: Path, output: Path, bundled: Path
    ) -> None:
        write_splits(folder, classification("seed", 40), classification("test", 24))
        task, notes = imported(folder, output, bundled=bundled)
        for name in ("config.yaml", "job_description.json"):
            assert (output / name).read_bytes() == (bundled / name).read_bytes()
        assert task.classes["oak"] == "It is an oak."
        assert "of the bundled task trees: its description and settings are taken" in notes[0]

    def test_as_many_seeds_are_drawn_as_it_says_and_in_the_way_of_its_kind(
        self, folder: Path, output: Path, bundled: Path
    ) -> None:
        write_splits(folder, classification("seed", 200), classification("test", 24))
        task, _ = imported(folder, output, bundled=bundled)
        assert Counter(row.answer for row in task.seeds) == dict.fromkeys(TREES, 6)

    def test_rows_with_labels_it_does_not_know_are_no_rows_of_it(
        self, folder: Path, output: Path, bundled: Path
    ) -> None:
        tests = [*classification("test", 24), {"text": "a rare tree", "category": "yew"}]
        write_splits(folder, classification("seed", 40), tests)
        complete_unnamed(folder, output, bundled=bundled)
        with pytest.raises(TaskFolderError, match="no label is named 'yew'"):
            load_task(output)

    def test_a_bundled_task_that_has_its_own_rows_says_nothing_about_these(
        self, folder: Path, output: Path, tiny_task_folder: Path
    ) -> None:
        write_splits(folder, classification("seed", 40), classification("test", 24))
        task, notes = imported(folder, output, bundled=tiny_task_folder)
        assert task.kind.name == "classification"
        assert notes[0] == "supposed from the rows: classification"
