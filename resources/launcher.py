"""Starts the heavy steps, each in a process of its own, and brings their progress into Dagster's log.

A worker is a module of the library with a command line. It talks back through Dagster Pipes, writes the rest to a
log file that the run links, and never outlives the step: its process group is ended when the step ends, however it
ends, and the kernel kills the worker should the step be killed (`distil_dagster.launch`).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import dagster as dg

from distil_dagster.home import CHECKOUT, Home
from distil_dagster.launch import launch_command
from distil_dagster.progress import FAILED

GRACE_SECONDS = 10.0


class WorkerFailed(RuntimeError):  # noqa: N818 - reads as what it is where it is raised
    """A worker ended with an error; the message holds its last words and where its log is."""


class Launcher(dg.ConfigurableResource["Launcher"]):
    """Runs `python -m <module> <arguments>` on this machine."""

    def run(
        self, context: dg.AssetExecutionContext, module: str, arguments: Sequence[str | Path], *, processes: int = 1
    ) -> None:
        """Run the worker to its end, in several processes if it is one that can train in them.

        Raises:
            WorkerFailed: if it ended with an error.
        """
        log_folder = Home.from_environment().path / "logs" / context.run.run_id
        log_folder.mkdir(parents=True, exist_ok=True)
        log_path = log_folder / f"{context.asset_key.to_user_string()}-{module.rpartition('.')[2]}.log"
        context.log.debug(f"{module} writes its log to {log_path}")
        with (
            dg.open_pipes_session(
                context,
                context_injector=dg.PipesTempFileContextInjector(),
                message_reader=dg.PipesTempFileMessageReader(),
            ) as session,
            log_path.open("ab") as log,
        ):
            command = [*launch_command(module, processes=processes), *map(str, arguments)]
            worker = subprocess.Popen(
                [sys.executable, "-m", "distil_dagster.launch", str(os.getpid()), *command],
                cwd=CHECKOUT,
                env={**os.environ, **session.get_bootstrap_env_vars()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                exit_code = worker.wait()
            finally:
                _end_group(worker)
        if exit_code != 0:
            raise WorkerFailed(f"{_reason(exit_code, log_path)} (log of {module}: {log_path})")


def _reason(exit_code: int, log_path: Path) -> str:
    if exit_code == -signal.SIGKILL:
        return (
            "the system killed it, most likely because memory ran out: close other programs, or lower "
            "max_tokens_per_pass in the profile"
        )
    if exit_code < 0:
        return f"it was ended by {signal.Signals(-exit_code).name}"
    return _last_line(log_path) or f"exit code {exit_code}"


def _last_line(log_path: Path) -> str:
    """What the worker said it failed of; what was printed last if it said nothing, whoever printed it."""
    lines = [line.strip() for line in log_path.read_text(errors="replace").splitlines() if line.strip()]
    said = [line.removeprefix(FAILED) for line in lines if line.startswith(FAILED)]
    return next(iter([*said[-1:], *lines[-1:]]), "")


def _end_group(worker: "subprocess.Popen[bytes]") -> None:
    """End whatever is left of the worker's process group, first kindly."""
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(worker.pid, stop)
        except ProcessLookupError:
            return
        with suppress(subprocess.TimeoutExpired):
            worker.wait(GRACE_SECONDS)
