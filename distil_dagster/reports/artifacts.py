"""From artifacts to what is shown of them, and to the cost table.

A report begins at the cost table of a task and follows the manifests back, so that all it shows of the task belongs
together, whatever has been materialised since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from distil_dagster import __version__
from distil_dagster.artifacts import Artifact, ArtifactStore, trace
from distil_dagster.artifacts.manifest import partition_key
from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.published import published_figures
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.corpus import CorpusSummary
from distil_dagster.costs.cost_table import (
    CostRow,
    MeasuredReference,
    PublishedAccuracy,
    RequestTokens,
    ServedStudent,
    cost_rows,
    cost_table,
)
from distil_dagster.costs.price_list import PriceList
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
from distil_dagster.serving import settings as serving
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
    "teacher_scores": "teacher on {task}",
    "seed_set": "rows of {task}",
}


@dataclass(frozen=True)
class MeasuredStudent:
    """A student with both measurements that a price needs."""

    name: str
    scores: Artifact
    serving: Artifact

    @property
    def artifacts(self) -> tuple[Artifact, Artifact]:
        """What the cost table is made from."""
        return self.scores, self.serving


def measured_students(store: ArtifactStore, task: str, students: Sequence[str]) -> list[MeasuredStudent]:
    """The students with scores and a serving profile on the task.

    Raises:
        MissingArtifact: if no student has both: there is nothing to price.
    """
    measured = []
    for student in students:
        partition = {"task": task, "student": student}
        scores = store.current_of_all("benchmark_scores", [partition])
        profiles = store.current_of_all("serving_profile", [partition])
        if scores and profiles:
            measured.append(MeasuredStudent(student, scores[0], profiles[0]))
    if not measured:
        first = {"task": task, "student": students[0]}
        store.current("benchmark_scores", first)
        store.current("serving_profile", first)
    return measured


def task_roots(
    store: ArtifactStore, tasks: Sequence[str], students: Sequence[str], references: Sequence[str]
) -> list[list[Artifact]]:
    """What stands for each task that was measured: its cost table, or all scores where it has none."""
    roots = []
    for task in tasks:
        tables = store.current_of_all("cost_table", [{"task": task}])
        partitions = [{"task": task, "student": student} for student in students]
        scores = store.current_of_all("benchmark_scores", partitions)
        found = tables or [*scores, *measured_references(store, task, references)]
        if found:
            roots.append(found)
    return roots


def measured_references(store: ArtifactStore, task: str, references: Sequence[str]) -> list[Artifact]:
    """The scores of the references that were measured on the task."""
    return store.current_of_all("reference_scores", [{"task": task, "reference": slug} for slug in references])


def write_cost_table(
    prices: Artifact,
    measured: Sequence[MeasuredStudent],
    references: Sequence[Artifact],
    *,
    task: str,
    device: str,
    dollars_per_hour: float,
    utilisations: Sequence[float],
    output: Path,
) -> int:
    """Price every contender, write `cost_table.parquet` to `output`, and return the number of its rows.

    API models that were not asked are priced at the token counts of the first student's last arm, the distilled one.
    """
    import pyarrow.parquet as pq

    students = []
    requests = []
    for student in measured:
        arm = student.scores.summary(BenchmarkSummary).best_arm
        load = student.serving.summary(serving.ServingSummary)
        requests.append(
            RequestTokens(
                input_tokens=arm.mean_input_tokens,
                output_tokens=arm.mean_output_tokens,
                counted_by=f"{student.name}'s tokenizer",
            )
        )
        students.append(
            ServedStudent(
                student=student.name,
                device=device,
                device_dollars_per_hour=dollars_per_hour,
                requests_per_second=load.requests_per_second,
                method=f"{load.method}, {load.concurrency} at a time, {load.engine} {load.engine_version}",
                input_tokens=arm.mean_input_tokens,
                output_tokens=arm.mean_output_tokens,
                accuracy=arm.accuracy,
                accuracy_low=arm.low,
                accuracy_high=arm.high,
            )
        )
    rows = cost_rows(
        students=students,
        prices=prices.summary(PriceList).prices,
        request=requests[0],
        references=[_measured_reference(artifact.summary(ReferenceSummary)) for artifact in references],
        published=[
            PublishedAccuracy(
                slug=figure.reference, accuracy=figure.accuracy, source=f"{figure.source}: {figure.measured}"
            )
            for figure in published_figures()
            if figure.task == task
        ],
        utilisations=utilisations,
    )
    pq.write_table(cost_table(rows), output / "cost_table.parquet")
    return len(rows)


def _measured_reference(summary: ReferenceSummary) -> MeasuredReference:
    return MeasuredReference(
        slug=summary.reference,
        input_tokens=summary.mean_input_tokens,
        output_tokens=summary.mean_output_tokens,
        dollars_per_million=summary.dollars_per_million_requests,
        accuracy=summary.accuracy,
        accuracy_low=summary.low,
        accuracy_high=summary.high,
        method=f"{len(summary.repeats.values)} x {summary.n_questions} {summary.question_noun}s",
    )


def read_cost_rows(artifact: Artifact) -> list[CostRow]:
    """The rows of a published cost table."""
    import pyarrow.parquet as pq

    return [CostRow(**record) for record in pq.read_table(artifact.local() / "cost_table.parquet").to_pylist()]


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
        costs=tuple(
            row for root in roots if root.manifest.recipe.asset == "cost_table" for row in read_cost_rows(root)
        ),
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
