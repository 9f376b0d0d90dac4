"""A task folder that is dropped in becomes a partition when the UI's "Reload definitions" is pressed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget

from tests.assets.conftest import CHECKOUT

LOCATION = "distil_dagster"
TASK = "dropped_in"


def partitions(context: WorkspaceRequestContext, asset: str) -> Sequence[str]:
    (repository,) = context.get_code_location(LOCATION).get_repositories().values()
    found = repository.asset_graph.get(dg.AssetKey(asset)).partitions_def
    assert found is not None
    return found.get_partition_keys()


def test_a_folder_dropped_in_is_a_partition_after_reload_definitions_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTIL_HOME", str(tmp_path))
    monkeypatch.chdir(CHECKOUT)
    target = WorkspaceFileTarget([str(CHECKOUT / "workspace.yaml")])
    with dg.instance_for_test() as instance, WorkspaceProcessContext(instance, target) as process:
        before = process.create_request_context()
        assert TASK not in partitions(before, "seed_set")
        shutil.copytree(CHECKOUT / "tasks" / "smart_home", tmp_path / "tasks" / TASK)
        after = before.reload_code_location(LOCATION)
        assert TASK in partitions(after, "seed_set")
        assert f"smollm2-135m|{TASK}" in partitions(after, "lora_adapter")
