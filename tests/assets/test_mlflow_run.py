"""`mlflow_run` through Dagster, and that it is there only where there is a tracker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.exports.mlflow_runs import EXPERIMENT, TRACKING_URI, LoggedRun
from tests.assets.materialising import CHECKOUT, materialise
from tests.reports.distilled_student import OF_STUDENT, publish_merged, publish_scores, publish_seeds, write_weights


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


def test_the_scores_are_logged_and_their_run_is_an_artifact(
    store: ArtifactStore, tiny_task_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="the package mlflow-skinny (extra mlflow) is not installed")
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri)
    client.create_experiment("ours", artifact_location=(tmp_path / "files").as_uri())
    monkeypatch.setenv(TRACKING_URI, uri)
    monkeypatch.setenv(EXPERIMENT, "ours")
    seeds = publish_seeds(store, tiny_task_folder)
    scores = publish_scores(store, seeds, publish_merged(store, seeds, write_weights))
    shown = materialise("mlflow_run", store, tiny_task_folder)
    artifact = store.current("mlflow_run", OF_STUDENT)
    logged = artifact.summary(LoggedRun)
    assert artifact.manifest.recipe.inputs == (scores.as_input,)
    assert (shown["server"], shown["experiment"], shown["run_id"]) == (uri, "ours", logged.run_id)
    assert client.get_run(logged.run_id).data.metrics["distilled.accuracy"] == 0.85


@pytest.mark.parametrize("uri", ["", "sqlite:///mlflow.db"])
def test_it_is_in_the_graph_only_where_a_tracker_is_set(tmp_path: Path, uri: str) -> None:
    program = (
        "from distil_dagster.definitions import defs\n"
        "loaded = defs()\n"
        "print('mlflow_run' in {spec.key.to_user_string() for spec in loaded.resolve_all_asset_specs()},"
        " 'track' in {job.name for job in loaded.jobs})"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**os.environ, TRACKING_URI: uri, "DISTIL_HOME": str(tmp_path)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(bool(uri))] * 2
