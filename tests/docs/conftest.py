"""One small run by the commands of the documentation, which all tests of it stand on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import CHECKOUT

STUDENT = "smollm2-135m"
FEW_STEPS = {
    "lora_r": 4,
    "per_step_examples": 2,
    "max_steps": 2,
    "evaluate_every_steps": 2,
    "max_held_back_rows": 2,
    "max_length": 4096,
}


@dataclass(frozen=True)
class Reader:
    """Somebody who types the commands of the documentation in a checkout of their own."""

    checkout: Path
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        return self.checkout / ".distil"

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Give a shell the command."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.checkout,
            env=dict(self.environment),
            text=True,
            capture_output=True,
            check=False,
            timeout=300,
        )


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """An empty folder that has what the commands find in a checkout, with a profile of a few steps of a tiny model."""
    from tests.students.conftest import save_tiny_base  # imports torch, which the other tests of the pages don't need

    checkout = tmp_path_factory.mktemp("checkout")
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    _write_program(programs / "python", [sys.executable])
    _write_program(programs / "distil", [sys.executable, "-m", "distil_dagster.cli"])
    profile = _write_profile(checkout / "tiny.yaml", save_tiny_base("llama", checkout / "base"))
    return Reader(
        checkout,
        {
            **{name: value for name, value in os.environ.items() if not name.startswith("DISTIL_")},
            "PYTHONPATH": str(CHECKOUT),
            "DISTIL_HOME": str(checkout / ".distil"),
            "DISTIL_DAGSTER": str(checkout / ".distil" / "dagster"),
            "DISTIL_PROFILE": str(profile),
            "DAGSTER_HOME": str(CHECKOUT),
            "HF_HUB_OFFLINE": "1",
            # Two threads gain nothing on a tiny model.
            "OMP_NUM_THREADS": "1",
        },
    )


def _write_program(path: Path, command: Sequence[str]) -> None:
    path.write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n')
    path.chmod(0o755)


def _write_profile(path: Path, base_model: Path) -> Path:
    """The embedded profile with a random model of two layers, a few steps, and seconds of load."""
    content = {
        "extends": "embedded",
        "device": {"peak": {"teraflops": 100, "gigabytes_per_second": 100, "source": "assumed"}},
        "students": {
            STUDENT: {"base_model": {"kind": "path", "path": str(base_model)}, "licence": "Apache-2.0"},
        },
        "seeds_only": FEW_STEPS,
        "distilled": FEW_STEPS | {"max_corpus_turns": 20},
        "benchmark": {"max_questions": 4},
        # A random model finds many tokens nearly equally likely, so that a rounding decides.
        "parity": {"max_questions": 2, "required_prediction_agreement": 0, "required_token_agreement": 0},
        "serving": {
            "service_levels": [{"name": "patient", "p99_seconds": 60.0}],
            "warm_up_seconds": 0.3,
            "window_seconds": 0.7,
            "tail_seconds": 0,
            "tolerance": 4.0,
            "min_distinct_prompts": 5,
            "offline_requests": 40,
            "single_stream_requests": 1,
            "concurrency": 2,
            "warm_up_requests": 2,
            "max_seconds": 0.5,
            "max_output_tokens": 8,
        },
    }
    path.write_text(yaml.safe_dump(content))
    return path
