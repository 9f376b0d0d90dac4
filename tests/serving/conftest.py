"""What tests of asking have in common."""

from __future__ import annotations

import pytest

from distil_dagster.serving import patience


@pytest.fixture
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that failed are sent again at once: how long is waited is tested where the waiting is."""
    monkeypatch.setattr(patience, "FIRST_BACKOFF_SECONDS", 0.01)
