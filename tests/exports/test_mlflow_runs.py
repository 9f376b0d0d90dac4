"""Runs in a real MLflow database, read back with MLflow's own client."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.exports import mlflow_runs
from distil_dagster.exports.extras import MissingExtra
from distil_dagster.exports.mlflow_runs import TRACKING_URI, TrackingFailed, log_run, tracking_server
from distil_dagster.exports.tracked_run import TrackedRun, tracked_run

needs_mlflow = pytest.mark.skipif(
    importlib.util.find_spec("mlflow") is None, reason="the package mlflow-skinny (extra mlflow) is not installed"
)


@pytest.fixture
def run(store: ArtifactStore, priced_scores: Artifact) -> TrackedRun:
    return tracked_run(store, priced_scores)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an MLflow database, made once: MLflow runs all its migrations on a new one."""
    folder = tmp_path_factory.mktemp("mlflow")
    before = Path.cwd()
    os.chdir(folder)  # MLflow puts the files of runs beside where it is started
    yield folder
    os.chdir(before)


@pytest.fixture
def client(database: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    from mlflow import MlflowClient

    uri = f"sqlite:///{database / 'mlflow.db'}"
    monkeypatch.setenv(TRACKING_URI, uri)
    monkeypatch.setenv(mlflow_runs.EXPERIMENT, request.node.name)
    return MlflowClient(tracking_uri=uri)


@needs_mlflow
def test_a_run_holds_parameters_metrics_and_fingerprints(client: Any, run: TrackedRun) -> None:
    logged = client.get_run(log_run(run).run_id)
    assert (logged.info.run_name, logged.info.status) == ("tiny-20m for tiny", "FINISHED")
    assert (logged.info.start_time, logged.info.end_time) == tuple(
        round(instant.timestamp() * 1000) for instant in (run.began, run.ended)
    )
    assert logged.data.params == run.params
    assert {**run.metrics}.items() <= logged.data.metrics.items()
    assert run.tags.items() <= logged.data.tags.items()


@needs_mlflow
def test_a_curve_is_a_history_of_its_metric(client: Any, run: TrackedRun) -> None:
    long = replace(run, curves={"distilled.loss": [(step, 1 / step) for step in range(1, 1502)]})
    history = client.get_metric_history(log_run(long).run_id, "distilled.loss")
    assert sorted((point.step, point.value) for point in history) == long.curves["distilled.loss"]


@needs_mlflow
def test_more_parameters_than_mlflow_takes_at_once_are_all_logged(client: Any, run: TrackedRun) -> None:
    many = replace(run, params={f"setting.{number}": "x" * number for number in range(250)})
    assert client.get_run(log_run(many).run_id).data.params == many.params


@needs_mlflow
def test_manifests_and_model_card_are_files_of_the_run(client: Any, run: TrackedRun) -> None:
    run_id = log_run(run).run_id
    assert [file.path for file in client.list_artifacts(run_id)] == ["manifests", "model_card.md"]
    files = {path: Path(client.download_artifacts(run_id, path)).read_text() for path in run.texts}
    assert files == run.texts


@needs_mlflow
def test_the_same_artifacts_are_logged_once(client: Any, run: TrackedRun) -> None:
    first = log_run(run)
    assert log_run(run) == first
    assert log_run(replace(run, identity="another")).run_id != first.run_id


@needs_mlflow
def test_a_run_that_broke_off_is_marked_failed_and_logged_anew(client: Any, run: TrackedRun) -> None:
    with pytest.raises(TrackingFailed, match=r"did not take the run tiny-20m for tiny: .*not a metric"):
        log_run(replace(run, metrics={"not a metric!": 1.0}))
    (experiment,) = client.search_experiments(filter_string=f"name = '{os.environ[mlflow_runs.EXPERIMENT]}'")
    (broken,) = client.search_runs([experiment.experiment_id])
    assert broken.info.status == "FAILED"
    assert log_run(run).run_id != broken.info.run_id


@needs_mlflow
def test_each_task_has_an_experiment_of_its_own_by_default(
    client: Any, run: TrackedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(mlflow_runs.EXPERIMENT)
    logged = log_run(run)
    assert logged.experiment == "distil_dagster/tiny"
    assert client.get_experiment(client.get_run(logged.run_id).info.experiment_id).name == logged.experiment


def test_without_an_address_it_says_what_to_set(run: TrackedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TRACKING_URI, raising=False)
    with pytest.raises(ValueError, match="set MLFLOW_TRACKING_URI"):
        log_run(run)


def test_without_mlflow_it_says_what_to_install(run: TrackedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRACKING_URI, "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'distil_dagster\[mlflow\]'"):
        log_run(run)


@pytest.mark.parametrize(
    ("uri", "server"),
    [
        ("https://me:secret@mlflow.example:5000/a", "https://mlflow.example:5000/a"),
        ("http://mlflow.example", "http://mlflow.example"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
    ],
)
def test_no_password_is_recorded(uri: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRACKING_URI, uri)
    assert tracking_server() == server
