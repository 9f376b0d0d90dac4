"""`gguf_model` through Dagster: a merged model of two layers, and a profile that says the format."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.students.gguf_export import GGUF_FILE, GgufSummary
from tests.assets.materialising import materialise
from tests.reports.distilled_student import OF_STUDENT, publish_merged, publish_seeds
from tests.students.conftest import tiny_llama  # noqa: F401 - a fixture

TO_EIGHT_BITS = {"gguf": {"quantisation": "Q8_0"}}


@pytest.fixture
def merged(store: ArtifactStore, tiny_task_folder: Path, tiny_llama: Path) -> Artifact:  # noqa: F811
    def write(output: Path) -> None:
        copytree(tiny_llama, output, dirs_exist_ok=True)

    return publish_merged(store, publish_seeds(store, tiny_task_folder), write)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


def test_the_file_is_written_in_the_format_of_the_profile(
    store: ArtifactStore, merged: Artifact, tiny_task_folder: Path
) -> None:
    shown = materialise("gguf_model", store, tiny_task_folder, profile=TO_EIGHT_BITS)
    artifact = store.current("gguf_model", OF_STUDENT)
    summary = artifact.summary(GgufSummary)
    assert summary.quantisation == shown["quantisation"] == "Q8_0"
    assert shown["bytes"] == (artifact.local() / GGUF_FILE).stat().st_size
    assert shown["largest_rounding_error"] == pytest.approx(summary.largest_rounding_error)
    assert shown["parameters"] == summary.parameters
    assert artifact.manifest.recipe.inputs == (merged.as_input,)
    assert artifact.manifest.recipe.parameters == {"quantisation": "Q8_0"}


def test_the_file_names_student_task_and_licence(
    store: ArtifactStore, merged: Artifact, tiny_task_folder: Path
) -> None:
    import gguf

    materialise("gguf_model", store, tiny_task_folder)
    fields = gguf.GGUFReader(store.current("gguf_model", OF_STUDENT).local() / GGUF_FILE).fields
    assert fields["general.name"].contents() == "tiny-20m for tiny"
    assert fields["general.license"].contents() == "Apache-2.0"
    assert fields["general.file_type"].contents() == gguf.LlamaFileType.MOSTLY_BF16


def test_without_a_merged_model_it_says_what_to_make(store: ArtifactStore, tiny_task_folder: Path) -> None:
    with pytest.raises(AssertionError, match=r"merged_model.* has not been made yet; materialise it first"):
        materialise("gguf_model", store, tiny_task_folder)
