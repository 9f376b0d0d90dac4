"""What a step uses of its device while it runs: memory, utilisation and, where the driver counts it, energy."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol

import psutil
from pydantic import BaseModel, ConfigDict

from distil_dagster.machines.gpus import MIB, BoundGpus, bound_gpus
from distil_dagster.machines.settings import Device


class DeviceUse(BaseModel):
    """What one worker used, or several of a step one after the other."""

    model_config = ConfigDict(frozen=True)

    device: str
    seconds: float
    peak_memory_mib: float
    """The most that was in use at any sample, on all GPUs together; on a CPU the workers' proportional set size."""
    mean_utilisation: float | None = None
    """The share of the time in which the GPUs, or the CPU's cores, were at work; None if the driver doesn't say."""
    energy_joules: float | None = None
    """What the GPUs drew; None on a CPU, and where the driver doesn't count it."""

    def then(self, later: "DeviceUse") -> "DeviceUse":
        """The use of both, one after the other."""
        seconds = self.seconds + later.seconds
        mean = energy = None
        if self.mean_utilisation is not None and later.mean_utilisation is not None:
            busy = self.mean_utilisation * self.seconds + later.mean_utilisation * later.seconds
            mean = busy / seconds
        if self.energy_joules is not None and later.energy_joules is not None:
            energy = self.energy_joules + later.energy_joules
        return DeviceUse(
            device=later.device,
            seconds=seconds,
            peak_memory_mib=max(self.peak_memory_mib, later.peak_memory_mib),
            mean_utilisation=mean,
            energy_joules=energy,
        )


class Watch(Protocol):
    """Watches the device for the time of one worker."""

    environment: Mapping[str, str]
    """What the worker needs in its environment to use this device and no other."""

    def sample(self, worker: int) -> None:
        """Look once; `worker` is the pid of the process at work."""

    def use(self) -> DeviceUse:
        """What was used up to now."""


@contextmanager
def watched(device: Device) -> Iterator[Watch]:
    """Watch the device, after a check that it is the declared one and free. Raises MachineError."""
    if device.kind == "cpu":
        yield CpuWatch(device)
    else:
        with bound_gpus(device) as gpus:
            yield GpuWatch(gpus)


class GpuWatch:
    """Samples the GPUs that a step is bound to."""

    def __init__(self, gpus: BoundGpus) -> None:
        self.environment: Mapping[str, str] = gpus.environment
        self._gpus = gpus
        self._started = time.monotonic()
        self._energy_before = gpus.energy_joules()
        self._peak = 0.0
        self._utilisations: list[float] = []

    def sample(self, worker: int) -> None:
        """Look once; all that is in use is the worker's, for the GPUs were free when it started."""
        self._peak = max(self._peak, self._gpus.memory_mib())
        if (share := self._gpus.utilisation()) is not None:
            self._utilisations.append(share)

    def use(self) -> DeviceUse:
        """What was used up to now."""
        energy = self._gpus.energy_joules()
        names = ", ".join(f"{gpu.name} ({gpu.uuid})" for gpu in self._gpus.gpus)
        shares = self._utilisations
        return DeviceUse(
            device=f"{names}, driver {self._gpus.driver}",
            seconds=time.monotonic() - self._started,
            peak_memory_mib=self._peak,
            mean_utilisation=sum(shares) / len(shares) if shares else None,
            energy_joules=None if energy is None or self._energy_before is None else energy - self._energy_before,
        )


class CpuWatch:
    """Samples the memory of a worker and its descendants, and counts their processor time once they have ended."""

    def __init__(self, device: Device) -> None:
        self.environment: Mapping[str, str] = {}
        self._name = device.name
        self._started = time.monotonic()
        self._busy_before = _busy_seconds()
        self._peak = 0.0

    def sample(self, worker: int) -> None:
        """Look once."""
        self._peak = max(self._peak, tree_memory_mib(worker))

    def use(self) -> DeviceUse:
        """What was used up to now; processor time is known of processes that have ended."""
        seconds = time.monotonic() - self._started
        busy = _busy_seconds() - self._busy_before
        return DeviceUse(
            device=self._name,
            seconds=seconds,
            peak_memory_mib=self._peak,
            mean_utilisation=busy / (seconds * (os.cpu_count() or 1)),
        )


def tree_memory_mib(pid: int) -> float:
    """Memory of a process and all below it; what they share is counted once on Linux. 0 if the process has ended."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss if psutil.LINUX else process.memory_info().rss
    return total / MIB


def _busy_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system
