"""A score as a run of an experiment tracker: parameters, metrics, curves, tags and small files, of no tracker's form.

All is read from the scores and from what lies behind them. What a million requests cost, and the rate behind it, are
in it once there is a cost table of these very scores; the model card likewise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distil_dagster.artifacts import Artifact, ArtifactStore, trace
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.reports.artifacts import task_report
from distil_dagster.reports.lineage import flat
from distil_dagster.reports.model_card import CARD, costs_of
from distil_dagster.reports.report_input import StudentReport

Point = tuple[int, float]
"""A step of the training, and the value after it."""


@dataclass(frozen=True)
class TrackedRun:
    """One student on one task, as it was measured."""

    name: str
    task: str
    identity: str
    """SHA-256 of the fingerprints of all it is read from: equal for equal runs."""
    inputs: tuple[Artifact, ...]
    """The scores, and the cost table and model card that were made from them, if there are such."""
    began: datetime
    ended: datetime
    params: Mapping[str, str]
    """How the student was made and asked."""
    metrics: Mapping[str, float]
    """Shares are in 0..1, times in seconds, costs in US dollars per million requests."""
    curves: Mapping[str, Sequence[Point]]
    tags: Mapping[str, str]
    """The fingerprint of each artifact behind the scores, the nearest of each asset."""
    texts: Mapping[str, str]
    """Small files by their path: the manifests, and the model card."""


def tracked_run(store: ArtifactStore, scores: Artifact) -> TrackedRun:
    """Read all that a tracker is told of a student from its scores.

    Args:
        store: where the artifacts behind the scores lie.
        scores: `benchmark_scores` of the student.

    Raises:
        MissingArtifact: if one of the artifacts behind them is gone.
    """
    partition = scores.manifest.recipe.partition
    costs, card = costs_of(store, scores), _card_of(store, scores)
    report = task_report(store, [costs or scores])
    student = next(known for known in report.students if known.name == partition["student"])
    behind = [step.artifact for step in trace(store, scores)]
    nearest: dict[str, Artifact] = {}
    for artifact in behind:
        nearest.setdefault(artifact.manifest.recipe.asset, artifact)
    inputs = tuple(artifact for artifact in (scores, costs, card) if artifact)
    manifest = scores.manifest
    return TrackedRun(
        name=f"{student.name} for {report.name}",
        task=report.name,
        identity=hashlib.sha256("".join(each.manifest.fingerprint for each in inputs).encode()).hexdigest(),
        inputs=inputs,
        began=manifest.created_at - timedelta(seconds=manifest.seconds or 0),
        ended=manifest.created_at,
        params={
            "task": report.name,
            "kind": report.kind,
            "metric": report.metric,
            "student": student.name,
            **({"teacher": report.teacher} if report.teacher else {}),
            **_settings(nearest),
        },
        metrics=dict(_metrics(student, [row for row in report.costs if row.contender == student.name])),
        curves=dict(_curves(student)),
        tags={f"fingerprint.{asset}": artifact.manifest.fingerprint for asset, artifact in nearest.items()},
        texts={
            **{
                _manifest_path(artifact): artifact.manifest.model_dump_json(indent=2) for artifact in [*behind, *inputs]
            },
            **({"model_card.md": (card.local() / CARD).read_text(encoding="utf-8")} if card else {}),
        },
    )


def _card_of(store: ArtifactStore, scores: Artifact) -> Artifact | None:
    cards = store.current_of_all("model_card", [scores.manifest.recipe.partition])
    return next((card for card in cards if scores.as_input in card.manifest.recipe.inputs), None)


def _manifest_path(artifact: Artifact) -> str:
    return f"manifests/{artifact.manifest.recipe.asset}-{artifact.manifest.fingerprint[:16]}.json"


def _settings(nearest: Mapping[str, Artifact]) -> dict[str, str]:
    """Base model, recipes and way of asking, by dotted names."""
    settings: dict[str, str] = {}
    for asset, prefix in (("lora_adapter", "distilled."), ("seeds_only_adapter", "seeds_only."), ("merged_model", "")):
        if asset in nearest:
            settings |= flat(nearest[asset].manifest.recipe.parameters, prefix, longest=None)
    return settings | flat(nearest["benchmark_scores"].manifest.recipe.parameters, longest=None)


def _metrics(student: StudentReport, costs: Sequence[CostRow]) -> Iterator[tuple[str, float]]:
    for arm in student.arms:
        yield f"{arm.arm}.accuracy", arm.accuracy
        yield f"{arm.arm}.accuracy_low", arm.low
        yield f"{arm.arm}.accuracy_high", arm.high
        yield f"{arm.arm}.n_questions", arm.n_questions
        yield f"{arm.arm}.valid_share", arm.valid_share
    for pair in student.comparisons:
        name = f"{pair.first}_less_{pair.second}"
        yield f"{name}.difference", pair.difference
        yield f"{name}.low", pair.low
        yield f"{name}.high", pair.high
        yield f"{name}.p_value", pair.p_value
    for spread in student.spreads:
        yield f"{spread.arm}.accuracy_over_trainings", spread.mean
        yield f"{spread.arm}.deviation_over_trainings", spread.standard_deviation
    if served := student.serving:
        yield "serving.requests_per_second", served.requests_per_second
        yield "serving.requests", served.requests
        for name in ("p50_seconds", "p95_seconds", "p99_seconds"):
            yield f"serving.{name}", getattr(served, name)
    for row in costs:
        load = "traffic" if row.load == "traffic" else f"{row.utilisation:.0%}".replace("%", "_percent")
        dollars = {
            "": row.dollars_per_million,
            "_low": row.dollars_low,
            "_high": row.dollars_high,
            "_with_making": row.total_dollars_per_million,
        }
        yield from (
            (f"dollars_per_million.at_{load}{end}", value) for end, value in dollars.items() if value is not None
        )


def _curves(student: StudentReport) -> Iterator[tuple[str, Sequence[Point]]]:
    for curve in student.curves:
        yield f"{curve.arm}.loss", [(point.step, point.loss) for point in curve.points]
        measured = [(point.step, point.held_back_loss) for point in curve.points if point.held_back_loss is not None]
        if measured:
            yield f"{curve.arm}.held_back_loss", measured
