"""Stands in for NVIDIA's management library where there is no GPU: the functions of `pynvml` that are called, no more.

What it can't show is that a real driver answers so; that is not measured yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

GIB = 2**30


class NVMLError(Exception):
    """As the library's own."""


class NVMLError_NotSupported(NVMLError):  # noqa: N801, N818 - the library's name
    """As the library's own."""


@dataclass
class StandInGpu:
    """What a GPU's driver answers; each list is answered from its front, and its last entry for ever."""

    name: str = "NVIDIA H100 80GB HBM3"
    total: int = int(79.6 * GIB)
    used: list[int] = field(default_factory=lambda: [0])
    busy: list[int] = field(default_factory=lambda: [0])
    millijoules: list[int] | None = field(default_factory=lambda: [1_000_000])
    holders: list[list[tuple[int, int]]] = field(default_factory=lambda: [[]])
    """Processes with the bytes that they hold."""


class StandInNvml:
    """The module `pynvml` over some GPUs."""

    NVMLError = NVMLError
    NVMLError_NotSupported = NVMLError_NotSupported

    def __init__(self, *gpus: StandInGpu, without_driver: bool = False) -> None:
        self._gpus = gpus
        self._without_driver = without_driver
        self.open = False

    def nvmlInit(self) -> None:  # noqa: N802
        if self._without_driver:
            raise NVMLError("NVML Shared Library Not Found")
        self.open = True

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open = False

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802
        return "570.86.15"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> StandInGpu:  # noqa: N802
        if index >= len(self._gpus):
            raise NVMLError("Invalid Argument")
        return self._gpus[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> StandInGpu:  # noqa: N802
        for gpu in self._gpus:
            if self.nvmlDeviceGetUUID(gpu) == uuid:
                return gpu
        raise NVMLError("Not Found")

    def nvmlDeviceGetName(self, gpu: StandInGpu) -> str:  # noqa: N802
        return gpu.name

    def nvmlDeviceGetUUID(self, gpu: StandInGpu) -> str:  # noqa: N802
        return f"GPU-{self._gpus.index(gpu)}"

    def nvmlDeviceGetMemoryInfo(self, gpu: StandInGpu) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(total=gpu.total, used=_next(gpu.used))

    def nvmlDeviceGetUtilizationRates(self, gpu: StandInGpu) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=_next(gpu.busy))

    def nvmlDeviceGetTotalEnergyConsumption(self, gpu: StandInGpu) -> int:  # noqa: N802
        if gpu.millijoules is None:
            raise NVMLError_NotSupported("Not Supported")
        return _next(gpu.millijoules)

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: StandInGpu) -> list[SimpleNamespace]:  # noqa: N802
        return [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in _next(gpu.holders)]


def _next(answers: list) -> object:
    return answers.pop(0) if len(answers) > 1 else answers[0]
