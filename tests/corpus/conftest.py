"""The task whose generated rows most tests here filter."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.tasks import Task, load_task


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)
