"""From artifacts to what is shown of them.

A report begins at the cost table of a task and follows the manifests back, so that all it shows of the task belongs
together, whatever has been materialised since.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from distil_dagster import __version__
from distil_dagster.artifacts import Artifact, ArtifactStore, OutdatedArtifact, trace
from distil_dagster.artifacts.manifest import partition_key
from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.corpus import CorpusSummary
from distil_dagster.reports.costs import cost_details, measured_references, read_cost_rows
from distil_dagster.reports.page import render
from distil_dagster.reports.report_input import (
    CorpusFunnel,
    ProvenanceRow,
    ReferenceScore,
    Rejection,
    ReportInput,
    TaskReport,
)
from distil_dagster.reports.students import student_report
from distil_dagster.tasks.seed_set import SeedSetSummary

NUMBERS = {
    "benchmark_scores": "accuracy of {student} on {task}",
    "reference_scores": "accuracy of {reference} on {task}",
    "serving_profile": "requests per second of {student} on {task}",
    "cost_table": "dollars per million requests on {task}",
    "price_book": "published prices",
    "synthetic_corpus": "corpus of {task}",
    "weak_spots": "errors of {student} on rows held back from the corpus of {task}",
    "lora_adapter": "training curve of {student} on {task}",
    "seeds_only_adapter": "training curve of {student} on the seeds of {task}",
    "merged_model": "weights of {student} for {task}",
    "quantised_model": "quantised weights of {student} for {task}",
    "teacher_scores": "teacher on {task}",
    "seed_set": "rows of {task}",
}


@dataclass(frozen=True)
class MeasuredTask:
    """A task, and the artifacts that stand for it: its cost table, or all scores where it has none."""

    roots: tuple[Artifact, ...]
    report: TaskReport


def measured_tasks(
    store: ArtifactStore,
    tasks: Sequence[str],
    students: Sequence[str],
    references: Sequence[str],
    *,
    left_out: Callable[[str], object],
) -> list[MeasuredTask]:
    """Each of the tasks that was measured.

    A task whose artifacts can't be read, since another version of the code wrote them, is left out; `left_out` is told
    which one to make again.
    """
    measured = []
    for task in tasks:
        tables = store.current_of_all("cost_table", [{"task": task}])
        partitions = [{"task": task, "student": student} for student in students]
        scores = store.current_of_all("benchmark_scores", partitions)
        found = tables or [*scores, *measured_references(store, task, references)]
        if found:
            try:
                measured.append(MeasuredTask(tuple(found), task_report(store, found)))
            except OutdatedArtifact as error:
                left_out(f"{task} is left out: {error}")
    return measured


def task_report(store: ArtifactStore, roots: Sequence[Artifact]) -> TaskReport:
    """All that is known of a task behind its roots: its cost table, or the scores of students and references."""
    traced = {step.artifact.manifest.fingerprint: step.artifact for root in roots for step in trace(store, root)}
    behind = list(traced.values())
    seeds = next(artifact for artifact in behind if artifact.manifest.recipe.asset == "seed_set")
    folder = seeds.summary(SeedSetSummary)
    corpora = [artifact for artifact in behind if artifact.manifest.recipe.asset == "synthetic_corpus"]
    corpus = corpora[0].summary(CorpusSummary) if corpora else None
    students = sorted(
        {a.manifest.recipe.partition["student"] for a in behind if "student" in a.manifest.recipe.partition}
    )
    tables = [root for root in roots if root.manifest.recipe.asset == "cost_table"]
    summaries = [
        artifact.summary(BenchmarkSummary)
        for artifact in behind
        if artifact.manifest.recipe.asset == "benchmark_scores"
    ]
    return TaskReport(
        name=folder.name,
        kind=folder.kind,
        description=folder.description,
        seeds=folder.counts["seeds"],
        metric=folder.metric,
        question_noun=summaries[0].question_noun if summaries else "question",
        cluster_noun=summaries[0].cluster_noun if summaries else None,
        teacher=corpus.teacher if corpus else None,
        corpus=_funnel(corpus) if corpus else None,
        students=tuple(student_report(name, behind) for name in students),
        references=tuple(
            ReferenceScore.model_validate(
                {**artifact.summary(ReferenceSummary).model_dump(), "judge": read_judge_report(artifact.local())}
            )
            for artifact in behind
            if artifact.manifest.recipe.asset == "reference_scores"
        ),
        costs=tuple(row for table in tables for row in read_cost_rows(table)),
        cost_details=cost_details(tables[0]) if tables else None,
    )


def provenance(store: ArtifactStore, roots: Sequence[Artifact]) -> list[ProvenanceRow]:
    """Where each number comes from: every artifact behind the roots, once, the nearest first."""
    rows: dict[str, ProvenanceRow] = {}
    for root in roots:
        for step in trace(store, root):
            manifest = step.artifact.manifest
            recipe = manifest.recipe
            rows.setdefault(
                manifest.fingerprint,
                ProvenanceRow(
                    number=NUMBERS[recipe.asset].format(**recipe.partition),
                    asset=recipe.asset,
                    partition=partition_key(recipe.partition) or None,
                    fingerprint=manifest.fingerprint,
                    code_version=recipe.code_version,
                    created=manifest.created_at,
                    rows=next(iter(manifest.counts.values()), None),
                ),
            )
    return list(rows.values())


def write_report(store: ArtifactStore, leaderboard: Artifact, *, profile: str, output: Path) -> int:
    """Write `report.html` over all tasks behind the leaderboard, and return how many it shows."""
    roots = [store.open(record) for record in leaderboard.manifest.recipe.inputs]
    by_task = groupby(roots, key=lambda root: root.manifest.recipe.partition["task"])
    tasks = tuple(task_report(store, list(group)) for _, group in by_task)
    page = render(
        ReportInput(
            created=datetime.now(UTC),
            profile=profile,
            code_version=__version__,
            interval_method="Wilson, or a bootstrap of whole conversations or schemas where questions share one",
            tasks=tasks,
            provenance=tuple(provenance(store, roots)),
        )
    )
    (output / "report.html").write_text(page, encoding="utf-8")
    return len(tasks)


def _funnel(corpus: CorpusSummary) -> CorpusFunnel:
    stages = dict(corpus.funnel)
    generated, kept = stages.pop("generated"), stages.pop("kept")
    rejections = tuple(Rejection(rejected_by=name, rows=rows) for name, rows in stages.items())
    return CorpusFunnel(generated=generated, rejections=rejections, kept=kept)
