"""What is said of a worker that failed, wherever it ran."""

import signal
from pathlib import Path

import dagster as dg

from distil_dagster.home import Home
from distil_dagster.machines.step import SIGNALLED
from distil_dagster.progress import FAILED


class WorkerFailed(RuntimeError):  # noqa: N818 - reads as what it is where it is raised
    """A worker ended with an error; the message holds its last words and where its log is."""


def worker_logs(context: dg.AssetExecutionContext) -> list[Path]:
    """The log files of the workers that this step has started."""
    return sorted(_log_folder(context).glob(f"{context.asset_key.to_user_string()}-*.log"))


def _log_folder(context: dg.AssetExecutionContext) -> Path:
    return Home.from_environment().path / "logs" / context.run.run_id


def log_of(context: dg.AssetExecutionContext, module: str) -> Path:
    """The file that takes what a worker of this step prints."""
    folder = _log_folder(context)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{context.asset_key.to_user_string()}-{module.rpartition('.')[2]}.log"
    context.log.debug(f"{module} writes its log to {log}")
    return log


def fatal_signal(exit_code: int) -> int | None:
    """The signal that ended a process; None if it ended by itself."""
    return -exit_code if exit_code < 0 else exit_code - SIGNALLED if exit_code > SIGNALLED else None


def failure(module: str, exit_code: int, log: Path) -> WorkerFailed:
    """The error for a worker that ended with this exit code."""
    return WorkerFailed(f"{_reason(exit_code, log)} (log of {module}: {log})")


def _reason(exit_code: int, log: Path) -> str:
    killed_by = fatal_signal(exit_code)
    if killed_by == signal.SIGKILL:
        return (
            "the system killed it, most likely because memory ran out: close other programs, or lower "
            "max_tokens_per_pass in the profile"
        )
    if killed_by is not None:
        return f"it was ended by {signal.Signals(killed_by).name}"
    return _last_words(log) or f"exit code {exit_code}"


def _last_words(log: Path) -> str:
    """What the worker said it failed of; what was printed last if it said nothing, whoever printed it."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    said = [line.removeprefix(FAILED) for line in lines if line.startswith(FAILED)]
    return next(iter([*said[-1:], *lines[-1:]]), "")
