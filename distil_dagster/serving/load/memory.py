"""How much memory a server holds while it is under load."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Literal

import psutil

MIB = 2**20
LOOK_EVERY_SECONDS = 1.0

MemoryMeasure = Literal["pss", "rss"]


class MemoryWatch:
    """The largest memory of a process and all below it, looked at once a second while the context lasts."""

    def __init__(self, pid: int) -> None:
        self.largest_mib, self.measure = group_memory(pid)
        self._pid = pid
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._finished.wait(LOOK_EVERY_SECONDS):
            self.largest_mib = max(self.largest_mib, group_memory(self._pid)[0])


def group_memory(pid: int) -> tuple[float, MemoryMeasure]:
    """Memory of a process and all below it in MiB, and how it was measured; 0 if it has ended."""
    total = 0
    measure: MemoryMeasure = "pss" if psutil.LINUX else "rss"
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += getattr(process.memory_full_info() if psutil.LINUX else process.memory_info(), measure)
    return total / MIB, measure
