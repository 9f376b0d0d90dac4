"""How much memory a server is said to hold, and what energy it took."""

from __future__ import annotations

import os
import sys
import threading

import psutil
import pytest

from distil_dagster.machines.settings import Device
from distil_dagster.serving.load import memory
from distil_dagster.serving.load.memory import memory_watch
from tests.machines.stand_in_nvml import GIB, StandInGpu, StandInNvml

CPU = Device(name="this CPU", kind="cpu")
H100 = Device(name="NVIDIA H100 80GB", kind="cuda", memory_gib=80)


def test_on_a_cpu_the_largest_of_all_looks_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([100.0, 700.0, 300.0])
    looked = threading.Event()

    def next_memory(pid: int) -> float:
        value = next(seen, None)
        if value is None:
            looked.set()
        return value or 50.0

    monkeypatch.setattr(memory, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(memory, "tree_memory_mib", next_memory)
    with memory_watch(os.getpid(), CPU) as watch:
        assert looked.wait(10)
        assert watch.energy_joules() is None
    assert (watch.largest_mib, watch.measure) == (700.0, "pss" if psutil.LINUX else "rss")


def test_on_a_gpu_it_is_what_the_driver_says_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", StandInNvml(StandInGpu(used=[7 * GIB])))
    with memory_watch(os.getpid(), H100) as watch:
        energy = watch.energy_joules()
    assert (watch.largest_mib, watch.measure) == (7 * 1024, "nvml")
    assert energy is not None
