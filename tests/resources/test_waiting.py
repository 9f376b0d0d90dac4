"""A run that waits for a pool leaves the processor to the one that holds it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from resources.terminal import PID_TAG, STARTED_TAG

WAITS = """
import time
import dagster as dg
from resources.waiting import wait_patiently
{mend}
@dg.asset(pool="one")
def waiting() -> None: ...
dg.materialize([waiting], instance=dg.DagsterInstance.get())
"""


@contextmanager
def run_that_waits(home: Path, *, for_run: str, mended: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose run waits for the only slot of a pool, which the given run holds."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.event_log_storage.set_concurrency_slots("one", 1)
        assert instance.event_log_storage.claim_concurrency_slot("one", for_run, "its step").is_claimed
    program = WAITS.format(mend="wait_patiently()" if mended else "")
    log = home / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "DAGSTER_HOME": str(home)},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        while "pool" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@dg.job
def _job() -> None:
    pass


def processor_share(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds per second of the process."""

    def ticks() -> int:
        return sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))

    before = ticks()
    time.sleep(3)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / 3


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    return tmp_path


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_waiting_run_sleeps(home: Path) -> None:
    with run_that_waits(home, for_run="another run") as process:
        assert processor_share(process) < 0.3


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_dagster_still_needs_to_be_mended(home: Path) -> None:
    """When this fails, resources/waiting.py need only free slots."""
    with run_that_waits(home, for_run="another run", mended=False) as process:
        assert processor_share(process) > 0.3


def test_a_slot_that_a_killed_run_holds_is_freed_by_the_run_that_waits_for_it(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        tags = {PID_TAG: "1", STARTED_TAG: "long ago"}
        killed = instance.create_run_for_job(_job, tags=tags, status=dg.DagsterRunStatus.STARTED)
    with run_that_waits(home, for_run=killed.run_id) as process:
        assert process.wait(timeout=60) == 0


def test_a_waiting_run_can_be_interrupted(home: Path) -> None:
    with run_that_waits(home, for_run="another run") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) != 0
