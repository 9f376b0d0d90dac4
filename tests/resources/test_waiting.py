"""A run that waits for a pool leaves the processor to the one that holds it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

WAITS = """
import time
import dagster as dg
from resources.waiting import sleep_between_claims
{mend}
@dg.asset(pool="one")
def waiting() -> None: ...
dg.materialize([waiting], instance=dg.DagsterInstance.get())
"""


def processor_share_of_a_waiting_run(home: Path, *, mended: bool) -> float:
    """CPU seconds per second of a process whose run waits for a slot that is never freed."""
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.event_log_storage.set_concurrency_slots("one", 1)
        assert instance.event_log_storage.claim_concurrency_slot("one", "another run", "its step").is_claimed
    program = WAITS.format(mend="sleep_between_claims()" if mended else "")
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    log = home / "log"
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while "waiting" not in log.read_text() or "pool" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        ticks = os.sysconf("SC_CLK_TCK")
        stat = Path(f"/proc/{process.pid}/stat")
        before = sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13]))
        time.sleep(3)
        return (sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13])) - before) / ticks / 3
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_waiting_run_sleeps(tmp_path: Path) -> None:
    assert processor_share_of_a_waiting_run(tmp_path, mended=True) < 0.3


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_dagster_still_needs_to_be_mended(tmp_path: Path) -> None:
    """When this fails, resources/waiting.py can go."""
    assert processor_share_of_a_waiting_run(tmp_path, mended=False) > 0.3
