"""How much memory of its device a server holds while it is under load, and what energy that takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import psutil

from distil_dagster.machines.gpus import BoundGpus, visible_gpus
from distil_dagster.machines.settings import Device
from distil_dagster.machines.use import tree_memory_mib

LOOK_EVERY_SECONDS = 1.0

MemoryMeasure = Literal["pss", "rss", "nvml"]


@contextmanager
def memory_watch(pid: int, device: Device) -> Iterator[MemoryWatch]:
    """Watch a server for the time of the context.

    Args:
        pid: of the server, which may have processes below it.
        device: that it runs on. On a GPU all that is in use is the server's, for the step had it to itself.

    Raises:
        MachineError: if there is no such GPU.
    """
    if device.kind == "cpu":
        with MemoryWatch(pid, None) as watch:
            yield watch
    else:
        with visible_gpus(device) as gpus, MemoryWatch(pid, gpus) as watch:
            yield watch


class MemoryWatch:
    """The largest memory, looked at once a second while the context lasts; see `memory_watch`."""

    measure: MemoryMeasure

    def __init__(self, pid: int, gpus: BoundGpus | None) -> None:
        self._pid, self._gpus = pid, gpus
        self.measure = "nvml" if gpus else "pss" if psutil.LINUX else "rss"
        self.largest_mib = self._memory()
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self._thread.join()

    def energy_joules(self) -> float | None:
        """What the GPUs have drawn so far; None on a CPU, and of a GPU that doesn't count it."""
        return self._gpus.energy_joules() if self._gpus else None

    def _memory(self) -> float:
        return self._gpus.memory_mib() if self._gpus else tree_memory_mib(self._pid)

    def _look(self) -> None:
        while not self._finished.wait(LOOK_EVERY_SECONDS):
            self.largest_mib = max(self.largest_mib, self._memory())
