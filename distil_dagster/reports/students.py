"""From the artifacts of one student on one task to its part of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from distil_dagster.artifacts import Artifact
from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from distil_dagster.benchmark.settings import ArmSpread, BenchmarkSummary
from distil_dagster.benchmark.statistics import paired_comparison, per_class_report, verdict_from_rows
from distil_dagster.reports.report_input import (
    ArmScore,
    Comparison,
    CurvePoint,
    LabelReport,
    LabelScore,
    StudentReport,
    StudentVerdict,
    TrainingCurve,
)
from distil_dagster.serving.summary import ServingSummary
from distil_dagster.teachers.scores import TeacherSummary

CURVES = {"seeds_only_adapter": "seeds_only", "lora_adapter": "distilled"}


def student_report(name: str, behind: Sequence[Artifact]) -> StudentReport:
    """All that is known of a student on a task among the artifacts behind the task's roots."""
    arms: tuple[ArmScore, ...] = ()
    curves: list[TrainingCurve] = []
    comparisons: tuple[Comparison, ...] = ()
    labels = None
    verdict = None
    beside: tuple[Comparison, ...] = ()
    spreads: tuple[ArmSpread, ...] = ()
    judge = None
    teachers = [artifact for artifact in behind if artifact.manifest.recipe.asset == "teacher_scores"]
    profile = None
    for artifact in behind:
        recipe = artifact.manifest.recipe
        if recipe.partition.get("student") != name:
            continue
        if recipe.asset == "benchmark_scores":
            summary = artifact.summary(BenchmarkSummary)
            arms = tuple(ArmScore.model_validate(arm.model_dump()) for arm in summary.arms)
            comparisons = tuple(Comparison.model_validate(pair.model_dump()) for pair in summary.comparisons)
            spreads = summary.spreads
            judge = read_judge_report(artifact.local())
            labels = label_report(artifact)
            verdict = student_verdict(artifact, teachers[0] if teachers else None)
            beside = tuple(
                beside_reference(artifact, other)
                for other in behind
                if other.manifest.recipe.asset == "reference_scores"
            )
        elif recipe.asset == "serving_profile":
            profile = artifact.summary(ServingSummary)
        # Behind the last round of a corpus lie the adapters of the rounds before it; the nearest is the student's own.
        elif recipe.asset in CURVES and CURVES[recipe.asset] not in {curve.arm for curve in curves}:
            curves.append(TrainingCurve.model_validate({"arm": CURVES[recipe.asset], "points": curve_points(artifact)}))
    return StudentReport(
        name=name,
        arms=arms,
        comparisons=comparisons,
        spreads=spreads,
        judge=judge,
        beside_references=beside,
        verdict=verdict,
        labels=labels,
        curves=tuple(curves),
        serving=profile,
    )


def curve_points(adapter: Artifact) -> tuple[CurvePoint, ...]:
    """The training curve of a published adapter."""
    import pyarrow.parquet as pq

    rows = pq.read_table(adapter.local() / "curve.parquet").to_pylist()
    return tuple(CurvePoint.model_validate(row) for row in rows)


def student_verdict(scores: Artifact, teacher: Artifact | None) -> StudentVerdict | None:
    """What the rows of base model, distilled student and, if it is a model, teacher come to; None without a student."""
    summary = scores.summary(BenchmarkSummary)
    rows = scores.table("scores.parquet").query("training_seed == 0")
    outcomes = {arm: dict(zip(its["example_id"], its[summary.metric], strict=True)) for arm, its in rows.groupby("arm")}
    if "base" not in outcomes or "distilled" not in outcomes:
        return None
    taught = None
    if teacher is not None and teacher.summary(TeacherSummary).is_model:
        answers = teacher.table("scores.parquet")
        right = dict(zip(answers["example_id"], answers["right"].astype(float), strict=True))
        taught = {example: right[example] for example in outcomes["base"]}
    clusters = dict(zip(rows["example_id"], rows["cluster"], strict=True))
    found = verdict_from_rows(outcomes["base"], outcomes["distilled"], taught, clusters)
    return StudentVerdict(word=found.word, closed=found.closed, reason=found.reason)


def beside_reference(scores: Artifact, reference: Artifact) -> Comparison:
    """A student's last arm less a reference, on the questions that both were asked; repeats count as their mean."""
    summary, other = scores.summary(BenchmarkSummary), reference.summary(ReferenceSummary)
    arm = summary.best_arm.arm
    ours = scores.table("scores.parquet").query("arm == @arm and training_seed == 0")
    theirs = reference.table("scores.parquet").groupby("example_id")[summary.metric].mean()
    first = dict(zip(ours["example_id"], ours[summary.metric], strict=True))
    shared = sorted(first.keys() & set(theirs.index))
    if not shared:
        raise ValueError(f"{arm} and {other.reference} were asked no common question of {summary.metric}")
    clusters = dict(zip(ours["example_id"], ours["cluster"], strict=True))
    pair = paired_comparison(
        {example: first[example] for example in shared},
        {example: float(theirs[example]) for example in shared},
        {example: clusters[example] for example in shared},
    )
    return Comparison.model_validate({"first": arm, "second": other.display_name, **asdict(pair)})


def label_report(scores: Artifact) -> LabelReport | None:
    """The last arm's answers label by label; None if the task's answers have no labels."""
    import pandas as pd

    arm = scores.summary(BenchmarkSummary).best_arm.arm
    rows = scores.table("scores.parquet").query("arm == @arm and training_seed == 0")
    if rows["target_label"].isna().any():
        return None
    targets = rows["target_label"].tolist()
    report = per_class_report(
        targets, [None if pd.isna(label) else label for label in rows["label"]], sorted(set(targets))
    )
    return LabelReport(
        arm=arm,
        labels=tuple(
            LabelScore.model_validate({"label": label, **values})
            for label, values in report.classes.to_dict(orient="index").items()
        ),
        macro_f1=report.averages["f1"].to_dict()["macro"],
        micro_f1=report.averages["f1"].to_dict()["micro"],
        answers=tuple(map(str, report.confusion.columns)),
        confusion=tuple(map(tuple, report.confusion.to_numpy().tolist())),
    )
