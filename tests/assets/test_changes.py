"""What one run does otherwise than profile and task say is in the manifests, and makes other artifacts.

It takes half a minute, since it writes two corpora and trains a model of two layers, each in a process of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from distil_dagster.artifacts import Artifact
from distil_dagster.home import Home
from tests.assets.conftest import STUDENT, Checkout, write_profile
from tests.students.conftest import save_tiny_base

TASK = "tiny"
PROGRAM = """
from dataclasses import replace
import dagster as dg
from distil_dagster.definitions import defs
from distil_dagster.home import Home
from distil_dagster.profile import load_profile
from distil_dagster.whole_task import Changes, plan_whole_task
from resources.artifacts import REUSE_TAG
from resources.in_turn import run_jobs

planned = plan_whole_task(Home.from_environment(), load_profile(), "tiny", changes=Changes(**changes))
runs = [replace(run, only=tuple(only[run.job])) for run in planned.runs if run.job in only]
with dg.DagsterInstance.get() as instance:
    run_jobs(defs(), instance, runs, tags={REUSE_TAG: "true"})
"""
CHANGES = {"generation_target": 30, "num_train_epochs": 2.0}


def run(checkout: Checkout, changes: dict[str, float], only: dict[str, list[str]]) -> None:
    checkout.python(f"changes, only = {changes!r}, {only!r}\n{PROGRAM}")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, small_task: Path) -> Checkout:
    """A home in which the first run asked for fewer rows and more epochs."""
    folder = tmp_path_factory.mktemp("changes")
    (folder / "base").mkdir()
    profile = write_profile(folder / "tiny.yaml", save_tiny_base("llama", folder / "base"), steps=2)
    content = yaml.safe_load(profile.read_text())
    content["distilled"] |= {"max_length": 4096, "max_tokens": None}
    profile.write_text(yaml.safe_dump(content))
    checkout = Checkout(folder / "home", profile)
    assert checkout.distil("import", str(small_task), "--name", TASK).returncode == 0
    run(checkout, CHANGES, {"write_corpus": [], "distil_student": ["lora_adapter"]})
    return checkout


def current(checkout: Checkout, asset: str, **partition: str) -> Artifact:
    return Home(checkout.home).store.current(asset, {"task": TASK, **partition})


def test_manifests_hold_what_was_changed_under_the_names_that_they_always_have(changed: Checkout) -> None:
    corpus = current(changed, "synthetic_corpus").manifest.recipe
    adapter = current(changed, "lora_adapter", student=STUDENT)
    assert corpus.parameters["count"] == 30
    assert adapter.manifest.recipe.parameters["recipe"]["num_train_epochs"] == 2.0
    assert json.loads((adapter.local() / "recipe.json").read_text())["num_train_epochs"] == 2.0


def test_the_same_change_makes_the_same_artifact_and_none_another(changed: Checkout) -> None:
    first = current(changed, "synthetic_corpus")
    run(changed, {}, {"write_corpus": ["synthetic_corpus"]})
    plain = current(changed, "synthetic_corpus")
    assert plain.manifest.recipe.parameters["count"] == 60
    assert plain.manifest.fingerprint != first.manifest.fingerprint
    run(changed, {"generation_target": 30}, {"write_corpus": ["synthetic_corpus"]})
    again = current(changed, "synthetic_corpus")
    assert again.manifest == first.manifest
