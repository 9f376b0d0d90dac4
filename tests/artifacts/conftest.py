"""A store in a folder of the test's own, and the making of small artifacts in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore, Recipe

Make = Callable[..., Artifact]


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    """A store whose artifacts and work lie on the same local disk."""
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


@pytest.fixture
def make() -> Make:
    """Publishes files as an artifact: `make(store, "corpus", files={"a.txt": "x"}, inputs=[…])`."""

    def publish(
        store: ArtifactStore,
        asset: str,
        *,
        files: Mapping[str, str] | None = None,
        inputs: Sequence[Artifact] = (),
        partition: Mapping[str, str] | None = None,
        parameters: Mapping[str, object] | None = None,
    ) -> Artifact:
        recipe = Recipe(
            asset=asset,
            partition=dict(partition or {}),
            inputs=tuple(artifact.as_input for artifact in inputs),
            parameters=dict(parameters or {}),
            code_version="1",
        )
        with store.workspace(recipe) as workspace:
            for name, text in (files or {"content.txt": asset}).items():
                path = workspace.draft / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return store.publish(recipe, workspace, {"files": len(files or {"": ""})}, run_id="run")

    return publish
