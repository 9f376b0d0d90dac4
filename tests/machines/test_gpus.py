"""A step starts on the GPU that its profile declares, or says what is wrong with the one it finds."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable

import pytest

from distil_dagster.machines import gpus
from distil_dagster.machines.errors import MachineError
from distil_dagster.machines.gpus import bound_gpus
from distil_dagster.machines.settings import Device
from tests.machines.stand_in_nvml import GIB, StandInGpu, StandInNvml

H100 = Device(name="NVIDIA H100 80GB", kind="cuda", memory_gib=80)
Install = Callable[..., StandInNvml]


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a stand-in in the library's place, and lets no test wait for a GPU."""
    monkeypatch.setattr(gpus, "PATIENCE_SECONDS", 0.0)

    def install(*its_gpus: StandInGpu, without_driver: bool = False) -> StandInNvml:
        library = StandInNvml(*its_gpus, without_driver=without_driver)
        monkeypatch.setitem(sys.modules, "pynvml", library)
        return library

    return install


def refusal(device: Device = H100, **environment: str) -> str:
    with pytest.raises(MachineError) as error, bound_gpus(device, environment):
        pass
    return str(error.value)


def test_the_declared_gpu_is_taken_and_made_the_only_one_that_cuda_sees(nvml: Install) -> None:
    library = nvml(StandInGpu(), StandInGpu())
    with bound_gpus(H100, {}) as bound:
        assert [gpu.uuid for gpu in bound.gpus] == ["GPU-0"]
        assert bound.environment == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": "0"}
        assert library.open
    assert not library.open


@pytest.mark.parametrize("label", ["1", "GPU-1"])
def test_the_environment_chooses_among_several(nvml: Install, label: str) -> None:
    nvml(StandInGpu(name="NVIDIA L4", total=23 * GIB), StandInGpu())
    with bound_gpus(H100, {"CUDA_VISIBLE_DEVICES": label}) as bound:
        assert [gpu.uuid for gpu in bound.gpus] == ["GPU-1"]
        assert bound.environment["CUDA_VISIBLE_DEVICES"] == label


def test_processes_that_train_together_have_a_gpu_each(nvml: Install) -> None:
    nvml(StandInGpu(used=[0, 0, 3 * GIB]), StandInGpu(used=[0, 0, 2 * GIB]), StandInGpu())
    with bound_gpus(H100.model_copy(update={"num_processes": 2}), {}) as bound:
        assert bound.environment["CUDA_VISIBLE_DEVICES"] == "0,1"
        assert bound.memory_mib() == 5 * 1024


@pytest.mark.parametrize(
    "found", [StandInGpu(name="NVIDIA A100-SXM4-80GB"), StandInGpu(name="NVIDIA H100 80GB HBM3 MIG", total=10 * GIB)]
)
def test_another_gpu_than_the_declared_one_is_refused_with_both_names(nvml: Install, found: StandInGpu) -> None:
    nvml(found)
    message = refusal()
    assert message.startswith(f"GPU 0 is a {found.name} with {found.total / GIB:.0f} GiB, and the profile declares")
    assert "NVIDIA H100 80GB with 80 GiB" in message


def test_a_busy_gpu_is_refused_with_the_process_that_holds_it(nvml: Install) -> None:
    nvml(StandInGpu(holders=[[(os.getpid(), 70 * GIB)]]))
    message = refusal()
    assert f"GPU 0 (NVIDIA H100 80GB HBM3) is held by process {os.getpid()} (`" in message
    assert "python" in message
    assert "71,680 MiB" in message


def test_a_holder_that_ended_a_moment_ago_is_waited_for(nvml: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "PATIENCE_SECONDS", 30.0)
    nvml(StandInGpu(holders=[[(2**22 + 1, GIB)], []]))
    with bound_gpus(H100, {}) as bound:
        assert len(bound.gpus) == 1


def test_memory_held_by_a_process_of_another_container_is_noticed(nvml: Install) -> None:
    nvml(StandInGpu(used=[40 * GIB]))
    assert refusal().startswith("40,960 MiB of GPU 0 (NVIDIA H100 80GB HBM3) are held by a process that can't be seen")


@pytest.mark.parametrize(
    ("visible", "said"),
    [
        ("", "the profile asks for 1 GPU(s) and 0 can be seen: CUDA_VISIBLE_DEVICES is ''"),
        ("7", "CUDA_VISIBLE_DEVICES names GPU 7, which the driver doesn't know"),
        ("GPU-7", "CUDA_VISIBLE_DEVICES names GPU GPU-7, which the driver doesn't know"),
    ],
)
def test_a_variable_that_shows_no_such_gpu_is_told(nvml: Install, visible: str, said: str) -> None:
    nvml(StandInGpu())
    assert said in refusal(CUDA_VISIBLE_DEVICES=visible)


def test_a_machine_without_driver_or_library_is_told_what_it_lacks(
    nvml: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml(without_driver=True)
    assert re.search(r"no working NVIDIA driver \(NVML Shared Library Not Found\): choose a profile", refusal())
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "pip install 'distil_dagster[h100]'" in refusal()


def test_the_real_library_has_what_is_asked_of_it() -> None:
    pynvml = pytest.importorskip("pynvml", reason="nvidia-ml-py (extra h100) is not installed")
    asked = {name for name in vars(StandInNvml) if name.startswith(("nvml", "NVML"))}
    assert asked <= set(dir(pynvml))
