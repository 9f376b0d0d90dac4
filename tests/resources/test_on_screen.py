"""A command in a terminal shows a bar while a worker works; a log, a pipe and Dagster get none."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
BAR = "━"
WORKER = """
import time
from distil_dagster.progress import worker_progress
with worker_progress() as progress:
    for step in range(1, 31):
        progress.report(f"step {step} of 30: loss 0.5")
        time.sleep(0.06)
"""
COMMAND = """
import dagster as dg
from resources import Launcher
from resources.terminal import on_screen, terminal_logger

@dg.asset
def thing(context: dg.AssetExecutionContext, launcher: Launcher) -> dg.MaterializeResult:
    launcher.run(context, "worker_under_test", [])
    return dg.MaterializeResult()

resources = {"launcher": Launcher()}
job = dg.Definitions([thing], jobs=[dg.define_asset_job("job", [thing])], resources=resources,
    loggers={"terminal": terminal_logger}).resolve_job_def("job")
with on_screen(), dg.DagsterInstance.ephemeral() as instance:
    result = job.execute_in_process(instance=instance, run_config={"loggers": {"terminal": {}}})
    told = [record.user_message for record in instance.all_logs(result.run_id) if "step " in record.user_message]
print("logged", len([message for message in told if "loss" in message]))
"""


def environment(folder: Path) -> dict[str, str]:
    (folder / "worker_under_test.py").write_text(WORKER)
    path = os.pathsep.join([str(folder), str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "DISTIL_HOME": str(folder / "home"), "TERM": "xterm", "COLUMNS": "100"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_shows_a_bar_that_dagster_does_not_log(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", COMMAND],
        env=environment(tmp_path),
        cwd=CHECKOUT,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert command.wait(60) == 0
    text = shown.decode()
    assert BAR in text
    assert re.search(r"step (?!1 )\d+ of 30", text)  # of the steps the log is told of the first alone
    assert text.rstrip().endswith("logged 1")


def test_a_pipe_gets_lines_and_no_bar(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", COMMAND]
    done = subprocess.run(command, env=environment(tmp_path), cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "step 1 of 30" in done.stdout
    assert BAR not in done.stdout


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that nobody writes any more
        return b""
