"""A process of its own for queries, started at the first question and again whenever a query has brought it down."""

import atexit
import os
import signal
import subprocess
import sys
import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

STARTING_SECONDS = 120.0
WAITING_SECONDS = 60.0
"""The process counts its own CPU time; only one that stands still is waited for so long."""


class ProcessLost(Exception):  # noqa: N818 - an event, not an error of this program
    """The process ended before it had answered."""

    def __init__(self, *, prepared: bool, out_of_time: bool) -> None:
        super().__init__("the process that runs queries ended")
        self.prepared = prepared
        """Whether it had come to the prediction."""
        self.out_of_time = out_of_time


class QueryProcess:
    """Asks one question at a time, whichever thread it comes from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def ask(self, question: str, schema: str, query: str, prediction: str = "") -> tuple[str, Any]:
        """The worker's last word; see `distil_dagster.tasks.sql.worker.serve`.

        Raises ProcessLost if the question brought the process down, twice unless it ran out of time.
        """
        with self._lock:
            try:
                return self._ask((question, schema, query, prediction))
            except ProcessLost as lost:
                if lost.out_of_time:
                    raise
            # Perhaps something else ended it.
            return self._ask((question, schema, query, prediction))

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._connection is not None:
            self._connection.close()
            self._process.kill()
            self._process.wait()
        self._process = self._connection = None

    def _ask(self, request: tuple[str, ...]) -> tuple[str, Any]:
        connection = self._connected()
        prepared = False
        try:
            connection.send(request)
            while True:
                if not connection.poll(WAITING_SECONDS):
                    self.close()
                    raise ProcessLost(prepared=prepared, out_of_time=True)
                kind, value = connection.recv()
                if kind != "prepared":
                    return kind, value
                prepared = True
        except (EOFError, ConnectionError) as error:
            process = self._process
            status = process.wait() if process is not None else 0
            self.close()
            raise ProcessLost(prepared=prepared, out_of_time=status == -signal.SIGPROF) from error
        except BaseException:
            # Interrupted halfway, the next question would get this one's answer.
            self.close()
            raise

    def _connected(self) -> Connection:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._connection is not None:
            return self._connection
        ours, theirs = Pipe()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TZ": "UTC"}
        command = [sys.executable, "-m", __package__ + ".worker", str(theirs.fileno()), str(os.getpid())]
        # Not multiprocessing: its daemons may have no children, and it runs the caller's main module again.
        self._process = subprocess.Popen(
            command, env=environment, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self._connection = ours
        theirs.close()
        try:
            started = ours.poll(STARTING_SECONDS) and ours.recv()
        except (EOFError, ConnectionError):
            started = None
        if not started:
            self.close()
            raise RuntimeError(f"the process that runs queries doesn't start: {' '.join(command)}")
        return ours


_shared = QueryProcess()


def shared_process() -> QueryProcess:
    """The one of this process, which ends with it."""
    return _shared


def _forget_after_fork() -> None:
    # The copy may not talk on its parent's connection, and its lock may have been taken by another thread.
    global _shared  # noqa: PLW0603
    _shared = QueryProcess()


def _close() -> None:
    _shared.close()


os.register_at_fork(after_in_child=_forget_after_fork)
atexit.register(_close)
