"""A worker's end is the step's end, and the other way round; its last words reach the person who started it."""

import os
import time
from pathlib import Path

import dagster as dg
import psutil
import pytest

from resources import Launcher, WorkerFailed

CHATTY = """
import sys
from distil_dagster.progress import worker_progress
with worker_progress() as progress:
    progress.report("half way", final=True)
print("a line for the log")
"""
LASTING = """
import time
held = bytearray(50 * 2**20)
time.sleep(1.6)
"""
FAILING = """
import sys
print("reading", flush=True)
print("the disk is full: free some space", file=sys.stderr)
sys.exit(1)
"""
FAILING_AMID_OTHER_OUTPUT = """
import sys
print("failed: there is no folder: name another", file=sys.stderr)
print("some launcher's own report", file=sys.stderr)
sys.exit(1)
"""
LEAVING_A_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(300)"])
"""


def run_worker(
    program: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, pool: str | None = None, times: int = 1
) -> dg.ExecuteInProcessResult:
    """Run a module made of the program as the worker of an asset, bound to the device if that is its pool."""
    (folder / "worker_under_test.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("DISTIL_HOME", str(folder / "home"))

    @dg.asset(pool=pool)
    def thing(context: dg.AssetExecutionContext, launcher: Launcher) -> dg.MaterializeResult:
        for _ in range(times):
            launcher.run(context, "worker_under_test", ["--flag"])
        return dg.MaterializeResult(metadata={"own": 1})

    return dg.materialize([thing], resources={"launcher": Launcher()}, raise_on_error=True)


def test_what_a_worker_reports_and_prints_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_worker(CHATTY, tmp_path, monkeypatch).success
    (log,) = (tmp_path / "home" / "logs").rglob("thing-worker_under_test.log")
    assert "a line for the log" in log.read_text()


def test_a_step_that_is_bound_to_the_device_shows_what_its_workers_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = run_worker(LASTING, tmp_path, monkeypatch, pool="gpu", times=2).asset_materializations_for_node("thing")
    shown = {name: value.value for name, value in made.metadata.items()}
    assert shown["own"] == 1
    assert shown["device"] == "CPU, 2 cores"
    assert 3.0 < shown["device_seconds"] < 60
    assert 50 < shown["device_peak_memory_mib"] < 200
    assert 0 < shown["device_mean_utilisation"] <= 1


def test_a_step_that_is_not_bound_to_it_shows_nothing_of_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = run_worker(CHATTY, tmp_path, monkeypatch).asset_materializations_for_node("thing")
    assert list(made.metadata) == ["own"]


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="this machine has a GPU")
def test_a_step_whose_device_this_machine_lacks_fails_before_its_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTIL_PROFILE", "h100")
    with pytest.raises(
        WorkerFailed, match=r"^(device.kind is cuda and the package nvidia-ml-py|the profile binds this)"
    ):
        run_worker(CHATTY, tmp_path, monkeypatch, pool="gpu")
    (log,) = (tmp_path / "home" / "logs").rglob("*.log")
    assert "a line for the log" not in log.read_text()


def test_a_failed_worker_fails_the_step_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkerFailed, match=r"the disk is full: free some space \(log of worker_under_test: .*\.log\)"):
        run_worker(FAILING, tmp_path, monkeypatch)


def test_what_a_worker_says_it_failed_of_is_told_whatever_is_printed_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkerFailed, match=r"^there is no folder: name another \(log of"):
        run_worker(FAILING_AMID_OTHER_OUTPUT, tmp_path, monkeypatch)


@pytest.mark.parametrize("pool", [None, "gpu"])
@pytest.mark.parametrize(
    ("end", "reason"), [("SIGKILL", "most likely because memory ran out"), ("SIGABRT", "it was ended by SIGABRT")]
)
def test_a_worker_that_was_killed_is_not_said_to_have_failed_of_what_it_last_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, reason: str, pool: str | None
) -> None:
    program = f"import os, signal\nprint('a warning', flush=True)\nos.kill(os.getpid(), signal.{end})"
    with pytest.raises(WorkerFailed, match=reason):
        run_worker(program, tmp_path, monkeypatch, pool=pool)


@pytest.mark.parametrize("pool", [None, "gpu"])
def test_nothing_of_a_worker_outlives_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: str | None
) -> None:
    before = {process.pid for process in psutil.process_iter()}
    assert run_worker(LEAVING_A_CHILD, tmp_path, monkeypatch, pool=pool).success
    deadline = time.monotonic() + 15
    while True:
        left = [
            process
            for process in psutil.process_iter(["cmdline", "status"])
            if process.pid not in before
            and "time.sleep(300)" in " ".join(process.info["cmdline"] or ())
            and process.info["status"] != psutil.STATUS_ZOMBIE
        ]
        if not left:
            return
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
