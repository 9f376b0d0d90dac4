"""The GPUs that a step is bound to, as NVIDIA's management library (NVML) sees them.

NVML counts GPUs in the order of the PCI bus and knows nothing of `CUDA_VISIBLE_DEVICES`, so that both are brought
together here: the variable chooses, by index or UUID, and CUDA is told to count as NVML does.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from distil_dagster.machines.errors import MachineError
from distil_dagster.machines.settings import Device

MIB = 2**20
VISIBLE = "CUDA_VISIBLE_DEVICES"
TOLERANCE = 0.1
"""A driver keeps some of the memory that a GPU is sold with."""
IDLE_SHARE = 0.05
"""How much of its memory a GPU may have in use that no process is seen to hold."""
PATIENCE_SECONDS = 15.0
"""A process that ended leaves its memory to the driver, which takes seconds to clear it."""


@dataclass(frozen=True)
class Gpu:
    """One GPU; `handle` is what NVML knows it by."""

    handle: Any
    label: str
    name: str
    uuid: str
    memory_mib: float


@contextmanager
def bound_gpus(device: Device, environment: Mapping[str, str] = os.environ) -> Iterator["BoundGpus"]:
    """The GPUs of this machine that the environment lets a step see, checked to be the declared ones and free.

    Raises:
        MachineError: if there is no such GPU, or another process holds it.
    """
    with visible_gpus(device, environment) as gpus:
        gpus.wait_until_free()
        yield gpus


@contextmanager
def visible_gpus(device: Device, environment: Mapping[str, str] = os.environ) -> Iterator["BoundGpus"]:
    """The same GPUs, whoever holds them.

    Raises:
        MachineError: if there is no such GPU.
    """
    try:
        import pynvml
    except ImportError as error:
        raise MachineError(
            "device.kind is cuda and the package nvidia-ml-py is missing: pip install 'distil_dagster[h100]'"
        ) from error
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise MachineError(
            f"the profile binds this step to {device.name}, and this machine has no working NVIDIA driver ({error}): "
            "choose a profile whose device.kind is cpu, or start it on a machine with the GPU"
        ) from error
    try:
        yield BoundGpus(pynvml, device, environment.get(VISIBLE))
    finally:
        pynvml.nvmlShutdown()


class BoundGpus:
    """As many GPUs as the device has processes."""

    def __init__(self, nvml: Any, device: Device, visible: str | None) -> None:
        """`visible` is the value of CUDA_VISIBLE_DEVICES, if it has one. Raises MachineError."""
        self._nvml = nvml
        self.driver = str(nvml.nvmlSystemGetDriverVersion())
        chosen = visible.split(",") if visible is not None else map(str, range(nvml.nvmlDeviceGetCount()))
        labels = [label.strip() for label in chosen if label.strip() not in {"", "-1"}][: device.num_processes]
        if len(labels) < device.num_processes:
            where = f"{VISIBLE} is {visible!r}" if visible is not None else "this machine has no more"
            raise MachineError(
                f"the profile asks for {device.num_processes} GPU(s) and {len(labels)} can be seen: {where}"
            )
        self.gpus = [self._gpu(label) for label in labels]
        for gpu in self.gpus:
            _check(gpu, device)
        self.environment = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", VISIBLE: ",".join(labels)}
        """What makes CUDA see these GPUs and no others."""

    def wait_until_free(self) -> None:
        """Return as soon as no process holds any of the GPUs. Raises MachineError, naming the one that does."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while holders := [held for gpu in self.gpus if (held := self._held(gpu))]:
            if time.monotonic() > deadline:
                raise MachineError(f"{holders[0]}: end it, or choose another GPU by {VISIBLE}")
            time.sleep(0.5)

    def memory_mib(self) -> float:
        """The memory in use on all of the GPUs."""
        return sum(self._used_mib(gpu) for gpu in self.gpus)

    def utilisation(self) -> float | None:
        """The share of the last moments (a sixth of a second to a second) in which the GPUs were at work."""
        shares = [self._asked("nvmlDeviceGetUtilizationRates", gpu) for gpu in self.gpus]
        known = [share.gpu / 100 for share in shares if share is not None]
        return sum(known) / len(known) if known else None

    def energy_joules(self) -> float | None:
        """What the GPUs have drawn since their driver was loaded; None if one of them doesn't count it."""
        millijoules = [self._asked("nvmlDeviceGetTotalEnergyConsumption", gpu) for gpu in self.gpus]
        return None if None in millijoules else sum(millijoules) / 1000

    def _gpu(self, label: str) -> Gpu:
        nvml = self._nvml
        try:
            by_index = label.isdecimal()
            handle = nvml.nvmlDeviceGetHandleByIndex(int(label)) if by_index else nvml.nvmlDeviceGetHandleByUUID(label)
            return Gpu(
                handle=handle,
                label=label,
                name=str(nvml.nvmlDeviceGetName(handle)),
                uuid=str(nvml.nvmlDeviceGetUUID(handle)),
                memory_mib=nvml.nvmlDeviceGetMemoryInfo(handle).total / MIB,
            )
        except nvml.NVMLError as error:
            raise MachineError(f"{VISIBLE} names GPU {label}, which the driver doesn't know ({error})") from error

    def _asked(self, question: str, gpu: Gpu) -> Any:
        """The driver's answer, or None if this GPU (or a slice of one) has none."""
        try:
            return getattr(self._nvml, question)(gpu.handle)
        except self._nvml.NVMLError_NotSupported:
            return None

    def _used_mib(self, gpu: Gpu) -> float:
        used: int = self._nvml.nvmlDeviceGetMemoryInfo(gpu.handle).used
        return used / MIB

    def _held(self, gpu: Gpu) -> str | None:
        """Who holds the GPU, in words; None if it is free."""
        name = f"GPU {gpu.label} ({gpu.name})"
        for process in self._asked("nvmlDeviceGetComputeRunningProcesses", gpu) or ():
            memory = f", {process.usedGpuMemory / MIB:,.0f} MiB" if process.usedGpuMemory else ""
            return f"{name} is held by process {process.pid} ({_command(process.pid)}{memory})"
        used = self._used_mib(gpu)
        if used > IDLE_SHARE * gpu.memory_mib:
            return f"{used:,.0f} MiB of {name} are held by a process that can't be seen from here, as in a container"
        return None


def _check(gpu: Gpu, device: Device) -> None:
    declared = device.memory_gib or 0.0
    gib = gpu.memory_mib / 1024
    if not gpu.name.lower().startswith(device.name.lower()) or abs(gib - declared) > TOLERANCE * declared:
        raise MachineError(
            f"GPU {gpu.label} is a {gpu.name} with {gib:.0f} GiB, and the profile declares {device.name} with "
            f"{declared:g} GiB: choose another GPU by {VISIBLE}, or correct device in the profile"
        )


def _command(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"`{' '.join(process.cmdline())[:120]}` of {process.username()}"
    except psutil.Error:
        return "of another container or user"
