"""How a worker process says how far it is: to Dagster through Pipes when Dagster started it, else to the terminal."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from dagster_pipes import DAGSTER_PIPES_CONTEXT_ENV_VAR, open_dagster_pipes

REPORT_EVERY_SECONDS = 15.0

FAILED = "failed: "
"""How the line begins on which a worker says why it failed: whoever started it may print more behind it."""


class _Sink(Protocol):
    def __call__(self, message: str, /) -> object: ...


class Progress:
    """Reports messages, at most one per 15 s: thousands of log lines freeze Dagster's UI."""

    def __init__(self, sink: _Sink) -> None:
        self._sink = sink
        self._last = float("-inf")

    def report(self, message: str, *, final: bool = False) -> None:
        """Say how far the work is. A final message is never dropped."""
        now = time.monotonic()
        if final or now - self._last >= REPORT_EVERY_SECONDS:
            self._last = now
            self._sink(message)


@contextmanager
def worker_progress() -> Iterator[Progress]:
    """The progress of this process, for the time of its work; of several that train together the first one's."""
    if os.environ.get("RANK", "0") != "0":
        yield Progress(lambda _: None)
    elif DAGSTER_PIPES_CONTEXT_ENV_VAR in os.environ:
        with open_dagster_pipes() as pipes:
            yield Progress(pipes.log.info)
    else:
        yield Progress(lambda message: print(message, file=sys.stderr, flush=True))
