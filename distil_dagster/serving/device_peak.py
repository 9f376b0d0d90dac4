"""The two speeds of a device that bound what it can serve, measured with torch where nobody states them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from distil_dagster.serving.settings import DevicePeak

if TYPE_CHECKING:
    import torch

REPEATS = 8
MATRIX_SIDE = {"cpu": 2048, "cuda": 8192}
COPIED_BYTES = 2**28


def measured_peak(kind: str) -> DevicePeak:
    """The fastest of several products of large square matrices, and of several copies of 256 MiB.

    A second or two of the whole device, so to be called while nothing else is measured.

    Args:
        kind: `cpu` or `cuda`, in the number format in which a student is served there.

    Raises:
        DeviceError: if there is no such device.
    """
    import torch

    from distil_dagster.students.precision import choose_precision

    precision = choose_precision(kind)
    side = MATRIX_SIDE[precision.device.type]
    left, right = torch.randn(2, side, side, device=precision.device).to(precision.dtype)
    product = torch.empty_like(left)
    multiplying = _fastest(lambda: torch.matmul(left, right, out=product), precision.device)
    source = torch.ones(COPIED_BYTES, dtype=torch.uint8, device=precision.device)
    target = torch.empty_like(source)
    copying = _fastest(lambda: target.copy_(source), precision.device)
    return DevicePeak(
        teraflops=2 * side**3 / multiplying / 1e12,
        # Each byte is read and written.
        gigabytes_per_second=2 * COPIED_BYTES / copying / 1e9,
        source=f"measured here in {precision.dtype_name}",
    )


def _fastest(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest repeat; the first is for warming up."""
    import torch

    taken = []
    for _ in range(1 + REPEATS):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - started)
    return min(taken[1:])
