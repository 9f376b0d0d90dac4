"""A process that asked to die with its parent does, even when the parent has no time to say so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

CHECKOUT = Path(__file__).parents[1]

CHILD = """
import os, sys, time
from distil_dagster.processes import die_with_parent

die_with_parent({parent})
print("asleep", flush=True)
time.sleep(120)
"""
PARENT = """
import os, subprocess, sys, time

child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(120)
"""
STAY = 'print("asleep", flush=True)\nimport time\ntime.sleep(120)\n'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked to")


def killed_parent_of(child: str) -> psutil.Process:
    """Starts a parent that starts the child, kills the parent once the child runs, and returns the child."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, child],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        try:
            assert parent.stdout is not None
            process = psutil.Process(int(parent.stdout.readline()))
            assert process.ppid() == parent.pid
        finally:
            parent.kill()
    return process


def test_a_grandchild_dies_when_its_parent_is_killed() -> None:
    grandchild = killed_parent_of(CHILD.format(parent="os.getppid()"))
    try:
        assert_ends(grandchild)
    finally:
        end(grandchild)


def test_a_process_that_did_not_ask_lives_on() -> None:
    grandchild = killed_parent_of(STAY)
    try:
        time.sleep(0.3)
        assert grandchild.is_running()
        assert grandchild.status() != psutil.STATUS_ZOMBIE
    finally:
        end(grandchild)


@pytest.mark.parametrize(
    ("parent", "code"), [(os.getpid(), None), (os.getppid(), -signal.SIGKILL)], ids=["alive", "not its parent"]
)
def test_a_process_whose_parent_died_before_it_asked_ends_at_once(parent: int, code: int | None) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(parent=parent)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == ("asleep\n" if code is None else "")
            if code is not None:
                assert process.wait(timeout=30) == code
            assert process.poll() == code
        finally:
            process.kill()


def assert_ends(process: psutil.Process) -> None:
    """Waits until the process has ended; it may stay a zombie where no one collects orphans."""
    deadline = time.monotonic() + 30
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the process lives on"
        time.sleep(0.02)


def end(process: psutil.Process) -> None:
    if process.is_running():
        process.kill()
