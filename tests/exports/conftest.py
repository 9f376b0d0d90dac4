"""The scores of a distilled student, with a cost table and a model card made from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.reports.model_card import write_model_card
from tests.reports.distilled_student import publish, publish_merged, publish_scores, publish_seeds, write_weights
from tests.reports.test_model_card import publish_costs


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


@pytest.fixture
def scores(store: ArtifactStore, tiny_task_folder: Path) -> Artifact:
    """Of a student that was distilled, on a single-turn task; nothing was made from them yet."""
    seeds = publish_seeds(store, tiny_task_folder)
    return publish_scores(store, seeds, publish_merged(store, seeds, write_weights))


@pytest.fixture
def priced_scores(store: ArtifactStore, scores: Artifact) -> Artifact:
    """The same once they have a cost table and a model card."""
    costs = publish_costs(store, scores, dollars_low=9.5, dollars_high=13.5, total_dollars_per_million=12.0)
    publish(
        store,
        "model_card",
        lambda output: write_model_card(store, scores, costs, output) and None,
        inputs=[scores, costs],
    )
    return scores
