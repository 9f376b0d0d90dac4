"""One row of the test set, from the answers that it got back to the training rows nearest to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.corpus.row_lineage import RowLineage
from distil_dagster.corpus.similarity import near_pairs, utterance_tokens
from distil_dagster.reports.training_row import behind, lineage_of_row
from distil_dagster.tasks import Row
from distil_dagster.tasks.seed_set import read_rows

NEAREST = 3


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class GivenAnswer(_Part):
    """What an arm answered to a question of the row, and what that was worth."""

    example_id: str
    """The row's id, and the turn where it has several."""
    arm: str
    training_seed: int
    prompt: tuple[dict[str, str], ...]
    """The messages as they were sent."""
    target: str
    prediction: str
    verdict: str
    latency_seconds: float


class NearestRow(_Part):
    """A row that the student was trained on, and how alike it is: the Jaccard similarity of the words of both."""

    similarity: float
    row: RowLineage


class AskedRow(_Part):
    """All that is known of how a test row was answered."""

    id: str
    question: str
    answers: tuple[GivenAnswer, ...]
    served: dict[str, Any]
    """How the models were served and asked: the benchmark's settings."""
    adapter: str | None
    """The fingerprint of the distilled student's; None where there is none."""
    nearest: tuple[NearestRow, ...]


def asked_row(store: ArtifactStore, responses: Path, task: str, student: str, row_id: str) -> AskedRow | None:
    """The row of the test set with this id, or the one that a question with this id belongs to; None if it has none.

    Raises:
        MissingArtifact: if the student was not scored on the task.
    """
    scores = store.current("benchmark_scores", {"task": task, "student": student})
    table = scores.table("scores.parquet")
    asked = table[(table["row_id"] == row_id) | (table["example_id"] == row_id)]
    if asked.empty:
        return None
    made_from = behind(store, scores)
    tests = {row.id: row for row in read_rows(made_from["seed_set"].local() / "tests.parquet")}
    row = tests[str(asked["row_id"].iloc[0])]
    adapter = made_from.get("lora_adapter")
    trained_on = (
        list({each.id: each for each in read_rows(adapter.local() / "rows.parquet")}.values()) if adapter else []
    )
    return AskedRow(
        id=row.id,
        question=row.question,
        answers=tuple(
            GivenAnswer.model_validate({**record, "prompt": json.loads(record["prompt"])})
            for record in asked.sort_values("example_id", kind="stable").to_dict("records")
        ),
        served=scores.manifest.recipe.parameters["benchmark"],
        adapter=adapter.manifest.fingerprint if adapter else None,
        nearest=tuple(
            NearestRow(similarity=similarity, row=lineage_of_row(made_from, responses, near.id))
            for similarity, near in _nearest(row, trained_on)
        ),
    )


def _nearest(row: Row, others: list[Row]) -> list[tuple[float, Row]]:
    """The rows whose words are most like the row's own, the most alike first."""
    words = [utterance_tokens(other.question) for other in others]
    found = [
        (float(similarity), others[position])
        for positions, _, similarities in near_pairs(words, [utterance_tokens(row.question)], 0.0)
        for position, similarity in zip(positions, similarities, strict=True)
    ]
    return sorted(found, key=lambda pair: -pair[0])[:NEAREST]
