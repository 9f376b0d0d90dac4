"""`quantised_model` through Dagster: a merged model of two layers, and a profile that says the format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
import yaml

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.students.settings import QuantisationSummary
from tests.assets.materialising import CHECKOUT, materialise
from tests.reports.distilled_student import OF_STUDENT, publish_merged, publish_seeds
from tests.students.conftest import tiny_llama  # noqa: F401 - a fixture

FP8 = {"quantisation": {"scheme": "fp8_dynamic"}}
PLANNED = """
import json
from distil_dagster.definitions import defs
found = defs()
graph = found.resolve_asset_graph()
names = ("benchmark_scores", "serving_profile")
inputs = {name: sorted(key.to_user_string() for key in graph.get(graph_key).parent_keys)
          for graph_key in graph.get_all_asset_keys() if (name := graph_key.to_user_string()) in names}
job = found.resolve_job_def("distil_student")
print(json.dumps([inputs, sorted(key.to_user_string() for key in job.asset_layer.selected_asset_keys)]))
"""


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


@pytest.fixture
def merged(store: ArtifactStore, tiny_task_folder: Path, tiny_llama: Path) -> Artifact:  # noqa: F811
    def write(output: Path) -> None:
        copytree(tiny_llama, output, dirs_exist_ok=True)

    return publish_merged(store, publish_seeds(store, tiny_task_folder), write)


def planned(folder: Path, **changes: object) -> tuple[dict[str, list[str]], list[str]]:
    """What benchmark and load test are made from, and what `distil_student` makes, with a profile of these changes."""
    profile = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text()) | changes
    (folder / "mine.yaml").write_text(yaml.safe_dump(profile))
    environment = {**os.environ, "DISTIL_HOME": str(folder), "DISTIL_PROFILE": str(folder / "mine.yaml")}
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PLANNED],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    inputs, job = json.loads(printed)
    return inputs, job


def test_a_profile_with_quantisation_benchmarks_and_serves_the_quantised_model(tmp_path: Path) -> None:
    inputs, job = planned(tmp_path, **FP8)
    assert {"merged_model", "quantised_model"} < set(inputs["benchmark_scores"])
    assert {"merged_model", "quantised_model"} & set(inputs["serving_profile"]) == {"quantised_model"}
    assert "quantised_model" in job


def test_a_profile_without_has_no_such_asset(tmp_path: Path) -> None:
    inputs, job = planned(tmp_path)
    assert "merged_model" in inputs["serving_profile"]
    assert "quantised_model" not in {*job, *inputs["benchmark_scores"], *inputs["serving_profile"]}


def test_the_merged_model_is_quantised_by_the_scheme_of_the_profile(
    store: ArtifactStore, merged: Artifact, tiny_task_folder: Path
) -> None:
    pytest.importorskip("compressed_tensors", reason="the extra h100 is not installed")
    shown = materialise("quantised_model", store, tiny_task_folder, profile=FP8)
    artifact = store.current("quantised_model", OF_STUDENT)
    assert artifact.summary(QuantisationSummary).scheme == shown["scheme"] == "fp8_dynamic"
    assert 0 < shown["share_of_merged_bytes"] < 1
    assert artifact.manifest.recipe.inputs == (merged.as_input,)
    assert artifact.manifest.recipe.parameters == FP8
    assert json.loads((artifact.local() / "config.json").read_text())["quantization_config"]["config_groups"]
