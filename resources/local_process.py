"""A worker as a process of this machine.

Its process group is ended when the step ends, however it ends, and the kernel kills the worker should the step be
killed (`distil_dagster.launch`).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import dagster as dg

from distil_dagster.home import CHECKOUT
from distil_dagster.progress import LATEST, LATEST_EVERY_SECONDS
from distil_dagster.progress_bar import progress_bar
from resources.terminal import SCREEN
from resources.worker import failure

GRACE_SECONDS = 10.0


def run_process(context: dg.AssetExecutionContext, module: str, command: Sequence[str], log: Path) -> Sequence[object]:
    """Run a command to its end, and return the messages of its own that it sent through Pipes.

    Raises:
        WorkerFailed: if it ended with an error.
    """
    latest = log.with_suffix(".progress")
    latest.unlink(missing_ok=True)
    with (
        dg.open_pipes_session(
            context,
            context_injector=dg.PipesTempFileContextInjector(),
            message_reader=dg.PipesTempFileMessageReader(),
        ) as session,
        log.open("ab") as output,
    ):
        worker = subprocess.Popen(
            [sys.executable, "-m", "distil_dagster.launch", str(os.getpid()), *command],
            cwd=CHECKOUT,
            env={**os.environ, **session.get_bootstrap_env_vars(), LATEST: str(latest)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            exit_code = _wait(worker, latest)
        finally:
            _end_group(worker)
    if exit_code != 0:
        raise failure(module, exit_code, log)
    return session.get_custom_messages()


def _wait(worker: "subprocess.Popen[bytes]", latest: Path) -> int:
    """Wait for the worker's end and return its exit code; a terminal, if there is one, shows how far it is."""
    screen = SCREEN.get()
    if screen is None:
        return worker.wait()
    with progress_bar(screen) as show:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return worker.wait(LATEST_EVERY_SECONDS)
            if latest.exists():
                show(latest.read_text(encoding="utf-8"))


def _end_group(worker: "subprocess.Popen[bytes]") -> None:
    """End whatever is left of the worker's process group, first kindly."""
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(worker.pid, stop)
        except ProcessLookupError:
            return
        with suppress(subprocess.TimeoutExpired):
            worker.wait(GRACE_SECONDS)
