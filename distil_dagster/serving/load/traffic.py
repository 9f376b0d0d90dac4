"""One run of load: the client's processes are started together, and what they saw is joined."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distil_dagster.launch import launch_command
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.issue import Issued, Job, Scenario
from distil_dagster.serving.load.prompts import PromptFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEDS_PER_RUN = 1_000
"""More than a client has processes: no two of them draw the same gaps."""
NO_RATE = 1.0
"""Of scenarios that have none; LoadGen wants a number."""
SPREAD = 1.5
"""Standard deviations by which more queries are scheduled than are expected, so that arrivals last to the end."""


@dataclass(frozen=True)
class Requests:
    """The requests of a run in the order of their scheduled times, as columns. Times in seconds."""

    scheduled: NDArray[Any]
    """After the first of them."""
    delay: NDArray[Any]
    """By which the client handed a request over later than scheduled."""
    latency: NDArray[Any]
    """From the scheduled time to the last byte."""
    error: tuple[str | None, ...]
    input_tokens: NDArray[Any]
    output_tokens: NDArray[Any]

    @property
    def ok(self) -> NDArray[Any]:
        """Which were answered."""
        import numpy as np

        return np.array([error is None for error in self.error], dtype=bool)

    def __len__(self) -> int:
        return len(self.scheduled)


@dataclass(frozen=True)
class RequestRow:
    """One request of a run, a row of requests.parquet. Times in seconds."""

    rate: float
    """Requests per second of its run."""
    run: int
    """Which run at this rate, from 0."""
    scheduled_seconds: float
    """When it was due, after the run's first."""
    client_delay_seconds: float
    """By which the client handed it over later; part of the latency."""
    latency_seconds: float
    """From when it was due to the last byte of its answer."""
    error: str | None
    """Why there was no answer; empty if there was one."""
    input_tokens: int
    """As the server counted them; 0 without an answer. Likewise the output."""
    output_tokens: int


class Traffic:
    """Puts load on one endpoint. Prompts come in the order of their file: one comes again when all others have come."""

    def __init__(
        self, base_url: str, prompts: PromptFile, *, processes: int, timeout_seconds: float, logs: Path
    ) -> None:
        """Load for an endpoint.

        Args:
            base_url: such as `http://127.0.0.1:8000/v1`.
            prompts: what is asked.
            processes: among which a rate is split.
            timeout_seconds: after which a request is given up.
            logs: folder for LoadGen's logs, a folder in it for each run.
        """
        self._base_url = base_url
        self._prompts = prompts
        self._processes = processes
        self._timeout_seconds = timeout_seconds
        self._logs = logs
        self._next_prompt = 0

    def arrivals(self, rate: float, seconds: float, *, run: int, name: str) -> Requests:
        """Poisson arrivals at a rate for about so long. The same run at another rate has the same gaps, scaled.

        Raises:
            LoadTestError: if a process of the client failed.
        """
        expected = rate * seconds / self._processes
        queries = math.ceil(expected + SPREAD * math.sqrt(expected))
        return self._run("Server", queries, rate=rate / self._processes, run=run, name=name, processes=self._processes)

    def at_once(self, queries: int, *, name: str) -> Requests:
        """All queries at once: the most that the server gets done. Raises LoadTestError as `arrivals` does."""
        return self._run(
            "Offline",
            math.ceil(queries / self._processes),
            rate=NO_RATE,
            run=0,
            name=name,
            processes=self._processes,
        )

    def one_by_one(self, queries: int, *, name: str) -> Requests:
        """Each query after the answer to the one before: the least latency. Raises LoadTestError as `arrivals` does."""
        return self._run("SingleStream", queries, rate=NO_RATE, run=0, name=name, processes=1)

    def _run(self, scenario: Scenario, queries: int, *, rate: float, run: int, name: str, processes: int) -> Requests:
        jobs = [
            Job(
                base_url=self._base_url,
                prompts=self._prompts.path,
                first_prompt=self._next_prompt + process * queries,
                queries=queries,
                scenario=scenario,
                rate=rate,
                timeout_seconds=self._timeout_seconds,
                seed=1 + run * SEEDS_PER_RUN + process,
                output=self._logs / name / f"client-{process}",
            )
            for process in range(processes)
        ]
        self._next_prompt += processes * queries
        return _joined(_issue_all(jobs))


def own_process(module: str, *arguments: str) -> list[str]:
    """The command of a module that ends with this process, however this one ends."""
    return [sys.executable, "-m", "distil_dagster.launch", str(os.getpid()), *launch_command(module), *arguments]


def _issue_all(jobs: list[Job]) -> list[Issued]:
    """Run each job in a process of its own, all at the same time."""
    running: list[subprocess.Popen[str]] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number, job in enumerate(jobs):
                job.output.mkdir(parents=True)
                path = Path(folder, f"{number}.json")
                path.write_text(job.model_dump_json())
                command = own_process("distil_dagster.serving.load.issue", str(path))
                running.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
            for process in running:
                _, errors = process.communicate()
                if process.returncode != 0:
                    said = (errors.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
                    raise LoadTestError(f"the load test's client failed: {said}")
    finally:
        for process in running:
            process.kill()
            process.wait()
    results = []
    for job in jobs:
        written = job.output / "requests.json"
        results.append(Issued.model_validate_json(written.read_text()))
        written.unlink()
    return results


def _joined(parts: list[Issued]) -> Requests:
    import numpy as np

    scheduled = np.concatenate([part.scheduled_seconds for part in parts])
    order = np.argsort(scheduled, kind="stable")
    errors = list(chain.from_iterable(part.error for part in parts))

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])[order]

    return Requests(
        scheduled=scheduled[order] - scheduled.min(),
        delay=column("delay_seconds"),
        latency=column("latency_seconds"),
        error=tuple(errors[index] for index in order),
        input_tokens=column("input_tokens"),
        output_tokens=column("output_tokens"),
    )
