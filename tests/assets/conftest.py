"""The whole graph, once: a small task and a few steps of the real model, by the command that users type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tests.students.conftest import save_tiny_base

CHECKOUT = Path(__file__).parents[2]
TASK = "tiny"
STUDENT = "smollm2-135m"


@dataclass(frozen=True)
class Checkout:
    """The command `distil` with a home and a profile of its own."""

    home: Path
    profile: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DISTIL_HOME": str(self.home),
            "DISTIL_DAGSTER": str(self.home / "dagster"),
            "DISTIL_PROFILE": str(self.profile),
            "DAGSTER_HOME": str(CHECKOUT),
            "HF_HUB_OFFLINE": "1",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "distil_dagster.cli", *arguments]
        return subprocess.Popen(
            command, env=self.environment, cwd=CHECKOUT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def distil(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=600)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def python(self, program: str) -> str:
        command = [sys.executable, "-W", "ignore", "-c", program]
        return subprocess.run(
            command, env=self.environment, cwd=CHECKOUT, text=True, capture_output=True, check=True
        ).stdout

    def json(self, *arguments: str) -> Any:
        result = self.distil(*arguments)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


def write_profile(path: Path, base_model: Path, *, steps: int, device: str = "cpu", training_seeds: int = 1) -> Path:
    """The embedded profile with a few steps, a few questions and a few seconds of load."""
    profile = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    profile["students"] = {STUDENT: {"base_model": {"kind": "path", "path": str(base_model)}, "licence": "Apache-2.0"}}
    profile["device"] |= {"kind": device} if device == "cpu" else {"kind": device, "memory_gib": 80}
    profile["training_seeds"] = training_seeds
    for recipe in ("seeds_only", "distilled"):
        profile[recipe] |= {
            "lora_r": 4,
            "per_step_examples": 2,
            "max_steps": steps,
            "evaluate_every_steps": steps,
            "checkpoint_every_steps": 1,
            "max_held_back_rows": 2,
        }
    profile["benchmark"] |= {"max_questions": 10, "concurrency": 4}
    # After so few steps many tokens are nearly equally likely, and a rounding decides.
    profile["parity"] = {"max_questions": 4, "required_prediction_agreement": 0, "required_token_agreement": 0}
    profile["serving"] |= {
        "service_levels": [{"name": "patient", "p99_seconds": 60.0}],
        "warm_up_seconds": 0.3,
        "window_seconds": 4,
        "tail_seconds": 0,
        "tolerance": 1.0,
        "min_distinct_prompts": 5,
        "offline_requests": 6,
        "single_stream_requests": 2,
        "concurrency": 2,
        "warm_up_requests": 2,
        "max_seconds": 1.5,
    }
    path.write_text(yaml.safe_dump(profile))
    return path


def write_tiny_profile(folder: Path, *, steps: int, **content: Any) -> Path:
    """Such a profile whose student is a random model of two layers, for what doesn't depend on what it has learnt."""
    (folder / "base").mkdir()
    path = write_profile(folder / "tiny.yaml", save_tiny_base("llama", folder / "base"), steps=steps)
    profile = yaml.safe_load(path.read_text()) | content
    for recipe in ("seeds_only", "distilled"):
        profile[recipe] |= {"max_length": 4096, "max_corpus_turns": 40, "max_tokens": None}
    path.write_text(yaml.safe_dump(profile))
    return path


@dataclass(frozen=True)
class KilledRun:
    """What was there when the first run of the graph was killed in the middle of a training, and what it left."""

    corpus: str
    """Fingerprint of the corpus, which was finished."""
    outliving: list[str]
    """Command lines of workers that were still alive ten seconds later."""


@pytest.fixture(scope="session")
def killed_run(home: Checkout, small_task: Path) -> KilledRun:
    """Start to make the graph and kill the run with SIGKILL once a training has written a checkpoint."""
    assert home.distil("import", str(small_task), "--name", TASK).returncode == 0
    run = home.start("run", TASK)
    deadline = time.monotonic() + 240
    while not list(home.home.glob("work/*_adapter-*/checkpoints/training_seed_0/[!.]*")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.kill()
    run.communicate()
    deadline = time.monotonic() + 10
    while (outliving := workers_of(home.home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    corpus = (home.home / "artifacts" / "synthetic_corpus" / TASK / "current").read_text()
    return KilledRun(corpus, outliving)


@pytest.fixture(scope="session")
def graph(home: Checkout, killed_run: KilledRun) -> Checkout:
    """The home after the run was started again and made the whole graph."""
    result = home.distil("run", TASK)
    assert result.returncode == 0, result.stdout + result.stderr
    return home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, base_model_dir: Path) -> Checkout:
    """An empty home with a profile of a few steps."""
    folder = tmp_path_factory.mktemp("graph")
    return Checkout(folder / "home", write_profile(folder / "tiny.yaml", base_model_dir, steps=6))


def workers_of(home: Path) -> list[str]:
    """Command lines of the processes that work in this home."""
    lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [" ".join(line) for line in lines if any(str(home) in argument for argument in line)]


@pytest.fixture(scope="session")
def small_task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundled task with fewer rows and a corpus of 60."""
    folder = tmp_path_factory.mktemp("small") / "small_home"
    folder.mkdir()
    source = CHECKOUT / "tasks" / "smart_home"
    (folder / "job_description.json").write_text((source / "job_description.json").read_text())
    settings = yaml.safe_load((source / "config.yaml").read_text())
    settings["synthgen"]["generation_target"] = 60
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    for stem in ("train", "test"):
        lines: Sequence[str] = (source / f"{stem}.jsonl").read_text().splitlines()[:25]
        (folder / f"{stem}.jsonl").write_text("\n".join(lines) + "\n")
    return folder
