"""Runs started from a terminal: what they print, and what becomes of them when the terminal is killed."""

import logging
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import dagster as dg
import psutil

if TYPE_CHECKING:
    from dagster._core.execution.plan.objects import StepFailureData
    from rich.console import Console

PID_TAG = "distil/pid"
STARTED_TAG = "distil/process_started"
HOST_TAG = "distil/host"
_CLASS = re.compile(r"^[\w.]+: ")
_BEGAN = time.monotonic()
UNFINISHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


SCREEN: ContextVar["Console | None"] = ContextVar("screen", default=None)
"""The terminal that a command was typed in, if its output isn't piped; None for runs that the UI started."""


@contextmanager
def on_screen() -> Iterator[None]:
    """Show progress on the terminal, if there is one, also while Dagster captures what steps print."""
    if not sys.stdout.isatty():
        yield
        return
    from rich.console import Console

    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as terminal:
        before = SCREEN.set(Console(file=terminal, highlight=False))
        try:
            yield
        finally:
            SCREEN.reset(before)


class RunFailed(RuntimeError):  # noqa: N818 - reads as what it is where it is raised
    """A run failed; the message names the asset and why."""

    def __init__(self, message: str, run_id: str) -> None:
        super().__init__(message)
        self.run_id = run_id


class RunInterrupted(RunFailed):
    """A run was ended from outside, and nothing is wrong with it."""


def failed_step(step: str, failure: "StepFailureData", run_id: str) -> RunFailed:
    """The error of a run of which this step failed."""
    error = failure.error
    # Dagster's own errors say that a step failed; what they were raised from says why, in words meant for a user.
    while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    if error is not None and error.cls_name == "DagsterExecutionInterruptedError":
        return RunInterrupted(f"{step} was interrupted; the same command goes on where it stopped", run_id)
    # Dagster writes a message as `module.Class: what happened`; the class means nothing to a user.
    message = _CLASS.sub("", error.message.strip()) if error is not None else "no reason was recorded"
    return RunFailed(f"{step} failed: {message}", run_id)


@dg.logger
def terminal_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """Prints what steps say of their progress, with the seconds since the run began."""
    logger = logging.Logger("distil", logging.INFO)
    screen = SCREEN.get()
    handler = logging.StreamHandler(sys.stdout) if screen is None else _ScreenHandler(screen)
    handler.setFormatter(_TerminalFormatter())
    handler.addFilter(lambda record: not _message(record).startswith("[pipes]"))
    logger.addHandler(handler)
    return logger


def _message(record: logging.LogRecord) -> str:
    return str(getattr(record, "dagster_meta", {}).get("orig_message") or record.getMessage())


class _ScreenHandler(logging.Handler):
    """Prints above the bar."""

    def __init__(self, screen: "Console") -> None:
        super().__init__()
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.print(self.format(record), markup=False, soft_wrap=True)


class _TerminalFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        step = getattr(record, "dagster_meta", {}).get("step_key") or ""
        return f"{time.monotonic() - _BEGAN:6.0f} s  {step:<20} {_message(record)}"


def process_tags() -> dict[str, str]:
    """Tags by which a later process can tell whether the one that runs a run is still alive."""
    return {
        PID_TAG: str(os.getpid()),
        STARTED_TAG: str(psutil.Process().create_time()),
        HOST_TAG: socket.gethostname(),
    }


def end_orphaned_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs as failed whose process on this machine was killed, and free the pool slots that they held."""
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        if was_killed(run.tags):
            instance.report_run_failed(run, "The process that ran it was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def was_killed(tags: Mapping[str, str]) -> bool:
    """Whether these `process_tags` name a process of this machine that is gone; others can't be seen from here."""
    here = socket.gethostname()
    if PID_TAG not in tags or tags.get(HOST_TAG, here) != here:
        return False
    try:
        return str(psutil.Process(int(tags[PID_TAG])).create_time()) != tags.get(STARTED_TAG)
    except psutil.NoSuchProcess:
        return True
