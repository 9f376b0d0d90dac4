"""What the page says about one task: its headline, its figures, and the artifacts behind them.

This is the page's content, ready to be laid out; HTML belongs to the template.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from distil_dagster.costs.break_even import BreakEven
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.costs.price_history import HistoricCost
from distil_dagster.costs.scenarios import Scenario
from distil_dagster.reports import cost_figures, figures, wording
from distil_dagster.reports.leaderboard import LeaderboardRow, ReferenceStanding
from distil_dagster.reports.mistakes import Mistake, mistakes
from distil_dagster.reports.report_input import (
    ArmScore,
    CostDetails,
    ProvenanceRow,
    ReferenceScore,
    StudentReport,
    TaskReport,
    TrainingCurve,
)
from distil_dagster.reports.serving_figures import rate_latency_figure
from distil_dagster.tasks.kind import RIGHT

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MISTAKES_SHOWN = 20
_CURVE_ASSETS = {"distilled": "lora_adapter", "seeds_only": "seeds_only_adapter"}


@dataclass(frozen=True)
class Drawing:
    """A figure as the page embeds it."""

    json: str
    """Plotly's data and layout, safe inside a script element."""
    height: int
    """Pixels to keep free until the figure is drawn."""

    @classmethod
    def of(cls, figure: Figure) -> Drawing:
        """Take a figure apart into what the page needs."""
        # "<" ends a script element early if a name holds "</script>"; JSON may write it as an escape.
        return cls(json=figure.to_json().replace("<", "\\u003c"), height=round(figure.layout.height))


@dataclass(frozen=True)
class TrainingDrawing:
    """The training curve of one adapter, with the name of the asset it was recorded in."""

    student: str
    arm: str
    asset: str
    drawing: Drawing


class TaskSection:
    """One task of the report. Every property is None or empty where nothing was measured."""

    def __init__(
        self, task: TaskReport, leaderboard: Sequence[LeaderboardRow], standings: Sequence[ReferenceStanding]
    ) -> None:
        """Leaderboard and standings are those of all tasks: what is significant depends on how many there are."""
        self.task = task
        self._rows = [row for row in leaderboard if row.task == task.name]
        self._standings = [row for row in standings if row.task == task.name]

    @cached_property
    def beside(self) -> Sequence[tuple[ReferenceScore, Sequence[ReferenceStanding]]]:
        """Each reference that was asked, with where the students stand to it."""
        return [
            (reference, [row for row in self._standings if row.reference == reference.display_name])
            for reference in self.task.references
        ]

    @cached_property
    def best(self) -> LeaderboardRow | None:
        """The student whose numbers head the section: the most accurate, among equals the cheapest."""
        scored = [row for row in self._rows if row.n_questions is not None]
        return min(scored, key=_accurate_then_cheap, default=None)

    @cached_property
    def best_arm(self) -> ArmScore | None:
        """The score that heads the section: that of its student's last arm, which is the distilled one if there is."""
        return wording.in_order(self.best_student.arms)[-1] if self.best_student else None

    @cached_property
    def verdicts(self) -> Sequence[str]:
        """All verdicts on answers of any arm: right, then what went wrong, the most frequent first."""
        counts: Counter[str] = Counter()
        for student in self.scored_students:
            for arm in student.arms:
                counts.update(arm.verdicts)
        return sorted((verdict for verdict, _ in counts.most_common()), key=lambda verdict: verdict != RIGHT)

    @cached_property
    def metrics(self) -> Sequence[str]:
        """The metrics of the task, the deciding one first."""
        return list(
            dict.fromkeys(name for student in self.scored_students for arm in student.arms for name in arm.metrics)
        )

    @cached_property
    def best_student(self) -> StudentReport | None:
        """The report of the student that heads the section."""
        best = self.best
        return next((student for student in self.task.students if best and student.name == best.student), None)

    @cached_property
    def apis_by_cost(self) -> Sequence[CostRow]:
        """The API models of the cost table, the cheapest first."""
        return sorted((row for row in self.task.costs if row.kind == "api"), key=lambda row: row.dollars_per_million)

    @cached_property
    def cost_bases(self) -> Sequence[str]:
        """What the rows of the cost table rest on, each basis once, in the order of the rows."""
        return list(dict.fromkeys(row.source for row in self.task.costs))

    @cached_property
    def scored_students(self) -> Sequence[StudentReport]:
        """Students with at least one scored arm."""
        return [student for student in self.task.students if student.arms]

    @cached_property
    def served_students(self) -> Sequence[StudentReport]:
        """Students with a serving profile."""
        return [student for student in self.task.students if student.serving]

    @cached_property
    def load_curves(self) -> Sequence[tuple[str, Drawing]]:
        """The rate-latency curve of each student that has one."""
        served = [(student.name, student.serving) for student in self.task.students if student.serving]
        drawn = [(name, rate_latency_figure(serving)) for name, serving in served]
        return [(name, Drawing.of(figure)) for name, figure in drawn if figure]

    @property
    def unmeasured(self) -> Sequence[str]:
        """The parts that this task does not have yet."""
        parts = {
            "accuracy": self.scored_students,
            "cost": self.task.costs,
            "serving": self.served_students,
            "corpus": self.task.corpus,
            "training": self.training,
        }
        return [name for name, content in parts.items() if not content]

    @cached_property
    def accuracy(self) -> Drawing | None:
        """Accuracy of all arms of all students."""
        if not self.scored_students:
            return None
        return Drawing.of(figures.accuracy_figure(self.task.students, question_noun=self.task.question_noun))

    @cached_property
    def confusion(self) -> Drawing | None:
        """Which labels the student that heads the section takes for which."""
        labels = self.best_student.labels if self.best_student else None
        return Drawing.of(figures.confusion_figure(labels)) if labels else None

    @cached_property
    def mistakes(self) -> Sequence[Mistake]:
        """Which labels it takes for which most often."""
        labels = self.best_student.labels if self.best_student else None
        if labels is None:
            return []
        return mistakes([score.label for score in labels.labels], labels.answers, labels.confusion)[:_MISTAKES_SHOWN]

    @cached_property
    def cost(self) -> Drawing | None:
        """Dollars per million requests of all contenders."""
        return Drawing.of(figures.cost_figure(self.task.costs)) if self.task.costs else None

    @cached_property
    def accuracy_against_cost(self) -> Drawing | None:
        """Accuracy over cost of the contenders that were scored on this task."""
        figure = figures.accuracy_against_cost_figure(self.task.costs)
        return Drawing.of(figure) if figure else None

    @cached_property
    def cost_details(self) -> CostDetails | None:
        """What lies behind the cost table, if it is known."""
        return self.task.cost_details

    @cached_property
    def break_even(self) -> Sequence[BreakEven]:
        """Where the students' devices, at their own price, become cheaper than each API, the dearest API first."""
        if self.cost_details is None:
            return []
        own = [row for row in self.cost_details.break_even if self._is_own_price(row.device_dollars_per_hour)]
        return sorted(own, key=lambda row: (row.student, -row.api_dollars_per_million))

    @cached_property
    def other_prices(self) -> Sequence[tuple[float, Sequence[Scenario], Sequence[BreakEven]]]:
        """Each price of an hour of a device, with what it makes of the costs and of the crossings."""
        details = self.cost_details
        if details is None:
            return []
        return [
            (
                hourly,
                [row for row in details.scenarios if row.device_dollars_per_hour == hourly],
                [row for row in details.break_even if row.device_dollars_per_hour == hourly],
            )
            for hourly in sorted({row.device_dollars_per_hour for row in details.scenarios})
        ]

    @cached_property
    def volume(self) -> Drawing | None:
        """Cost against volume, with the crossings."""
        if self.cost_details is None:
            return None
        traffic = self.cost_details.requests_per_month
        figure = cost_figures.volume_figure(self.task.costs, self.break_even, requests_per_month=traffic)
        return Drawing.of(figure) if figure else None

    @cached_property
    def history(self) -> Drawing | None:
        """What today's requests would have cost at the prices of other days; None of a single day."""
        figure = cost_figures.history_figure(self.cost_details.history) if self.cost_details else None
        return Drawing.of(figure) if figure else None

    @cached_property
    def history_by_line(self) -> Sequence[tuple[str, Sequence[HistoricCost]]]:
        """The same as rows: each line of models, with its cost on each day, the dearest first."""
        history = self.cost_details.history if self.cost_details else ()
        lines = {row.line: [found for found in history if found.line == row.line] for row in history}
        return sorted(lines.items(), key=lambda item: -item[1][0].dollars_per_million)

    def _is_own_price(self, hourly: float) -> bool:
        return self.cost_details is not None and hourly == self.cost_details.dollars_per_hour

    @cached_property
    def corpus(self) -> Drawing | None:
        """The way from generated to kept rows."""
        return Drawing.of(figures.corpus_figure(self.task.corpus)) if self.task.corpus else None

    @cached_property
    def training(self) -> Sequence[TrainingDrawing]:
        """Training curves, student by student."""
        return [_training(student, curve) for student in self.task.students for curve in student.curves]


def task_id(task: str) -> str:
    """The anchor of a task's section."""
    return f"task-{_slug(task)}"


def provenance_id(row: ProvenanceRow) -> str:
    """The anchor of an artifact version in the table at the end of the page."""
    return f"from-{_slug(row.asset)}-{row.fingerprint[:16]}"


def _training(student: StudentReport, curve: TrainingCurve) -> TrainingDrawing:
    drawing = Drawing.of(figures.training_figure(curve))
    return TrainingDrawing(student=student.name, arm=curve.arm, asset=_CURVE_ASSETS[curve.arm], drawing=drawing)


def _accurate_then_cheap(row: LeaderboardRow) -> tuple[float, float]:
    cost = float("inf") if row.dollars_per_million is None else row.dollars_per_million
    return -(row.distilled_accuracy or row.seeds_only_accuracy or 0.0), cost


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
