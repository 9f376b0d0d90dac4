"""Are the files of an artifact still those that it was published with?"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from distil_dagster.artifacts.manifest import fingerprint
from distil_dagster.artifacts.store import MANIFEST, Artifact


class DamagedArtifact(RuntimeError):  # noqa: N818 - a finding about the store, not a fault of the program
    """Files of an artifact are not what was written; the message names them."""


@dataclass(frozen=True)
class Damage:
    """A file that is not as its manifest says."""

    artifact: str
    """As Dagster writes it: `lora_adapter[smollm2-135m|smart_home]`."""
    fingerprint: str
    file: str
    problem: Literal["missing", "changed"]


def damage(artifact: Artifact) -> list[Damage]:
    """Hash every file of the artifact again. A manifest that does not hash to its own fingerprint is changed, too."""
    manifest = artifact.manifest

    def found(file: str, problem: Literal["missing", "changed"]) -> Damage:
        return Damage(manifest.label, manifest.fingerprint, file, problem)

    problems = [
        found(record.path, "missing" if digest is None else "changed")
        for record in manifest.files
        if (digest := _sha256(artifact, record.path)) != record.sha256
    ]
    if fingerprint(manifest.recipe, manifest.files) != manifest.fingerprint:
        problems.append(found(MANIFEST, "changed"))
    return problems


def check_whole(artifacts: int, files: int, problems: list[Damage]) -> str:
    """A sentence that says that all is as it was written. Raises DamagedArtifact otherwise."""
    if problems:
        named = "; ".join(
            f"{each.artifact} {each.fingerprint[:16]}: {each.file} is {each.problem}" for each in problems
        )
        raise DamagedArtifact(f"{len(problems)} of {files} files are not what was written. {named}")
    return f"{files} files of {artifacts} artifacts are as they were written: all hashes agree"


def _sha256(artifact: Artifact, path: str) -> str | None:
    """Of the file where it is kept, not of a copy fetched before; None if it is gone."""
    try:
        with (artifact.path / path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
