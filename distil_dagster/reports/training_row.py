"""Finds a training row of a student in the artifacts, and all that made it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from distil_dagster.artifacts import Artifact, ArtifactStore, trace
from distil_dagster.corpus.row_lineage import RowLineage, row_lineage, seed_lineage
from distil_dagster.corpus.tables import CORPUS, read_verdicts
from distil_dagster.serving.responses import ResponseFolder
from distil_dagster.tasks.seed_set import read_seed_set


def training_row_lineage(store: ArtifactStore, responses: Path, task: str, student: str, row_id: str) -> RowLineage:
    """The lineage of a row by its id, as `rows.parquet` of the adapter and `corpus.parquet` have it.

    Rows of the corpus that were rejected, or not drawn for training, are found as well.

    Raises:
        MissingArtifact: if the student has no adapter on the task.
        ValueError: if no row of its corpus has the id.
    """
    adapter = store.current("lora_adapter", {"task": task, "student": student})
    return lineage_of_row(behind(store, adapter), responses, row_id)


def behind(store: ArtifactStore, artifact: Artifact) -> dict[str, Artifact]:
    """What the artifact was made from, by asset; of several rounds of a corpus the last, which has the rows of all."""
    return {step.artifact.manifest.recipe.asset: step.artifact for step in reversed(trace(store, artifact))}


def lineage_of_row(made_from: Mapping[str, Artifact], responses: Path, row_id: str) -> RowLineage:
    """The lineage of a row of this corpus, or of these seeds. Raises ValueError if neither has it."""
    seeds = read_seed_set(made_from["seed_set"].local()).seeds
    for seed in seeds:
        if seed.id == row_id:
            return seed_lineage(seed)
    corpus = made_from["synthetic_corpus"]
    found = read_verdicts(corpus.local(), row_id)
    if not found:
        raise ValueError(
            f"no row {row_id} is in {corpus.manifest.label}, nor among the seeds: ids are in the column id of "
            f"{corpus.path / CORPUS}"
        )
    # A text that came twice was kept at most once.
    teacher, verdict = next((pair for pair in found if pair[1].rejected_by is None), found[0])
    filters = corpus.manifest.recipe.parameters["curation"]["filters"]
    return row_lineage(teacher, verdict, seeds, ResponseFolder(responses), filters)
