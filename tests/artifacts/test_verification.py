"""A file that is not what its manifest says is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from upath import UPath

from distil_dagster.artifacts import Artifact, ArtifactStore, DamagedArtifact, check_whole, damage

Make = Callable[..., Artifact]


@pytest.fixture(params=["on the disk", "elsewhere"])
def artifact(request: pytest.FixtureRequest, tmp_path: Path, make: Make) -> Artifact:
    root = UPath(f"memory://{tmp_path.name}") if request.param == "elsewhere" else UPath(tmp_path / "home")
    return make(ArtifactStore(root, scratch=tmp_path), "adapter", files={"a.txt": "one", "b/c.txt": "two"})


def problems(artifact: Artifact) -> dict[str, str]:
    return {found.file: found.problem for found in damage(artifact)}


def test_what_was_just_published_is_whole(artifact: Artifact) -> None:
    assert damage(artifact) == []


def test_a_changed_file_and_a_missing_one_are_named(artifact: Artifact) -> None:
    artifact.local()  # a copy fetched before must not hide it
    (artifact.path / "a.txt").write_text("uno")
    (artifact.path / "b" / "c.txt").unlink()
    assert problems(artifact) == {"a.txt": "changed", "b/c.txt": "missing"}


def test_a_manifest_made_to_fit_a_changed_file_no_longer_fits_its_own_fingerprint(
    tmp_path: Path, store: ArtifactStore, make: Make
) -> None:
    artifact = make(store, "adapter", files={"a.txt": "one"})
    other = make(store, "adapter", files={"a.txt": "uno"})
    forged = json.loads((artifact.path / "manifest.json").read_text())
    forged["files"] = json.loads((other.path / "manifest.json").read_text())["files"]
    (artifact.path / "manifest.json").write_text(json.dumps(forged))
    (artifact.path / "a.txt").write_text("uno")
    assert problems(store.open(artifact.as_input)) == {"manifest.json": "changed"}


def test_the_sentence_names_artifact_and_file(store: ArtifactStore, make: Make) -> None:
    artifact = make(store, "adapter", files={"a.txt": "one"})
    assert check_whole(1, 1, damage(artifact)).startswith("1 files of 1 artifacts are as they were written")
    (artifact.path / "a.txt").unlink()
    with pytest.raises(DamagedArtifact, match=rf"adapter {artifact.manifest.fingerprint[:16]}: a.txt is missing"):
        check_whole(1, 1, damage(artifact))
