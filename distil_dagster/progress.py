"""How a worker process says how far it is: to Dagster through Pipes when Dagster started it, else to the terminal.

Dagster's log gets a message a minute at most. A terminal shows a bar, which follows every message: that of `distil run`
is in another process and reads the latest one from a file.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dagster_pipes import DAGSTER_PIPES_CONTEXT_ENV_VAR, open_dagster_pipes

REPORT_EVERY_SECONDS = 60.0
LATEST_EVERY_SECONDS = 0.5
LATEST = "DISTIL_LATEST_PROGRESS"
"""The environment variable with the file that the latest message is written to, whatever Dagster's log gets."""

FAILED = "failed: "
"""How the line begins on which a worker says why it failed: whoever started it may print more behind it."""


class _Sink(Protocol):
    def __call__(self, message: str, /) -> object: ...


class Progress:
    """Reports messages, at most one a minute: thousands of log lines freeze Dagster's UI."""

    def __init__(self, sink: _Sink, *, follow: Callable[[str], object] | None = None) -> None:
        """`follow` is told every message, also those that the sink isn't."""
        self._sink = sink
        self._follow = follow
        self._last = float("-inf")

    def report(self, message: str, *, final: bool = False) -> None:
        """Say how far the work is, a bar's part of it as `12 of 80`. A final message is never dropped."""
        if self._follow:
            self._follow(message)
        now = time.monotonic()
        if final or now - self._last >= REPORT_EVERY_SECONDS:
            self._last = now
            self._sink(message)


class LatestMessage:
    """The latest message, in a file that is never half written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = float("-inf")

    def __call__(self, message: str) -> None:
        """Write it, unless the last was written just now."""
        now = time.monotonic()
        if now - self._last >= LATEST_EVERY_SECONDS:
            self._last = now
            draft = self._path.with_name(f".{self._path.name}")
            draft.write_text(message, encoding="utf-8")
            draft.replace(self._path)


@contextmanager
def worker_progress() -> Iterator[Progress]:
    """The progress of this process, for the time of its work; of several that train together the first one's."""
    if os.environ.get("RANK", "0") != "0":
        yield Progress(lambda _: None)
    elif DAGSTER_PIPES_CONTEXT_ENV_VAR in os.environ:
        latest = os.environ.get(LATEST)
        with open_dagster_pipes() as pipes:
            yield Progress(pipes.log.info, follow=LatestMessage(Path(latest)) if latest else None)
    elif sys.stderr.isatty():
        from rich.console import Console

        from distil_dagster.progress_bar import progress_bar

        console = Console(stderr=True, highlight=False)
        with progress_bar(console) as show:
            yield Progress(lambda message: console.print(message, markup=False), follow=show)
    else:
        yield Progress(lambda message: print(message, file=sys.stderr, flush=True))
