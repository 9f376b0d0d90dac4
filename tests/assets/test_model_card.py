"""`model_card` through Dagster, over the scores of a student that a run left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.reports.model_card import CARD
from tests.assets.materialising import materialise
from tests.reports.distilled_student import OF_STUDENT, publish_merged, publish_scores, publish_seeds, write_weights


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


def test_the_card_is_made_from_the_scores_and_shown_in_dagster(store: ArtifactStore, tiny_task_folder: Path) -> None:
    seeds = publish_seeds(store, tiny_task_folder)
    scores = publish_scores(store, seeds, publish_merged(store, seeds, write_weights))
    shown = materialise("model_card", store, tiny_task_folder)
    artifact = store.current("model_card", OF_STUDENT)
    card = (artifact.local() / CARD).read_text()
    assert artifact.manifest.recipe.inputs == (scores.as_input,)
    assert (shown["questions"], shown["parameters"]) == (20, 20_000_000)
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert card.endswith(str(shown["card"]))
    assert str(shown["card"]).startswith("\n# tiny-20m for tiny\n")


def test_scores_of_a_student_that_was_not_distilled_have_no_card(store: ArtifactStore, tiny_task_folder: Path) -> None:
    publish_scores(store, publish_seeds(store, tiny_task_folder), None)
    with pytest.raises(AssertionError, match="was made without a distilled student"):
        materialise("model_card", store, tiny_task_folder)
