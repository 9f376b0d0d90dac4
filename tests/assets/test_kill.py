"""A run that is killed loses nothing that was finished, leaves no process behind, and is taken up by the next one."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from tests.assets.conftest import STUDENT, Checkout, write_profile


def workers_of(home: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(home) in argument for argument in process.info["cmdline"] or ())
    ]


def test_a_run_killed_in_training_goes_on_from_its_checkpoint(
    tmp_path: Path, base_model_dir: Path, small_task: Path
) -> None:
    checkout = Checkout(tmp_path / "home", write_profile(tmp_path / "slow.yaml", base_model_dir, steps=6))
    assert checkout.distil("import", str(small_task), "--name", "killed").returncode == 0
    run = checkout.start("run", "killed")
    deadline = time.monotonic() + 240
    while not list(checkout.home.glob("work/*_adapter-*/checkpoints/*")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    corpus = (checkout.home / "artifacts" / "synthetic_corpus" / "killed" / "current").read_text()
    run.kill()
    run.communicate()
    deadline = time.monotonic() + 10
    while workers_of(checkout.home):
        assert time.monotonic() < deadline, "a worker outlived the run that started it"
        time.sleep(0.1)

    again = checkout.distil("run", "killed")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (checkout.home / "artifacts" / "synthetic_corpus" / "killed" / "current").read_text() == corpus
    resumed = checkout.home.glob("artifacts/*_adapter/*/killed/*/summary.json")
    assert any('"resumed_from_step": null' not in path.read_text() for path in resumed)
    lineage = checkout.json("lineage", "killed", STUDENT, "--json")
    assert lineage[-1]["recipe"]["asset"] == "seed_set"
