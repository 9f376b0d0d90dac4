"""Where things lie: the checkout with its bundled tasks and profiles, and the user's own folder `DISTIL_HOME`."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.tasks import Task, TaskFolderError, load_task
from distil_dagster.tasks.folder import CONFIG
from distil_dagster.tasks.importing import complete_unnamed
from distil_dagster.tasks.seed_set import complete_folder, source_of
from distil_dagster.tasks.sourcing import SOURCE_FILE

CHECKOUT = Path(__file__).parents[1]
TASK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
TASK_FILES = (
    "job_description.json",
    "config.yaml",
    "grammar.yaml",
    SOURCE_FILE,
    *(f"{stem}.{ending}" for stem in ("train", "test", "unstructured") for ending in ("jsonl", "csv")),
)


class UnknownTask(LookupError):  # noqa: N818 - reads as what it is where it is raised
    """No task folder has this name."""


@dataclass(frozen=True)
class Home:
    """The user's folder: imported tasks, artifacts, work in progress, caches, logs, Dagster's storage."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """The folder that `DISTIL_HOME` names; `.distil` in the checkout if it isn't set."""
        return cls(Path(os.environ.get("DISTIL_HOME") or CHECKOUT / ".distil").absolute())

    @property
    def dagster(self) -> Path:
        """Dagster's own storage: runs, events, logs."""
        return self.path / "dagster"

    @property
    def base_models(self) -> Path:
        """Converted or fetched base models, by content."""
        return self.path / "cache" / "base_models"

    @property
    def datasets(self) -> Path:
        """Public data sets as the hub sent them."""
        return self.path / "cache" / "datasets"

    @property
    def responses(self) -> Path:
        """What APIs have answered, by content of the request: no answer is paid for twice."""
        return self.path / "responses"

    @property
    def store(self) -> ArtifactStore:
        """The artifacts; `DISTIL_ARTIFACTS` may put them elsewhere, on any fsspec address."""
        return ArtifactStore(os.environ.get("DISTIL_ARTIFACTS") or str(self.path), scratch=self.path)

    def task_folders(self) -> dict[str, Path]:
        """Every task by name: those in the checkout and those imported."""
        folders = {}
        for parent in (CHECKOUT / "tasks", self.path / "tasks"):
            for folder in sorted(parent.glob("*/")) if parent.is_dir() else ():
                if (folder / "config.yaml").exists() and TASK_NAME.fullmatch(folder.name):
                    folders[folder.name] = folder
        return folders

    def task_folder(self, name: str) -> Path:
        """The folder of this task. Raises UnknownTask, listing those there are."""
        folders = self.task_folders()
        if name not in folders:
            known = ", ".join(folders) or "none"
            raise UnknownTask(f"no task is named {name!r}; known are: {known} (distil import FOLDER adds one)")
        return folders[name]

    def complete_task(self, name: str) -> Task:
        """The task with its rows, fetched if they are in a public data set.

        Raises UnknownTask, TaskFolderError, or SourceError if its rows can't be had.
        """
        folder = self.task_folder(name)
        with TemporaryDirectory() as scratch:
            complete_folder(folder, Path(scratch), cache=self.datasets)
            return load_task(Path(scratch), name=name)

    def import_task(self, folder: Path, name: str) -> tuple[Task, list[str]]:
        """Check a folder and copy its files, and only those of the format, under `tasks/<name>`.

        An imported task replaces one that was imported under the same name, and stands before a bundled one.

        Returns:
            The task, and in sentences what the user should know of how it was taken in.

        Raises:
            TaskFolderError: if the folder is no valid task.
            SourceError: if its rows are elsewhere and can't be had.
            ValueError: if the name can't be used.
        """
        if not TASK_NAME.fullmatch(name):
            raise ValueError(f"the name {name!r} must consist of letters, digits, - and _; give another with --name")
        has_settings = not folder.is_dir() or (folder / CONFIG).exists()
        if has_settings and source_of(folder) is None:
            load_task(folder)
        bundled = CHECKOUT / "tasks" / name
        target = self.path / "tasks" / name
        partial = target.with_name(f".{name}-{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            if not has_settings:
                notes = complete_unnamed(folder, partial, bundled=bundled if bundled.is_dir() else None)
            else:
                notes = []
                complete_folder(folder, partial, cache=self.datasets, only=TASK_FILES)
            task = load_task(partial, name=name)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
        except TaskFolderError as error:
            raise TaskFolderError(folder, error.problems) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        if bundled.is_dir():
            notes.append(f"it stands before the bundled task {name}; remove {target} to have that back")
        return task, notes
