"""Where things lie: the checkout with its bundled tasks and profiles, and the user's own folder `DISTIL_HOME`."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.tasks import Task, load_task

CHECKOUT = Path(__file__).parents[1]
TASK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
TASK_FILES = (
    "job_description.json",
    "config.yaml",
    "grammar.yaml",
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

    def import_task(self, folder: Path, name: str) -> Task:
        """Check a folder and copy its files, and only those of the format, under `tasks/<name>`.

        Importing under the name of an imported task replaces it; the name of a bundled one is refused.

        Raises:
            TaskFolderError: if the folder is no valid task.
            ValueError: if the name can't be used.
        """
        if not TASK_NAME.fullmatch(name):
            raise ValueError(f"the name {name!r} must consist of letters, digits, - and _; give another with --name")
        if (CHECKOUT / "tasks" / name).exists():
            raise ValueError(f"{name!r} is the name of a bundled task; give another with --name")
        task = load_task(folder, name=name)
        target = self.path / "tasks" / name
        partial = target.with_name(f".{name}-{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            for file in TASK_FILES:
                if (folder / file).exists():
                    shutil.copyfile(folder / file, partial / file)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return task
