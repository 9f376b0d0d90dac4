"""The user's folder: which tasks there are, and how one is imported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from distil_dagster.home import CHECKOUT, Home, UnknownTask
from distil_dagster.tasks import TaskFolderError, load_task


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestImport:
    def test_an_imported_task_is_known_by_its_name_and_reads_the_same(self, home: Home, tiny_task_folder: Path) -> None:
        task, _ = home.import_task(tiny_task_folder, "mine")
        assert task.name == "mine"
        assert home.task_folder("mine") == home.path / "tasks" / "mine"
        assert load_task(home.task_folder("mine")) == task

    def test_only_files_of_the_format_are_copied(self, home: Home, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "grammar.yaml").write_text("stop:\n  - be still\n")
        (tiny_task_folder / "unstructured.csv").write_text("context\na log\n")
        (tiny_task_folder / "notes.md").write_text("my notes")
        (tiny_task_folder / "train.jsonl.bak").write_text("old")
        (tiny_task_folder / "raw").mkdir()
        (tiny_task_folder / "raw" / "train.jsonl").write_text("raw")
        home.import_task(tiny_task_folder, "mine")
        assert names_in(home.task_folder("mine")) == [
            "config.yaml",
            "grammar.yaml",
            "job_description.json",
            "test.jsonl",
            "train.jsonl",
            "unstructured.csv",
        ]

    def test_the_folder_it_came_from_stays_as_it_was(self, home: Home, tiny_task_folder: Path) -> None:
        before = {path.name: path.read_bytes() for path in tiny_task_folder.iterdir()}
        home.import_task(tiny_task_folder, "mine")
        assert {path.name: path.read_bytes() for path in tiny_task_folder.iterdir()} == before

    def test_importing_again_replaces_the_task_with_all_its_files(
        self, home: Home, tiny_task_folder: Path, tiny_multi_turn_folder: Path
    ) -> None:
        (tiny_task_folder / "grammar.yaml").write_text("stop:\n  - be still\n")
        home.import_task(tiny_task_folder, "mine")
        home.import_task(tiny_multi_turn_folder, "mine")
        assert load_task(home.task_folder("mine")).kind.name == "multi-turn-tool-calling-closed-book"
        assert "grammar.yaml" not in names_in(home.task_folder("mine"))
        assert names_in(home.path / "tasks") == ["mine"]

    def test_a_task_may_be_imported_from_where_it_already_lies(self, home: Home, tiny_task_folder: Path) -> None:
        imported = home.import_task(tiny_task_folder, "mine")
        assert home.import_task(home.task_folder("mine"), "mine") == imported

    def test_under_the_name_of_a_bundled_task_it_stands_before_that_and_says_so(
        self, home: Home, tiny_task_folder: Path
    ) -> None:
        _, notes = home.import_task(tiny_task_folder, "smart_home")
        own = home.path / "tasks" / "smart_home"
        assert notes == [f"it stands before the bundled task smart_home; remove {own} to have that back"]
        assert home.task_folder("smart_home") == own
        shutil.rmtree(own)
        assert home.task_folder("smart_home") == CHECKOUT / "tasks" / "smart_home"

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "a/b", "../mine", "my task", ".hidden", "-x", "a|b", "naïve", "a\n"]
    )
    def test_a_name_that_can_be_no_partition_is_refused(self, home: Home, tiny_task_folder: Path, name: str) -> None:
        with pytest.raises(ValueError, match="must consist of letters, digits, - and _; give another with --name"):
            home.import_task(tiny_task_folder, name)
        assert not home.path.exists()

    def test_an_invalid_folder_leaves_nothing_behind(self, home: Home, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "test.jsonl").unlink()
        with pytest.raises(TaskFolderError, match=r"test\.jsonl: missing"):
            home.import_task(tiny_task_folder, "mine")
        assert not home.path.exists()

    def test_an_invalid_folder_leaves_the_task_imported_before(
        self, home: Home, tiny_task_folder: Path, tiny_multi_turn_folder: Path
    ) -> None:
        task, _ = home.import_task(tiny_task_folder, "mine")
        (tiny_multi_turn_folder / "train.jsonl").write_text("not json\n")
        with pytest.raises(TaskFolderError):
            home.import_task(tiny_multi_turn_folder, "mine")
        assert load_task(home.task_folder("mine")) == task

    def test_a_copy_that_fails_leaves_the_task_imported_before(
        self, home: Home, tiny_task_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, _ = home.import_task(tiny_task_folder, "mine")

        def fail(*_: object) -> None:
            raise OSError("no space left on device")

        monkeypatch.setattr(shutil, "copyfile", fail)
        with pytest.raises(OSError, match="no space left"):
            home.import_task(tiny_task_folder, "mine")
        assert load_task(home.task_folder("mine")) == task
        assert names_in(home.path / "tasks") == ["mine"]


class TestTaskFolders:
    def test_bundled_tasks_are_always_there(self, home: Home) -> None:
        assert home.task_folders()["smart_home"] == CHECKOUT / "tasks" / "smart_home"

    def test_folders_that_can_be_no_task_are_passed_over(self, home: Home, tiny_task_folder: Path) -> None:
        home.import_task(tiny_task_folder, "mine")
        (home.path / "tasks" / "empty").mkdir()
        (home.path / "tasks" / "a file").write_text("")
        shutil.copytree(tiny_task_folder, home.path / "tasks" / ".mine-123")
        shutil.copytree(tiny_task_folder, home.path / "tasks" / "my task")
        assert set(home.task_folders()) - {path.name for path in (CHECKOUT / "tasks").iterdir()} == {"mine"}

    def test_an_unknown_task_lists_the_known_ones(self, home: Home, tiny_task_folder: Path) -> None:
        home.import_task(tiny_task_folder, "mine")
        with pytest.raises(UnknownTask, match=r"no task is named 'yours'; known are: .*smart_home.*mine"):
            home.task_folder("yours")


class TestWhere:
    def test_the_environment_decides(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DISTIL_HOME", str(tmp_path))
        assert Home.from_environment().path == tmp_path

    def test_a_relative_path_is_made_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DISTIL_HOME", "here")
        assert Home.from_environment().path == tmp_path / "here"

    @pytest.mark.parametrize("value", [None, ""])
    def test_it_is_in_the_checkout_otherwise(self, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
        if value is None:
            monkeypatch.delenv("DISTIL_HOME", raising=False)
        else:
            monkeypatch.setenv("DISTIL_HOME", value)
        assert Home.from_environment().path == CHECKOUT / ".distil"

    def test_artifacts_lie_in_it_unless_they_are_put_elsewhere(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DISTIL_ARTIFACTS", raising=False)
        assert str(home.store.root) == str(home.path)
        monkeypatch.setenv("DISTIL_ARTIFACTS", "memory://bucket/artifacts")
        assert str(home.store.root).startswith("memory://")
        assert home.store.scratch == home.path

    def test_looking_at_it_makes_no_folder(self, home: Home) -> None:
        home.task_folders()
        assert home.store.versions("corpus", {}) == []
        assert not home.path.exists()
