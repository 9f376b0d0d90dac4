"""From the artifacts of a task to its cost table, and back.

`cost_table.parquet` holds what every contender costs. Beside it lie `break_even.parquet`, `scenarios.parquet`,
`making.parquet` and `price_history.parquet`, and `summary.json` with what they were calculated for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.benchmark.published import published_figures
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.costs.api_cost import RequestTokens
from distil_dagster.costs.break_even import BreakEven, break_even_rows
from distil_dagster.costs.cost_table import CostRow, MeasuredReference, PublishedAccuracy, ServedStudent, cost_rows
from distil_dagster.costs.making import MakingStep, cost_of_making
from distil_dagster.costs.price_history import HistoricCost, price_history
from distil_dagster.costs.price_list import PriceList
from distil_dagster.costs.scenarios import Scenario, scenarios
from distil_dagster.costs.settings import CostSettings
from distil_dagster.costs.tables import read_table, write_table
from distil_dagster.costs.token_counts import request_by_tokenizer
from distil_dagster.reports.making import making_steps
from distil_dagster.reports.report_input import CostDetails
from distil_dagster.serving.summary import ServingSummary
from distil_dagster.tasks.common_prefix import common_prefix_share
from distil_dagster.tasks.seed_set import read_seed_set


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


@dataclass(frozen=True)
class PricedDevice:
    """What a student is served on, and what an hour of it costs."""

    name: str
    dollars_per_hour: float


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


def measured_references(store: ArtifactStore, task: str, references: Sequence[str]) -> list[Artifact]:
    """The scores of the references that were measured on the task."""
    return store.current_of_all("reference_scores", [{"task": task, "reference": slug} for slug in references])


def price_books(store: ArtifactStore, current: Artifact) -> list[Artifact]:
    """The books of all days, one for each: the one in force, of any other day the last one."""
    by_day = {book.summary(PriceList).as_of: book for book in (*store.versions("price_book", {}), current)}
    return [by_day[day] for day in sorted(by_day)]


def write_cost_table(
    store: ArtifactStore,
    books: Sequence[Artifact],
    prices: Artifact,
    measured: Sequence[MeasuredStudent],
    references: Sequence[Artifact],
    *,
    task: str,
    device: PricedDevice,
    settings: CostSettings,
    utilisations: Sequence[float],
    output: Path,
) -> int:
    """Price every contender, write the tables to `output`, and return the number of rows of the cost table.

    API models that were not asked are priced at the token counts of their own tokenizer where the settings name its
    file, else at those of the first student's last arm, the distilled one.

    Args:
        store: where the artifacts behind the measurements lie.
        books: of all days, for the history of prices.
        prices: the book in force.
        measured: the students.
        references: the API models that were asked.
        task: its name.
        device: what the students are served on.
        settings: the profile's.
        utilisations: the shares of the capacity to price the students at.
        output: an existing folder.
    """
    listed = prices.summary(PriceList).prices
    making = {
        student.name: making_steps(
            store, student.name, [*student.artifacts, *references], dollars_per_hour=device.dollars_per_hour
        )
        for student in measured
    }
    students = [_served(student, device, making[student.name]) for student in measured]
    asked = [_measured_reference(artifact) for artifact in references]
    request, counted = _requests(store, measured[0], prices.summary(PriceList), settings)
    traffic = settings.traffic.monthly if settings.traffic else None
    rows = cost_rows(
        students=students,
        prices=listed,
        request=request,
        counted=counted,
        references=asked,
        published=[
            PublishedAccuracy(
                slug=figure.reference, accuracy=figure.accuracy, source=f"{figure.source}: {figure.measured}"
            )
            for figure in published_figures()
            if figure.task == task
        ],
        utilisations=utilisations,
        requests_per_month=traffic,
        life_months=settings.model_life_months,
    )
    known = {**counted, **{reference.slug: reference.request for reference in asked}}
    history = price_history([book.summary(PriceList) for book in books], lambda slug: known.get(slug, request))
    write_table(CostRow, rows, output / "cost_table.parquet")
    write_table(
        BreakEven,
        break_even_rows(students, rows, dollars_per_hour=settings.dollars_per_hour),
        output / "break_even.parquet",
    )
    write_table(
        Scenario,
        scenarios(
            students,
            dollars_per_hour=settings.dollars_per_hour,
            utilisations=utilisations,
            requests_per_month=traffic,
        ),
        output / "scenarios.parquet",
    )
    write_table(MakingStep, [step for steps in making.values() for step in steps], output / "making.parquet")
    write_table(HistoricCost, history, output / "price_history.parquet")
    summary = CostDetails(
        requests_per_month=traffic,
        life_months=settings.model_life_months,
        dollars_per_hour=device.dollars_per_hour,
    )
    (output / "summary.json").write_text(
        summary.model_dump_json(include={"requests_per_month", "life_months", "dollars_per_hour"}, indent=2)
    )
    return len(rows)


def read_cost_rows(artifact: Artifact) -> list[CostRow]:
    """The rows of a published cost table."""
    return list(read_table(CostRow, artifact.local() / "cost_table.parquet"))


def cost_details(artifact: Artifact) -> CostDetails | None:
    """What lies beside the rows; None of a cost table from before there was anything."""
    folder = artifact.local()
    if not (folder / "summary.json").exists():
        return None
    return artifact.summary(CostDetails).model_copy(
        update={
            "break_even": read_table(BreakEven, folder / "break_even.parquet"),
            "scenarios": read_table(Scenario, folder / "scenarios.parquet"),
            "making": read_table(MakingStep, folder / "making.parquet"),
            "history": read_table(HistoricCost, folder / "price_history.parquet"),
        }
    )


def _served(student: MeasuredStudent, device: PricedDevice, making: Sequence[MakingStep]) -> ServedStudent:
    arm = student.scores.summary(BenchmarkSummary).best_arm
    load = student.serving.summary(ServingSummary)
    return ServedStudent(
        student=student.name,
        device=device.name,
        device_dollars_per_hour=device.dollars_per_hour,
        requests_per_second=load.requests_per_second,
        requests_per_second_interval=load.interval,
        method=f"{load.described}, {load.engine} {load.engine_version}",
        input_tokens=arm.mean_input_tokens,
        output_tokens=arm.mean_output_tokens,
        accuracy=arm.accuracy,
        accuracy_low=arm.low,
        accuracy_high=arm.high,
        making=cost_of_making(making),
    )


def _measured_reference(artifact: Artifact) -> MeasuredReference:
    summary = artifact.summary(ReferenceSummary)
    return MeasuredReference(
        slug=summary.reference,
        request=RequestTokens(
            input_tokens=summary.mean_input_tokens,
            output_tokens=summary.mean_output_tokens,
            counted_by="the provider",
            cached_input_tokens=float(artifact.table("scores.parquet")["cached_tokens"].mean()),
            reasoning_tokens=summary.mean_reasoning_tokens,
        ),
        accuracy=summary.accuracy,
        accuracy_low=summary.low,
        accuracy_high=summary.high,
        method=f"{len(summary.repeats.values)} x {summary.n_questions} {summary.question_noun}s",
    )


def _requests(
    store: ArtifactStore, student: MeasuredStudent, prices: PriceList, settings: CostSettings
) -> tuple[RequestTokens, Mapping[str, RequestTokens]]:
    """The mean request by the student's tokenizer, and by those of the models' own that are known."""
    arm = student.scores.summary(BenchmarkSummary).best_arm
    request = RequestTokens(
        input_tokens=arm.mean_input_tokens,
        output_tokens=arm.mean_output_tokens,
        counted_by=f"{student.name}'s tokenizer",
    )
    seeds = store.input_of(student.scores, "seed_set")
    if seeds is None:
        return request, {}
    task = read_seed_set(seeds.local())
    prompts = [task.kind.prompt(task, example) for example in task.test_examples]
    answers = [example.target for example in task.test_examples]
    by_provider = {
        provider: request_by_tokenizer(file, prompts, answers) for provider, file in settings.tokenizers.items()
    }
    counted = {
        price.model.slug: by_provider[price.model.provider]
        for price in prices.prices
        if price.model.provider in by_provider
    }
    return replace(request, common_prefix_tokens=common_prefix_share(prompts) * arm.mean_input_tokens), counted
