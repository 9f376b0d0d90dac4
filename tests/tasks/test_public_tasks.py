"""The bundled tasks whose rows are public: their descriptions know the labels, and real rows become whole tasks."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from distil_dagster.home import CHECKOUT, Home
from distil_dagster.tasks import Task
from distil_dagster.tasks.folder import settings_of
from distil_dagster.tasks.job_description import JobDescription, read_job_description
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.seed_set import kind_of_folder, source_of
from distil_dagster.tasks.source import RowSource
from distil_dagster.tasks.sourcing import SourceCounts, SourceError

KINDS = {
    "banking77": "classification",
    "trec": "classification",
    "ecommerce": "classification",
    "hotpotqa": "question-answering-open-book",
}
LABELS = {"banking77": 77, "trec": 6, "ecommerce": 4}
OVERLAP = 7
"""Texts of banking77 that its training and test splits share but for case and blanks."""
LONGEST_DESCRIPTION = 11
"""Words for one label of banking77: a small model reads all 77 of them before each question."""


def bundled(name: str) -> Path:
    return CHECKOUT / "tasks" / name


def described(name: str) -> JobDescription:
    faults: list[str] = []
    text = (bundled(name) / "job_description.json").read_text(encoding="utf-8")
    job = read_job_description(text, lambda _, message: faults.append(message))
    assert faults == []
    return job


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def csv_records(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


class TestFolders:
    @pytest.mark.parametrize("name", KINDS)
    def test_they_hold_settings_and_a_description_and_no_rows(self, name: str) -> None:
        assert sorted(file.name for file in bundled(name).iterdir()) == ["config.yaml", "job_description.json"]
        assert kind_of_folder(bundled(name)).name == KINDS[name]

    @pytest.mark.parametrize("name", KINDS)
    def test_they_say_where_the_rows_are_and_under_which_licence(self, name: str) -> None:
        source, settings = source_of(bundled(name)), settings_of(bundled(name))
        assert source is not None
        assert source.address
        assert source.seeds == 50
        assert settings is not None
        assert settings.distil_dagster.licence

    @pytest.mark.parametrize("name", ["banking77", "trec", "hotpotqa"])
    def test_rows_on_the_hub_are_those_of_one_commit(self, name: str) -> None:
        source = source_of(bundled(name))
        assert source is not None
        assert source.hub
        assert source.revision
        assert len(source.revision) == 40
        assert int(source.revision, 16)

    @pytest.mark.parametrize("name", LABELS)
    def test_every_label_has_a_description_that_no_other_has(self, name: str) -> None:
        classes = described(name).classes
        assert len(classes) == LABELS[name]
        assert all(classes.values())
        assert len({folded(description) for description in classes.values()}) == len(classes)

    def test_seventy_seven_descriptions_stay_short(self) -> None:
        for label, description in described("banking77").classes.items():
            assert len(description.split()) <= LONGEST_DESCRIPTION, label

    def test_answers_in_free_words_come_with_instructions_for_a_judge(self) -> None:
        assert described("hotpotqa").judge_instructions

    def test_rows_that_only_a_person_can_fetch_are_told_with_their_homepage(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"https://www\.kaggle\.com/.*distil import FOLDER --name TASK"):
            Home(tmp_path / "home").import_task(bundled("ecommerce"), "goods")


class Imported:
    """A public data set as the user's own copy of it is taken in."""

    def __init__(self, rows: Path, name: str, home: Home) -> None:
        self.rows = rows
        self.task, self.notes = home.import_task(rows, name)
        self.folder = home.task_folder(name)
        self.counts = SourceCounts.model_validate_json((self.folder / "source.json").read_text())

    @property
    def seeds_by_answer(self) -> Counter[str]:
        return Counter(row.answer for row in self.task.seeds)


def take_in(shared_data: Path, name: str, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    if not (shared_data / name).is_dir():
        pytest.skip(f"there is no {shared_data / name}")
    return Imported(shared_data / name, name, Home(tmp_path_factory.mktemp(name)))


def assert_described_as_bundled(task: Task, notes: list[str]) -> None:
    assert task.job == described(task.name)
    assert f"of the bundled task {task.name}: its description and settings are taken" in notes[0]
    assert f"it stands before the bundled task {task.name}" in notes[-1]


def assert_apart(seeds: tuple[Row, ...], tests: tuple[Row, ...]) -> None:
    def asked(rows: tuple[Row, ...]) -> set[str]:
        return {folded(f"{row.question} {row.context or ''}") for row in rows}

    assert asked(seeds) & asked(tests) == set()


class TestBanking77:
    @pytest.fixture(scope="class")
    def imported(self, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
        return take_in(shared_data, "banking77", tmp_path_factory)

    def test_it_is_described_as_the_bundled_task(self, imported: Imported) -> None:
        assert_described_as_bundled(imported.task, imported.notes)

    def test_its_labels_are_the_official_ones_as_they_are_spelt(self, imported: Imported) -> None:
        official = set(json.loads((imported.rows / "categories.json").read_text()))
        trained = {record["category"] for record in csv_records(imported.rows / "train.csv")}
        assert set(imported.task.classes) == official == trained

    def test_the_official_test_set_stays_whole(self, imported: Imported) -> None:
        assert len(imported.task.tests) == imported.counts.test_rows == 3_080
        assert Counter(row.answer for row in imported.task.tests) == dict.fromkeys(imported.task.classes, 40)

    def test_fifty_seeds_are_of_fifty_labels(self, imported: Imported) -> None:
        assert len(imported.task.seeds) == 50
        assert set(imported.seeds_by_answer.values()) == {1}

    def test_texts_of_both_splits_are_never_seeds_and_counted(self, imported: Imported) -> None:
        tests = {folded(row.question) for row in imported.task.tests}
        both = [
            folded(record["text"])
            for record in csv_records(imported.rows / "train.csv")
            if folded(record["text"]) in tests
        ]
        assert len(set(both)) == OVERLAP
        assert imported.counts.train_rows_also_in_test == len(both)
        assert_apart(imported.task.seeds, imported.task.tests)


class TestEcommerce:
    @pytest.fixture(scope="class")
    def imported(self, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
        return take_in(shared_data, "ecommerce", tmp_path_factory)

    def test_it_is_described_as_the_bundled_task(self, imported: Imported) -> None:
        assert_described_as_bundled(imported.task, imported.notes)

    def test_all_of_its_rows_are_taken_twelve_seeds_and_twenty_four_tests_a_label(self, imported: Imported) -> None:
        assert imported.seeds_by_answer == dict.fromkeys(imported.task.classes, 12)
        assert Counter(row.answer for row in imported.task.tests) == dict.fromkeys(imported.task.classes, 24)
        assert_apart(imported.task.seeds, imported.task.tests)

    def test_its_unlabelled_texts_come_along(self, imported: Imported) -> None:
        assert len(imported.task.unstructured) == 1_000


class TestHotpotQA:
    @pytest.fixture(scope="class")
    def imported(self, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
        return take_in(shared_data, "hotpotqa", tmp_path_factory)

    def test_it_is_described_as_the_bundled_task(self, imported: Imported) -> None:
        assert_described_as_bundled(imported.task, imported.notes)
        assert imported.task.kind.name == KINDS["hotpotqa"]

    def test_all_of_its_rows_are_taken_and_each_has_paragraphs(self, imported: Imported) -> None:
        assert (len(imported.task.seeds), len(imported.task.tests)) == (50, 100)
        assert all(row.context and "\n\n" in row.context for row in (*imported.task.seeds, *imported.task.tests))
        assert_apart(imported.task.seeds, imported.task.tests)

    def test_its_own_answers_score_full_marks(self, imported: Imported) -> None:
        task = imported.task
        for row in task.seeds:
            (example,) = task.kind.expand(row)
            assert task.kind.score(task, example, example.target).metrics["exact_match"] == 1


def test_rows_in_the_form_of_trec_become_the_task(tmp_path: Path) -> None:
    source = source_of(bundled("trec"))
    assert source is not None
    rows = tmp_path / "rows"
    rows.mkdir()
    labels = list(described("trec").classes)
    for stem, count in (("train", 120), ("test", 24)):
        records = (
            {
                "text": f"Which {stem} question is number {index} ?",
                "label_coarse": index % 6,
                "label_coarse_original": labels[index % 6],
            }
            for index in range(count)
        )
        (rows / f"{stem}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    folder = tmp_path / "trec"
    shutil.copytree(bundled("trec"), folder)
    settings = yaml.safe_load((folder / "config.yaml").read_text())
    local = RowSource(path=str(rows), question=source.question, answer=source.answer, seeds=source.seeds)
    settings["distil_dagster"]["source"] = local.model_dump(exclude_defaults=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    task, _ = Home(tmp_path / "home").import_task(folder, "questions")
    assert (len(task.seeds), len(task.tests)) == (50, 24)
    assert sorted(Counter(row.answer for row in task.seeds).values()) == [8, 8, 8, 8, 9, 9]
    assert set(task.classes) == {"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"}
