"""A worker as a job of a Ray cluster.

Ray's job submission is used as it is, and not through the Pipes client of `dagster-ray` (0.4.8, Apache-2.0), because a
step must not be lost with a machine, and that client

- has no second attempt: a job whose worker or node was killed fails the step;
- fails a job that has waited for a GPU for 15 minutes, as Ray does by itself, though one that trains takes hours;
- reads messages from a stream of the log, in which a line may come in two pieces, and the rest of which is lost when
  the connection is;
- serves one run per object, for its reader stays closed after the first, and leaves the job running when anything but
  an interruption ends the step.

What is left to do then is what stands here. The messages are lines of the job's log, which is asked for as a whole
again and again: it is short, and nothing is lost with a connection. See
https://docs.ray.io/en/latest/cluster/running-applications/job-submission/sdk.html for the API.
"""

import hashlib
import json
import shlex
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

import distil_dagster
from distil_dagster.home import Home
from distil_dagster.machines.errors import MachineError
from distil_dagster.machines.exchange import WRITTEN, Exchange
from distil_dagster.machines.settings import Device, RayLauncher
from distil_dagster.machines.step import step_command
from resources.job_log import JobLogReader
from resources.ray_cluster import connect, has_other_node, stop, stop_orphans
from resources.terminal import process_tags
from resources.worker import WorkerFailed, failure, fatal_signal

if TYPE_CHECKING:
    from ray.job_submission import JobDetails, JobSubmissionClient

POLL_SECONDS = 2.0
SILENCE_SECONDS = 120.0
"""How long the cluster's head may not answer before the step gives up."""


def run_ray_job(
    context: dg.AssetExecutionContext,
    module: str,
    arguments: Sequence[str],
    *,
    processes: int,
    device: Device,
    settings: RayLauncher,
    log: Path,
) -> Sequence[object]:
    """Run a worker to its end on a node of the cluster, and return the messages of its own that it sent through Pipes.

    A worker that was killed, alone or with its node, is started again on another node if there is one, and goes on
    from its last checkpoint.

    Raises:
        WorkerFailed: if it ended with an error, or was killed too often.
    """
    client = connect(settings)
    stop_orphans(client)
    with log.open("a", encoding="utf-8") as output, _carried(settings, module, arguments) as exchange:
        reader = JobLogReader(output)
        injector = dg.PipesEnvContextInjector()
        with dg.open_pipes_session(context, context_injector=injector, message_reader=reader) as session:
            command = step_command(
                device, module, arguments, processes=processes, exchange=exchange, python=settings.python
            )
            jobs = _Jobs(
                context=context,
                client=client,
                settings=settings,
                reader=reader,
                module=module,
                log=log,
                entrypoint=shlex.join(command),
                environment=session.get_bootstrap_env_vars(),
                gpus=device.num_processes if device.kind == "cuda" else 0,
            )
            jobs.run()
    return session.get_custom_messages()


@dataclass(frozen=True)
class _Jobs:
    """The jobs of one worker: one, and another whenever it was killed."""

    context: dg.AssetExecutionContext
    client: "JobSubmissionClient"
    settings: RayLauncher
    reader: JobLogReader
    module: str
    log: Path
    entrypoint: str
    environment: Mapping[str, str]
    gpus: int

    def run(self) -> None:
        """Run jobs until one has ended by itself. Raises WorkerFailed if it did not succeed."""
        avoided: str | None = None
        killed = 0
        while True:
            details = self._run_once(avoided)
            if details.status == "SUCCEEDED":
                return
            if details.error_type == "JOB_SUPERVISOR_ACTOR_START_TIMEOUT":
                self.context.log.info(f"{self.module} has waited long and goes on waiting for {self._demanded}")
                continue
            reason = _killed(details)
            if reason is None:
                raise self._failure(details)
            if killed == self.settings.retries:
                raise WorkerFailed(f"{reason}, {killed + 1} times (log of {self.module}: {self.log})")
            killed += 1
            node = details.driver_node_id
            avoided = node if has_other_node(self.settings, node, {"GPU": self.gpus, **self._resources}) else None
            place = "on another node" if avoided else "where there is room"
            again = f"{self.module} is started again {place} ({killed} of {self.settings.retries})"
            self.context.log.warning(f"{reason}: {again}")

    @property
    def _resources(self) -> dict[str, float]:
        kind = self.settings.accelerator_type
        # Each node has one of what tells its type; a job that takes next to nothing of it goes to such a node only.
        return {**self.settings.resources, **({f"accelerator_type:{kind}": 0.001} if kind else {})}

    @property
    def _demanded(self) -> str:
        demands = {"GPU": self.gpus, **self._resources}
        return ", ".join(f"{amount:g} {name}" for name, amount in demands.items() if amount) or "a node"

    def _run_once(self, avoided: str | None) -> "JobDetails":
        job = self.client.submit_job(
            entrypoint=self.entrypoint,
            entrypoint_num_gpus=self.gpus or None,
            entrypoint_resources=self._resources or None,
            entrypoint_label_selector={"ray.io/node-id": f"!{avoided}"} if avoided else None,
            runtime_env={
                "env_vars": dict(self.environment),
                # The nodes run the code of this process, whatever version they have.
                "py_modules": [str(Path(distil_dagster.__file__).parent)],
                "excludes": ["**/__pycache__"],
            },
            metadata=process_tags(),
        )
        self.context.log.info(f"{self.module} is the Ray job {job} and waits for {self._demanded}")
        self.reader.begin()
        try:
            return self._ended(job)
        except BaseException:
            stop(self.client, job)
            raise

    def _ended(self, job: str) -> "JobDetails":
        """Wait for the end of a job, and take its log as it grows."""
        answered = time.monotonic()
        node: str | None = None
        while True:
            time.sleep(POLL_SECONDS)
            try:
                details = self.client.get_job_info(job)
            except (OSError, RuntimeError) as error:
                if time.monotonic() - answered > SILENCE_SECONDS:
                    silent = f"the Ray cluster at {self.settings.address} has not answered for {SILENCE_SECONDS:.0f} s"
                    raise WorkerFailed(f"{silent} ({error})") from error
                continue
            answered = time.monotonic()
            if details.driver_node_id != node:
                node = details.driver_node_id
                self.context.log.info(f"the Ray job {job} runs on node {node}")
            if node:
                # The log of a node that was lost is lost with it.
                with suppress(OSError, RuntimeError):
                    self.reader.take(self.client.get_job_logs(job), ended=details.status.is_terminal())
            if details.status.is_terminal():
                return details

    def _failure(self, details: "JobDetails") -> WorkerFailed:
        if details.driver_exit_code is not None:
            return failure(self.module, details.driver_exit_code, self.log)
        why = (details.message or "no reason was given").splitlines()[0]
        return WorkerFailed(f"the Ray job {details.submission_id} has ended as {details.status.value}: {why}")


@contextmanager
def _carried(settings: RayLauncher, module: str, arguments: Sequence[str]) -> Iterator[Exchange | None]:
    """Where the step's files travel; what the worker has written is here at the end, however it ends."""
    if settings.exchange is None:
        yield None
        return
    home = Home.from_environment().path
    # The same for every attempt at the same work: what a run that was killed has left there is taken up.
    work = [socket.gethostname(), str(home), module, *(argument for argument in arguments if "/draft-" not in argument)]
    key = hashlib.sha256(json.dumps(work).encode()).hexdigest()[:16]
    exchange = Exchange(address=f"{settings.exchange.rstrip('/')}/{key}", home=str(home))
    exchange.fetch(home, only=WRITTEN)
    try:
        exchange = exchange.send(arguments)
    except MachineError as error:
        raise WorkerFailed(str(error)) from error
    try:
        yield exchange
    finally:
        exchange.fetch(home, only=WRITTEN)
        exchange.clear()


def _killed(details: "JobDetails") -> str | None:
    """Why a job ended that did not end by itself."""
    if details.error_type in {"JOB_SUPERVISOR_ACTOR_DIED", "JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE"}:
        return "its node, or Ray's supervisor of it, was lost"
    if details.driver_exit_code is not None and fatal_signal(details.driver_exit_code) == signal.SIGKILL:
        return "it was killed, perhaps because memory ran out"
    return None
