"""Materialises one asset of a student in a process of its own, with a home and a profile of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

from distil_dagster.artifacts import ArtifactStore
from tests.reports.distilled_student import PACKAGE, STUDENT, TASK

CHECKOUT = Path(__file__).parents[2]
PROGRAM = """
import importlib, json, sys
import dagster as dg
from resources import Artifacts, Launcher, ProfileResource

name, key = sys.argv[1:]
asset = getattr(importlib.import_module("assets." + name), name)
resources = {"artifacts": Artifacts(), "profile": ProfileResource(), "launcher": Launcher()}
with dg.DagsterInstance.ephemeral() as instance:
    result = dg.materialize([asset], partition_key=key, resources=resources, instance=instance, raise_on_error=False)
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            sys.exit(error.message)
    (made,) = result.asset_materializations_for_node(name)
    plain = {name: value.value for name, value in made.metadata.items() if isinstance(value.value, str | int | float)}
    print(json.dumps(plain))
"""


def materialise(
    asset: str, store: ArtifactStore, task_folder: Path, *, profile: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make the asset of the student in the store's home; returns its plain metadata.

    Raises AssertionError with what the step said if it failed.
    """
    home = Path(store.root.path)
    copytree(task_folder, home / "tasks" / TASK, dirs_exist_ok=True)
    settings = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    settings["students"] = {STUDENT: {"base_model": PACKAGE, "licence": "Apache-2.0"}}
    (home / "tiny.yaml").write_text(yaml.safe_dump(settings | dict(profile or {})))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, asset, f"{STUDENT}|{TASK}"],
        env={**os.environ, "DISTIL_HOME": str(home), "DISTIL_PROFILE": str(home / "tiny.yaml"), "DAGSTER_HOME": ""},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return shown
