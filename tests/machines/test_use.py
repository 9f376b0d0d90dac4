"""What a step used is the most of its memory, the mean of its utilisation and the difference of its energy."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from distil_dagster.machines.settings import Device
from distil_dagster.machines.use import DeviceUse, watched
from tests.machines.stand_in_nvml import GIB, StandInGpu, StandInNvml

CPU = Device(name="two cores", kind="cpu")
H100 = Device(name="NVIDIA H100 80GB", kind="cuda", memory_gib=80)


def test_a_gpu_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = StandInGpu(used=[0, 0, 20 * GIB, 60 * GIB, 40 * GIB], busy=[80, 100, 90], millijoules=[5_000, 905_000])
    monkeypatch.setitem(sys.modules, "pynvml", StandInNvml(gpu))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with watched(H100) as watch:
        for _ in range(3):
            watch.sample(1)
        use = watch.use()
    assert use.device == "NVIDIA H100 80GB HBM3 (GPU-0), driver 570.86.15"
    assert (use.peak_memory_mib, use.mean_utilisation, use.energy_joules) == (60 * 1024, pytest.approx(0.9), 900.0)


def test_a_gpu_that_counts_no_energy_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", StandInNvml(StandInGpu(millijoules=None)))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with watched(H100) as watch:
        assert watch.use().energy_joules is None


def test_on_a_cpu_the_memory_of_a_worker_and_its_children_is_counted() -> None:
    holds = "held = bytearray(100 * 2**20); print(flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holds!r}])"
    with watched(CPU) as watch:
        worker = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert worker.stdout
        worker.stdout.readline()
        watch.sample(worker.pid)
        worker.communicate(b"\n")
        use = watch.use()
    assert 100 < use.peak_memory_mib < 200
    assert use.device == "two cores"
    assert use.mean_utilisation is not None
    assert 0 < use.mean_utilisation <= 1
    assert use.energy_joules is None


def test_a_worker_that_is_gone_is_no_error() -> None:
    with watched(CPU) as watch:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        watch.sample(gone.pid)
        time.sleep(0.01)
        assert watch.use().peak_memory_mib == 0


def test_the_workers_of_a_step_are_shown_together() -> None:
    first = DeviceUse(device="a", seconds=10, peak_memory_mib=7, mean_utilisation=0.5, energy_joules=100)
    second = DeviceUse(device="a", seconds=30, peak_memory_mib=5, mean_utilisation=0.75, energy_joules=50)
    both = DeviceUse(device="a", seconds=40, peak_memory_mib=7, mean_utilisation=0.6875, energy_joules=150)
    assert first.then(second) == both
    assert both.then(DeviceUse(device="a", seconds=1, peak_memory_mib=1)).energy_joules is None
