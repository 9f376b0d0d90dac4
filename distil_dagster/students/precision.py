"""Which device a student runs on, and which number format is fast there. Says why, so that a run can record it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from distil_dagster.students.errors import StudentError


class DeviceError(StudentError):
    """The device asked for is not there."""


@dataclass(frozen=True)
class Precision:
    """A device, the number format for the weights on it, and the reason for the choice."""

    device: torch.device
    dtype: torch.dtype
    reason: str

    @property
    def dtype_name(self) -> str:
        """The format's usual name, as in `float32`."""
        return str(self.dtype).removeprefix("torch.")


def choose_precision(kind: str | None = None) -> Precision:
    """The precision for a kind of device, `cpu` or `cuda`; by default CUDA where there is one.

    bfloat16 where the hardware multiplies it: on a CPU without such instructions it is emulated, about nine times
    slower than float32.

    Raises:
        DeviceError: if CUDA was asked for and there is none.
    """
    if kind == "cuda" and not torch.cuda.is_available():
        raise DeviceError("no CUDA device is visible: choose a profile whose device is a CPU, or give it the GPU")
    if kind != "cpu" and torch.cuda.is_available():
        return Precision(torch.device("cuda"), torch.bfloat16, f"{torch.cuda.get_device_name()} multiplies bfloat16")
    capabilities = torch.cpu.get_capabilities()
    fast = next((name for name in ("amx_bf16", "avx512_bf16") if capabilities.get(name)), None)
    if fast:
        return Precision(torch.device("cpu"), torch.bfloat16, f"this CPU multiplies bfloat16 ({fast})")
    return Precision(torch.device("cpu"), torch.float32, "this CPU has no bfloat16 instructions")
