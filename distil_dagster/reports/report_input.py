"""What a report is made of: typed parts, each named after the record of the artifact it is filled from.

A part takes the keys of its record (`ArmScore(**arm)` for an arm of the benchmark's summary.json,
`CurvePoint(**row)` for a row of curve.parquet) and leaves out those that no reader sees. A part that is absent
was not measured; nothing here stands in for it. Reading artifacts and drawing them both belong elsewhere.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from distil_dagster.benchmark.judge_settings import JudgeReport
from distil_dagster.benchmark.reference_settings import RepeatScores
from distil_dagster.benchmark.settings import ArmSpread
from distil_dagster.costs.break_even import BreakEven
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.costs.making import MakingStep
from distil_dagster.costs.price_history import HistoricCost
from distil_dagster.costs.scenarios import Scenario
from distil_dagster.serving.summary import ServingSummary


def _nan_is_missing(value: object) -> object:
    """Tables that went through pandas carry their nulls as NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
OptionalNumber = Annotated[float | None, BeforeValidator(_nan_is_missing)]


class Part(BaseModel):
    """Base of all parts: immutable, and indifferent to keys that the report does not show."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ArmScore(Part):
    """One arm of the benchmark's summary.json. Shares are in 0..1."""

    arm: str
    """base, seeds_only or distilled."""
    correct: Count
    """Questions answered right; accuracy = correct / n_questions."""
    n_questions: Annotated[int, Field(gt=0)]
    n_clusters: Annotated[int, Field(gt=0)]
    accuracy: Share
    low: Share
    """Lower end of the 95 % interval; likewise `high`."""
    high: Share
    clusters_right: Count
    """Conversations, or schemas, in which every question is answered right."""
    cluster_accuracy: Share
    cluster_low: Share
    cluster_high: Share
    valid_share: Share
    """Share of outputs that could be read as an answer at all."""
    metrics: dict[str, float] = {}
    """The mean of each metric, strict, lenient and staged ones."""
    verdicts: dict[str, int] = {}
    """How many answers were right, invalid, or wrong in which way."""


class Comparison(Part):
    """Two arms on the same questions: the first less the second, in -1..1, with its 95 % interval."""

    first: str
    second: str
    n: Count
    only_first: Count
    """Questions that only the first answered right; likewise the second."""
    only_second: Count
    difference: float
    low: float
    high: float
    p_value: Share
    method: str


class StudentVerdict(Part):
    """What to do with a distilled student, by how much of the gap from base model to teacher it closed."""

    word: Literal["deploy", "retune", "redo", "undecided"]
    closed: float | None
    """1 equals the teacher; None where there is no gap to speak of."""
    reason: str
    """One sentence with the figures in it."""


class LabelScore(Part):
    """How one label fared: a class, or a tool. Shares are in 0..1, None where there was nothing to count."""

    label: str
    support: Count
    """Questions whose right answer has this label."""
    precision: OptionalNumber
    recall: OptionalNumber
    f1: OptionalNumber


class LabelReport(Part):
    """The last arm of a student, label by label."""

    arm: str
    labels: tuple[LabelScore, ...]
    macro_f1: float
    micro_f1: float
    answers: tuple[str, ...]
    """The columns of the confusion matrix: the labels, and what is no label."""
    confusion: tuple[tuple[Count, ...], ...]
    """How often each answer was given, a row for each label in their order."""


class CurvePoint(Part):
    """One row of a training curve.parquet."""

    step: Count
    examples: Count
    """Examples seen up to and including this step."""
    loss: float
    held_back_loss: OptionalNumber = None


class TrainingCurve(Part):
    """The curve of one adapter."""

    arm: Literal["distilled", "seeds_only"]
    points: tuple[CurvePoint, ...] = Field(min_length=1)


class Rejection(Part):
    """How many generated rows one filter of the corpus turned away."""

    rejected_by: str
    rows: Count


class CorpusFunnel(Part):
    """From the rows the teacher wrote to the rows the student learns from."""

    generated: Count
    rejections: tuple[Rejection, ...]
    """In the order of the filters."""
    kept: Count

    @model_validator(mode="after")
    def _adds_up(self) -> CorpusFunnel:
        if self.generated != self.kept + sum(rejection.rows for rejection in self.rejections):
            raise ValueError(f"Kept and rejected rows do not add up to the {self.generated} that were generated.")
        return self


class ReferenceScore(Part):
    """A model behind an API that was asked the test questions here."""

    reference: str
    display_name: str
    repeats: RepeatScores
    """The accuracy of each repeat, their mean and standard deviation."""
    low: Share
    """The ends of a 95 % interval of the mean: what other questions might change."""
    high: Share
    n_questions: Count
    mean_reasoning_tokens: float
    dollars_spent: float
    dollars_per_million_requests: float
    answering_models: tuple[str, ...] = ()
    judge: JudgeReport | None = None
    """None unless the profile has a judge and the task instructions for one."""


class CostDetails(Part):
    """What lies behind the cost table of a task, and what follows from it."""

    requests_per_month: float | None = None
    """The profile's traffic; None if it names none."""
    life_months: float
    """How long a model is to serve."""
    dollars_per_hour: float
    """The price of the profile's device."""
    break_even: tuple[BreakEven, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    making: tuple[MakingStep, ...] = ()
    history: tuple[HistoricCost, ...] = ()


class StudentReport(Part):
    """One student on one task."""

    name: str
    arms: tuple[ArmScore, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    spreads: tuple[ArmSpread, ...] = ()
    """Of the arms that were trained under several random seeds."""
    judge: JudgeReport | None = None
    """None unless the profile has a judge and the task instructions for one."""
    beside_references: tuple[Comparison, ...] = ()
    """The last arm less each reference that was asked the same questions."""
    verdict: StudentVerdict | None = None
    """None without a distilled student."""
    labels: LabelReport | None = None
    """None where answers have no labels."""
    curves: tuple[TrainingCurve, ...] = ()
    serving: ServingSummary | None = None

    def arm(self, name: str) -> ArmScore | None:
        """The score of an arm, or None if that arm was not measured."""
        return next((arm for arm in self.arms if arm.arm == name), None)

    def comparison(self, first: str, second: str) -> Comparison | None:
        """The comparison of these arms, or None if one of them was not measured."""
        return next((pair for pair in self.comparisons if (pair.first, pair.second) == (first, second)), None)


class TaskReport(Part):
    """One task with everything measured on it so far."""

    name: str
    kind: str
    """The task folder's base.task, for example multi-turn-tool-calling-closed-book."""
    description: str
    seeds: Count
    """Rows the user wrote."""
    metric: str
    """The metric that decides."""
    question_noun: str = "question"
    """What one example is called: a turn, a question."""
    cluster_noun: str | None = None
    """What makes outcomes alike: a conversation, a schema; None where each question stands alone."""
    teacher: str | None = None
    corpus: CorpusFunnel | None = None
    students: tuple[StudentReport, ...] = ()
    references: tuple[ReferenceScore, ...] = ()
    costs: tuple[CostRow, ...] = ()
    cost_details: CostDetails | None = None
    """None without a cost table, and of one from before there were any."""

    @property
    def judges(self) -> tuple[tuple[str, JudgeReport], ...]:
        """Whose answers were judged, with what the judge found."""
        students = [(student.name, student.judge) for student in self.students]
        references = [(reference.display_name, reference.judge) for reference in self.references]
        return tuple((name, judge) for name, judge in (*students, *references) if judge)


class ProvenanceRow(Part):
    """Where one number of the page comes from: the version of an artifact."""

    number: str
    """The number in words, for example "accuracy of smollm2-135m on smart_home"."""
    asset: str
    partition: str | None
    """Dagster's partition key, dimensions in alphabetical order: "smollm2-135m|smart_home"."""
    fingerprint: str
    code_version: str
    created: datetime
    rows: Count | None = None
    """Rows of the artifact's table, if it is one."""


class ReportInput(Part):
    """Everything the page shows."""

    created: datetime
    profile: str
    """Name of the profile, for example embedded."""
    code_version: str
    interval_method: str
    """How the 95 % intervals of accuracy were computed, for example "Wilson, over conversations"."""
    tasks: tuple[TaskReport, ...]
    provenance: tuple[ProvenanceRow, ...]
