"""What an artifact says about itself: what it was made from, how, when, and what its files hash to."""

import hashlib
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from distil_dagster.tasks.rows import canonical_json

Partition = dict[str, str]
"""Dimension to key, such as `{"student": "smollm2-135m", "task": "smart_home"}`; empty for an unpartitioned asset."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputRecord(_Record):
    """One artifact that another was made from."""

    asset: str
    partition: Partition
    fingerprint: str


class FileRecord(_Record):
    """One file of an artifact; `path` is relative to the artifact's folder."""

    path: str
    bytes: int
    sha256: str


class Recipe(_Record):
    """All that decides what an artifact will be, before it is made."""

    asset: str
    partition: Partition
    inputs: tuple[InputRecord, ...]
    parameters: dict[str, Any]
    code_version: str

    @property
    def key(self) -> str:
        """SHA-256 of the recipe: equal recipes make equal artifacts, up to measurement."""
        return _digest(self.model_dump(mode="json"))


class Manifest(_Record):
    """The recipe of an artifact, and what came of it."""

    recipe: Recipe
    counts: dict[str, int]
    files: tuple[FileRecord, ...]
    fingerprint: str
    created_at: datetime
    run_id: str
    environment: dict[str, str]
    """Versions of Python, of the packages that matter, and the commit; not part of the fingerprint."""
    seconds: float | None = None
    """How long it took to make, an interrupted attempt before it not counted; None if it wasn't recorded. Not part of
    the fingerprint."""

    @property
    def label(self) -> str:
        """Asset and partition as Dagster writes them: `lora_adapter[smollm2-135m|smart_home]`."""
        return artifact_label(self.recipe.asset, self.recipe.partition)


def artifact_label(asset: str, partition: Partition) -> str:
    """`asset[key|key]`, the dimensions in alphabetical order as in Dagster's partition keys."""
    return f"{asset}[{partition_key(partition)}]" if partition else asset


def partition_key(partition: Partition) -> str:
    """The partition as Dagster writes its key."""
    return "|".join(partition[dimension] for dimension in sorted(partition))


def fingerprint(recipe: Recipe, files: tuple[FileRecord, ...]) -> str:
    """SHA-256 over recipe and file contents: the identity of an artifact, and its Dagster data version."""
    return _digest({"recipe": recipe.key, "files": [[file.path, file.sha256] for file in files]})


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
