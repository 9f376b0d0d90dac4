"""A Ray cluster, as far as jobs need it: its address, its nodes, and the jobs that a killed run has left there."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from distil_dagster.machines.settings import RayLauncher
from resources.terminal import was_killed
from resources.worker import WorkerFailed

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

STOP_SECONDS = 20.0


def connect(settings: RayLauncher) -> "JobSubmissionClient":
    """A client of the cluster's head. Raises WorkerFailed, saying what is missing."""
    try:
        from ray.job_submission import JobSubmissionClient
    except ImportError as error:
        raise WorkerFailed("launcher.kind is ray and Ray is missing: pip install 'distil_dagster[ray]'") from error
    try:
        return JobSubmissionClient(settings.address)
    except ConnectionError as error:
        raise WorkerFailed(
            f"no Ray cluster answers at {settings.address}: start one with `ray start --head`, or correct "
            "launcher.address in the profile"
        ) from error


def stop_orphans(client: "JobSubmissionClient") -> None:
    """Stop the jobs of runs of this machine that were killed and could not stop them themselves."""
    for details in client.list_jobs():
        if not details.status.is_terminal() and was_killed(details.metadata or {}):
            stop(client, str(details.submission_id))


def stop(client: "JobSubmissionClient", job: str) -> None:
    """Have a job stopped, and wait for its end for a while."""
    with suppress(OSError, RuntimeError):
        client.stop_job(job)
        deadline = time.monotonic() + STOP_SECONDS
        while not client.get_job_status(job).is_terminal() and time.monotonic() < deadline:
            time.sleep(0.5)


def has_other_node(settings: RayLauncher, node: str | None, demands: Mapping[str, float]) -> bool:
    """Whether another living node has all that is asked for, be it free or not."""
    from ray.util.state import list_nodes
    from ray.util.state.exception import RayStateApiException

    try:
        living = list_nodes(address=settings.address, filters=[("state", "=", "ALIVE")], detail=True)
    except (OSError, RayStateApiException):  # a cluster that has just lost a node may not know
        return False
    return any(
        other.node_id != node
        and all((other.resources_total or {}).get(name, 0) >= amount for name, amount in demands.items())
        for other in living
    )
