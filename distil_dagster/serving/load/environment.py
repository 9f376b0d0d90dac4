"""What a measurement has to say of the machine that it was taken on."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from distil_dagster.serving.load.errors import LoadTestError

CLIENT_PACKAGES = ("mlcommons-loadgen", "aiohttp", "uvloop")
GPU_QUERY = ("name", "driver_version", "clocks.sm", "clocks.max.sm", "clocks.mem", "power.limit", "memory.total")


def environment() -> dict[str, str]:
    """Device, clocks, driver, load of the machine and versions, as they are now; what it doesn't say is left out.

    Raises:
        LoadTestError: if a package of the client is not installed.
    """
    found = {
        "processor": _processor(),
        "cores": f"{psutil.cpu_count()} ({len(psutil.Process().cpu_affinity()) if psutil.LINUX else 'all'} usable)",
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "system": platform.platform(),
        "python": platform.python_version(),
        "load average": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        **{package: _version(package) for package in CLIENT_PACKAGES},
    }
    clocks = psutil.cpu_freq()
    if clocks is not None:
        found["processor clock"] = f"{clocks.current:.0f} MHz"
    return found | _gpu()


def folder_sha256(folder: Path) -> str:
    """One hash over the names and contents of all files of a folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise LoadTestError(f"the load test needs {package}: pip install 'distil_dagster[serve]'") from error


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gpu() -> dict[str, str]:
    command = ["nvidia-smi", f"--query-gpu={','.join(GPU_QUERY)}", "--format=csv,noheader"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return {}  # no NVIDIA driver: the device is another
    return {
        f"gpu {number} {name}": value.strip()
        for number, line in enumerate(asked.stdout.splitlines())
        for name, value in zip(GPU_QUERY, line.split(","), strict=True)
    }
