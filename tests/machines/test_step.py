"""The worker runs on the checked device, and its end is told as it was."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from distil_dagster.machines import gpus
from distil_dagster.machines.exchange import Exchange
from distil_dagster.machines.settings import Device
from distil_dagster.machines.step import main, step_command
from distil_dagster.machines.use import DeviceUse
from distil_dagster.profile import load_profile
from tests.machines.stand_in_nvml import StandInGpu, StandInNvml

CPU = Device(name="two cores", kind="cpu")
H100 = Device(name="NVIDIA H100 80GB", kind="cuda", memory_gib=80)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a module that is the worker."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # a step takes over those that pytest needs
    return tmp_path / "worker_of_a_step.py"


def run(device: Device, *arguments: str, exchange: Exchange | None = None) -> int:
    return main(step_command(device, "worker_of_a_step", arguments, processes=1, exchange=exchange)[3:])


def test_the_worker_gets_its_arguments_and_its_use_is_told(worker: Path, capfd: pytest.CaptureFixture[str]) -> None:
    worker.write_text("import sys\nprint(sys.argv[1:])")
    assert run(CPU, "--rows", "a b", "--device", "cpu") == 0
    said = capfd.readouterr()
    assert said.out.strip() == "['--rows', 'a b', '--device', 'cpu']"
    assert DeviceUse.model_validate_json(said.err.splitlines()[-1]).device == "two cores"


@pytest.mark.parametrize(("program", "code"), [("exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 128 + 9)])
def test_the_exit_code_is_the_workers(worker: Path, program: str, code: int) -> None:
    worker.write_text(program)
    assert run(CPU) == code


def test_on_a_gpu_the_worker_sees_that_gpu_only(
    worker: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", StandInNvml(StandInGpu(), StandInGpu()))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    worker.write_text("import os\nprint(os.environ['CUDA_VISIBLE_DEVICES'], os.environ['CUDA_DEVICE_ORDER'])")
    assert run(H100) == 0
    assert capfd.readouterr().out.strip() == "0 PCI_BUS_ID"


def test_a_worker_isnt_started_on_a_busy_gpu(
    worker: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpus, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setitem(sys.modules, "pynvml", StandInNvml(StandInGpu(holders=[[(os.getpid(), 2**30)]])))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    worker.write_text("print('started')")
    assert run(H100) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"failed: GPU 0 (NVIDIA H100 80GB HBM3) is held by process {os.getpid()}")


def test_a_profile_tells_the_step_its_device_and_no_more() -> None:
    command = step_command(load_profile("h100").device, "worker_of_a_step", [], processes=1)
    told = json.loads(command[command.index("--device") + 1])
    assert told == {"name": "NVIDIA H100 80GB", "kind": "cuda", "memory_gib": 80.0, "num_processes": 1}


def test_files_travel_to_a_machine_with_a_home_of_its_own_and_results_travel_back(
    worker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    draft, seeds = home / "work" / "thing-1" / "draft-7-a", home / "artifacts" / "seed_set"
    for folder, name in ((draft, "rows"), (seeds, "seeds"), (seeds, "unread")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (home / "work" / "thing-1" / "checkpoints").mkdir()
    monkeypatch.setenv("DISTIL_HOME", str(tmp_path / "elsewhere"))
    worker.write_text(
        "import sys\nfrom pathlib import Path\n"
        "draft, seeds, checkpoints, cache = map(Path, sys.argv[1:])\n"
        "assert 'elsewhere' in str(draft) and not str(cache).startswith(str(draft.parents[2]))\n"
        "(checkpoints / 'last').write_text('1')\n"
        "(draft / 'adapter').mkdir()\n"
        "(draft / 'adapter' / 'weights').write_text((draft / 'rows').read_text() + (seeds / 'seeds').read_text())\n"
    )
    arguments = [str(draft), str(seeds), str(home / "work/thing-1/checkpoints"), str(home / "cache/base_models")]
    exchange = Exchange(address=f"file://{tmp_path}/exchange/step", home=str(home)).send(arguments)
    assert run(CPU, *arguments, exchange=exchange) == 0
    assert not (draft / "adapter").exists()
    exchange.fetch(home, only=("work",))
    assert (draft / "adapter" / "weights").read_text() == "rowsseeds"
    assert (home / "work" / "thing-1" / "checkpoints" / "last").read_text() == "1"
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [], "nothing is left on the other machine"
