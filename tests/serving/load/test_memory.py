"""How much memory a server is said to hold."""

from __future__ import annotations

import os
import threading

import psutil
import pytest

from distil_dagster.serving.load import memory
from distil_dagster.serving.load.memory import MemoryWatch, group_memory


def test_memory_is_that_of_the_process_and_its_children() -> None:
    memory_mib, measure = group_memory(os.getpid())
    assert measure == ("pss" if psutil.LINUX else "rss")
    assert 10 < memory_mib < 20_000
    assert group_memory(2**22 + 1)[0] == 0


def test_a_watch_keeps_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([100.0, 700.0, 300.0])
    looked = threading.Event()

    def next_memory(pid: int) -> tuple[float, str]:
        value = next(seen, None)
        if value is None:
            looked.set()
        return (value or 50.0), "pss"

    monkeypatch.setattr(memory, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(memory, "group_memory", next_memory)
    with MemoryWatch(os.getpid()) as watch:
        assert looked.wait(10)
    assert (watch.largest_mib, watch.measure) == (700.0, "pss")
