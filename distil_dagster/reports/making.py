"""What it took to make a student: every artifact behind its scores and its load test, with its time and its money."""

from __future__ import annotations

import json
from collections.abc import Sequence

from distil_dagster.artifacts import Artifact, ArtifactStore, OutdatedArtifact, trace
from distil_dagster.artifacts.manifest import partition_key
from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from distil_dagster.corpus import CorpusSummary
from distil_dagster.costs.making import MakingStep, Stage, device_dollars
from distil_dagster.teachers.scores import TeacherSummary

STAGES: dict[str, Stage] = {
    "teacher_scores": "teacher",
    "synthetic_corpus": "teacher",
    "weak_spots": "teacher",
    "lora_adapter": "training",
    "merged_model": "training",
    "quantised_model": "training",
    "seeds_only_adapter": "benchmark",
    "benchmark_scores": "benchmark",
    "serving_profile": "benchmark",
    "reference_scores": "benchmark",
}
"""What an artifact counts as; others take no time to speak of."""


def making_steps(
    store: ArtifactStore, student: str, roots: Sequence[Artifact], *, dollars_per_hour: float
) -> tuple[MakingStep, ...]:
    """All that was made for a student, in the order in which it was made.

    Corpus, teacher and references count in full, as though it were the only student of its task.

    Args:
        store: where the artifacts lie.
        student: its name.
        roots: its scores and its load test, and the references that it is compared with.
        dollars_per_hour: the device's price.
    """
    behind = {step.artifact.manifest.fingerprint: step.artifact for root in roots for step in trace(store, root)}
    made = sorted(behind.values(), key=lambda artifact: artifact.manifest.created_at)
    return tuple(
        _step(artifact, student, dollars_per_hour) for artifact in made if artifact.manifest.recipe.asset in STAGES
    )


def _step(artifact: Artifact, student: str, dollars_per_hour: float) -> MakingStep:
    recipe, seconds = artifact.manifest.recipe, _device_seconds(artifact)
    return MakingStep(
        student=student,
        stage=STAGES[recipe.asset],
        asset=recipe.asset,
        partition=partition_key(recipe.partition),
        fingerprint=artifact.manifest.fingerprint,
        device_seconds=seconds,
        device_dollars=None if seconds is None else device_dollars(seconds, dollars_per_hour=dollars_per_hour),
        api_dollars=_api_dollars(artifact),
    )


def _device_seconds(artifact: Artifact) -> float | None:
    recipe, seconds = artifact.manifest.recipe, artifact.manifest.seconds
    if recipe.asset == "reference_scores" or _asks_an_endpoint(artifact):
        return 0.0
    if recipe.asset in ("lora_adapter", "seeds_only_adapter"):
        # A training goes on from its last checkpoint after a kill, and its own clock counts all attempts.
        return max(seconds or 0.0, _trained_seconds(artifact))
    return seconds


def _asks_an_endpoint(artifact: Artifact) -> bool:
    teacher = artifact.manifest.recipe.parameters.get("teacher")
    return isinstance(teacher, dict) and teacher.get("kind") == "endpoint"


def _trained_seconds(adapter: Artifact) -> float:
    """Of all trainings of the artifact, which differ by their random seed."""
    files = [record.path for record in adapter.manifest.files if record.path.rpartition("/")[2] == "summary.json"]
    return sum(float(json.loads((adapter.path / file).read_text())["seconds"]) for file in files)


def _api_dollars(artifact: Artifact) -> float | None:
    """None as well where another version of the code recorded it in a way that can't be read any more."""
    try:
        return _charged(artifact)
    except OutdatedArtifact:
        return None


def _charged(artifact: Artifact) -> float | None:
    asset = artifact.manifest.recipe.asset
    if asset == "synthetic_corpus":
        return artifact.summary(CorpusSummary).spent_dollars
    if asset == "teacher_scores":
        return artifact.summary(TeacherSummary).spent_dollars if _asks_an_endpoint(artifact) else 0.0
    judge = read_judge_report(artifact.local()) if asset in ("benchmark_scores", "reference_scores") else None
    asked = artifact.summary(ReferenceSummary).dollars_spent if asset == "reference_scores" else 0.0
    return asked + (judge.dollars_spent if judge else 0.0)
