"""Where artifacts lie, and how one appears: whole or not at all.

Layout under the root, which may be any fsspec address:

    artifacts/<asset>/<key>/…/<fingerprint, 16 digits>/manifest.json and the files it lists
    artifacts/<asset>/<key>/…/current                     the fingerprint of the version in force
    work/<asset>-<recipe, 16 digits>/                     checkpoints of a step that hasn't finished; always local

A version exists once its manifest does. On a local disk it is renamed into place; elsewhere its files are copied
and the manifest last. `current` is replaced after that, so that a killed run leaves the last good version in force.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError
from upath import UPath

from distil_dagster.artifacts.manifest import (
    FileRecord,
    InputRecord,
    Manifest,
    Partition,
    Recipe,
    artifact_label,
    fingerprint,
)

if TYPE_CHECKING:
    import pandas as pd

Model = TypeVar("Model", bound=BaseModel)
MANIFEST = "manifest.json"
CURRENT = "current"
RECORDED_PACKAGES = ("distil_dagster", "dagster", "torch", "transformers", "peft", "faker", "sqlglot", "genai-prices")


class OutdatedArtifact(RuntimeError):  # noqa: N818 - reads as what it is where it is raised
    """An artifact was written in a form that this version of the code doesn't read."""


class MissingArtifact(LookupError):  # noqa: N818 - reads as what it is where it is raised
    """An artifact that a step needs has not been made yet."""


@dataclass(frozen=True)
class Artifact:
    """One published version: its manifest and the folder of its files."""

    manifest: Manifest
    path: UPath
    cache: Path

    @property
    def as_input(self) -> InputRecord:
        """How a recipe names this artifact."""
        recipe = self.manifest.recipe
        return InputRecord(asset=recipe.asset, partition=recipe.partition, fingerprint=self.manifest.fingerprint)

    def local(self) -> Path:
        """The folder on the local disk; fetched into the cache once if the store is elsewhere."""
        if _is_local(self.path):
            return Path(self.path.path)
        target = self.cache / self.manifest.fingerprint
        if not target.exists():
            partial = target.with_name(f".{target.name}-{uuid.uuid4().hex}")
            partial.mkdir(parents=True)
            for record in self.manifest.files:
                file = partial / record.path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes((self.path / record.path).read_bytes())
            try:
                partial.rename(target)
            except OSError:
                if not target.exists():
                    raise
                shutil.rmtree(partial)  # another process fetched the same content first
        return target

    def table(self, name: str) -> "pd.DataFrame":
        """The Parquet table of this name in the artifact."""
        import pandas as pd

        return pd.read_parquet(self.local() / name)

    def summary(self, model: type[Model]) -> Model:
        """The artifact's `summary.json`, read as the model that wrote it.

        Raises OutdatedArtifact if another version of the code wrote it.
        """
        try:
            return model.model_validate_json((self.path / "summary.json").read_text())
        except ValidationError as error:
            recipe = self.manifest.recipe
            raise OutdatedArtifact(
                f"{artifact_label(recipe.asset, recipe.partition)} was made by another version of the code (code "
                f"version {recipe.code_version}) and can't be read any more: make it again"
            ) from error


@dataclass(frozen=True)
class Workspace:
    """The folders of a step at work: `draft` becomes the artifact, `checkpoints` outlives a killed run."""

    draft: Path
    checkpoints: Path


class ArtifactStore:
    """Reads and publishes artifacts under one root."""

    def __init__(self, root: str | UPath, *, scratch: Path) -> None:
        """`root` holds the artifacts and may be any fsspec address; `scratch` is a local folder for work and cache."""
        self.root = UPath(root)
        self.scratch = scratch

    def versions(self, asset: str, partition: Partition) -> list[Artifact]:
        """Every published version, the oldest first."""
        folder = self._folder(asset, partition)
        if not folder.exists():
            return []
        # A name with a dot in front is a copy that was never finished.
        paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
        found = [self._open(path) for path in paths if (path / MANIFEST).exists()]
        return sorted(found, key=lambda artifact: artifact.manifest.created_at)

    def current(self, asset: str, partition: Partition) -> Artifact:
        """The version in force. Raises MissingArtifact, saying what to materialise."""
        pointer = self._folder(asset, partition) / CURRENT
        if not pointer.exists():
            label = artifact_label(asset, partition)
            raise MissingArtifact(f"{label} has not been made yet; materialise it first")
        return self.open(InputRecord(asset=asset, partition=partition, fingerprint=pointer.read_text().strip()))

    def current_of_all(self, asset: str, among: list[Partition]) -> list[Artifact]:
        """The versions in force of those partitions that have one."""
        present = [partition for partition in among if (self._folder(asset, partition) / CURRENT).exists()]
        return [self.current(asset, partition) for partition in present]

    def open(self, record: InputRecord) -> Artifact:
        """The very version that a manifest names. Raises MissingArtifact if its folder is gone."""
        path = self._version(record.asset, record.partition, record.fingerprint)
        if not (path / MANIFEST).exists():
            label = artifact_label(record.asset, record.partition)
            gone = f"{label} {record.fingerprint[:16]} is not in the store any more ({path})"
            raise MissingArtifact(f"{gone}; materialise {label} again, then what is made from it")
        return self._open(path)

    def made_by(self, recipe: Recipe) -> Artifact | None:
        """The latest version made by exactly this recipe, if there is one."""
        made = [a for a in self.versions(recipe.asset, recipe.partition) if a.manifest.recipe.key == recipe.key]
        return made[-1] if made else None

    @contextmanager
    def workspace(self, recipe: Recipe) -> Iterator[Workspace]:
        """Folders to make the recipe's artifact in; `checkpoints` is the same for every attempt at this recipe.

        The draft is removed at the end. Drafts of dead processes are removed at the start.
        """
        folder = self.scratch / "work" / f"{recipe.asset}-{recipe.key[:16]}"
        for leftover in folder.glob("draft-*"):
            if not _is_alive(_owner(leftover)):
                shutil.rmtree(leftover, ignore_errors=True)
        draft = folder / _draft_name()
        draft.mkdir(parents=True)
        checkpoints = folder / "checkpoints"
        checkpoints.mkdir(exist_ok=True)
        try:
            yield Workspace(draft, checkpoints)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            with suppress(OSError):  # checkpoints, or another attempt, are still in it
                folder.rmdir()

    def publish(
        self,
        recipe: Recipe,
        workspace: Workspace,
        counts: Mapping[str, int],
        *,
        run_id: str,
        seconds: float | None = None,
    ) -> Artifact:
        """Make the draft a version, in force from now on, and forget the checkpoints if no one else is at work on it.

        Content that was published before under the same recipe stays as it is and comes into force again.
        """
        files = _file_records(workspace.draft)
        identity = fingerprint(recipe, files)
        target = self._version(recipe.asset, recipe.partition, identity)
        manifest = Manifest(
            recipe=recipe,
            counts=dict(counts),
            files=files,
            fingerprint=identity,
            created_at=datetime.now(UTC),
            run_id=run_id,
            environment=_environment(),
            seconds=seconds,
        )
        if not (target / MANIFEST).exists():
            self._place(workspace.draft, target, manifest)
        self._point(recipe, identity)
        _forget_checkpoints(workspace)
        return self._open(target)

    def input_of(self, artifact: Artifact, asset: str) -> Artifact | None:
        """The version of an asset that an artifact was made from; None if it was made without.

        Raises MissingArtifact if that version is gone.
        """
        record = next((record for record in artifact.manifest.recipe.inputs if record.asset == asset), None)
        return self.open(record) if record else None

    def adopt(self, artifact: Artifact) -> None:
        """Bring an earlier version into force again."""
        self._point(artifact.manifest.recipe, artifact.manifest.fingerprint)

    def _place(self, draft: Path, target: UPath, manifest: Manifest) -> None:
        text = manifest.model_dump_json(indent=2)
        if _is_local(target):
            (draft / MANIFEST).write_text(text)
            _move(draft, Path(target.path))
            return
        for record in manifest.files:
            file = target / record.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes((draft / record.path).read_bytes())
        (target / MANIFEST).write_text(text)

    def _point(self, recipe: Recipe, identity: str) -> None:
        pointer = self._folder(recipe.asset, recipe.partition) / CURRENT
        if _is_local(pointer):
            partial = Path(pointer.path).with_name(f".{CURRENT}-{uuid.uuid4().hex[:8]}")
            partial.write_text(identity)
            partial.replace(pointer.path)
        else:
            pointer.write_text(identity)

    def _open(self, path: UPath) -> Artifact:
        manifest = Manifest.model_validate_json((path / MANIFEST).read_text())
        return Artifact(manifest, path, self.scratch / "cache" / "artifacts")

    def _folder(self, asset: str, partition: Partition) -> UPath:
        folder = self.root / "artifacts" / asset
        for dimension in sorted(partition):
            folder = folder / partition[dimension]
        return folder

    def _version(self, asset: str, partition: Partition, identity: str) -> UPath:
        return self._folder(asset, partition) / identity[:16]


def _is_local(path: UPath) -> bool:
    return path.protocol in {"", "file", "local"}


def _draft_name() -> str:
    return f"draft-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _owner(draft: Path) -> int:
    return int(draft.name.split("-")[1])


def _is_alive(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))


def _move(draft: Path, final: Path) -> None:
    """Bring the draft into place in one step, unless another process has just published the same content there."""
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.exists() and not (final / MANIFEST).exists():  # left by no one we know: it is no version
        shutil.rmtree(final)
    source = draft
    try:
        if draft.stat().st_dev != final.parent.stat().st_dev:
            source = final.with_name(f".{final.name}-{uuid.uuid4().hex[:8]}")
            shutil.copytree(draft, source)
        source.rename(final)
    except OSError:
        if source != draft:
            shutil.rmtree(source, ignore_errors=True)
        if not (final / MANIFEST).exists():
            raise


def _forget_checkpoints(workspace: Workspace) -> None:
    folder = workspace.checkpoints.parent
    drafts = [draft for draft in folder.glob("draft-*") if draft != workspace.draft]
    if any(_is_alive(_owner(draft)) for draft in drafts):
        return
    # Renamed first, so that a kill in the middle leaves no half of a checkpoint to the next attempt.
    spent = folder / _draft_name()
    with suppress(FileNotFoundError):
        workspace.checkpoints.rename(spent)
    shutil.rmtree(spent, ignore_errors=True)


def _file_records(folder: Path) -> tuple[FileRecord, ...]:
    records = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            name = path.relative_to(folder).as_posix()
            records.append(FileRecord(path=name, bytes=path.stat().st_size, sha256=digest))
    return tuple(records)


@cache
def _environment() -> dict[str, str]:
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in RECORDED_PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    checkout = Path(__file__).parents[2]
    if git := shutil.which("git"):
        commit = subprocess.run(
            [git, "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=False,
        )
        if commit.returncode == 0:
            versions["commit"] = commit.stdout.strip()
    return versions
