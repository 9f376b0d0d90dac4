"""Tracked runs in MLflow, on the server or in the database that `MLFLOW_TRACKING_URI` names.

Needs no more than `mlflow-skinny`. A run that is there already, of the very same artifacts, is not logged again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict

from distil_dagster.exports.extras import require
from distil_dagster.exports.tracked_run import TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

TRACKING_URI = "MLFLOW_TRACKING_URI"
EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
"""The experiment that runs are logged to; by default one for each task, `distil_dagster/<task>`."""
IDENTITY = "distil_dagster.identity"
"""The tag by which a run is found again."""
MAX_METRICS, MAX_PARAMS = 1000, 100
"""How many MLflow takes at once."""

Item = TypeVar("Item")


class TrackingFailed(RuntimeError):  # noqa: N818 - reads as what it is where it is raised
    """MLflow did not take a run."""


class LoggedRun(BaseModel):
    """Where a run was logged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: str
    """Its address without user and password."""
    experiment: str
    run_id: str


def tracking_server() -> str:
    """The address in `MLFLOW_TRACKING_URI`, without user and password. Raises ValueError if it isn't set."""
    return re.sub(r"(?<=://)[^/]*@", "", _tracking_uri())


def log_run(run: TrackedRun) -> LoggedRun:
    """Log the run with its curves and files, unless it was logged before.

    A run that breaks off stays behind as failed, or, after a kill, as running; the next attempt logs another.

    Raises:
        ValueError: if `MLFLOW_TRACKING_URI` isn't set.
        MissingExtra: saying what to install.
        TrackingFailed: with what MLflow said.
    """
    server = tracking_server()
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported
    require("mlflow", "mlflow")
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    experiment = os.environ.get(EXPERIMENT) or f"distil_dagster/{run.task}"
    try:
        run_id = _logged(MlflowClient(tracking_uri=_tracking_uri()), experiment, run)
    except MlflowException as error:
        raise TrackingFailed(f"MLflow at {server} did not take the run {run.name}: {error.message}") from error
    return LoggedRun(server=server, experiment=experiment, run_id=run_id)


def _tracking_uri() -> str:
    uri = os.environ.get(TRACKING_URI)
    if not uri:
        raise ValueError(f"set {TRACKING_URI} to the address of an MLflow server, or to sqlite:///mlflow.db")
    return uri


def _logged(client: MlflowClient, experiment: str, run: TrackedRun) -> str:
    known = client.get_experiment_by_name(experiment)
    experiment_id = known.experiment_id if known else client.create_experiment(experiment)
    same = f"tags.`{IDENTITY}` = '{run.identity}' and attributes.status = 'FINISHED'"
    run_id: str
    if before := client.search_runs([experiment_id], same, max_results=1):
        run_id = before[0].info.run_id
        return run_id
    made = client.create_run(
        experiment_id, start_time=_milliseconds(run.began), tags={**run.tags, IDENTITY: run.identity}, run_name=run.name
    )
    run_id = made.info.run_id
    status = "FAILED"
    try:
        _log(client, run_id, run)
        status = "FINISHED"
    finally:
        client.set_terminated(run_id, status, end_time=_milliseconds(run.ended))
    return run_id


def _log(client: MlflowClient, run_id: str, run: TrackedRun) -> None:
    from mlflow.entities import Metric, Param

    ended = _milliseconds(run.ended)
    metrics = [Metric(name, value, ended, 0) for name, value in run.metrics.items()]
    metrics += [Metric(name, value, ended, step) for name, curve in run.curves.items() for step, value in curve]
    for batch in _batches(metrics, MAX_METRICS):
        client.log_batch(run_id, metrics=batch)
    for params in _batches([Param(name, value) for name, value in run.params.items()], MAX_PARAMS):
        client.log_batch(run_id, params=params)
    for path, text in run.texts.items():
        client.log_text(run_id, text, path)


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
