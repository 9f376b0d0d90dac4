"""All tasks and students side by side: one row each, with what is known so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from distil_dagster.benchmark.statistics import Adjusted, Standing, holm, standing
from distil_dagster.columns import arrow_schema
from distil_dagster.reports.report_input import ArmScore, Comparison, StudentReport, TaskReport

if TYPE_CHECKING:
    import pyarrow

LEADERBOARD_UTILISATION = 0.7
"""A device that idles three hours in ten: neither the best case nor a hobby."""


@dataclass(frozen=True, kw_only=True)
class LeaderboardRow:
    """One student on one task. What was not measured is None. Shares are in 0..1."""

    task: str
    student: str
    metric: str
    n_questions: int | None
    n_clusters: int | None
    """Conversations or schemas; as many as questions where each stands alone."""
    base_accuracy: float | None
    base_low: float | None
    base_high: float | None
    seeds_only_accuracy: float | None
    seeds_only_low: float | None
    seeds_only_high: float | None
    distilled_accuracy: float | None
    distilled_low: float | None
    distilled_high: float | None
    distilled_minus_seeds_only: float | None
    """What the teacher's rows add to the user's own; `gain_low` and `gain_high` end its 95 % interval, paired."""
    gain_low: float | None
    gain_high: float | None
    gain_p_value: float | None
    """Of no difference between the two, adjusted by Holm for all rows of the leaderboard."""
    standing: Standing | None
    """Where the distilled student stands to the one trained on the seeds alone, at an adjusted p below 0.05."""
    verdict: str | None
    """deploy, retune, redo or undecided: see `statistics.distillation_verdict`."""
    requests_per_second: float | None
    dollars_per_million: float | None
    """US dollars per million requests at 70 % utilisation."""


@dataclass(frozen=True, kw_only=True)
class ReferenceStanding:
    """A student's last arm less a reference, on the same questions. Differences are in -1..1."""

    task: str
    student: str
    arm: str
    reference: str
    n: int
    difference: float
    low: float
    """The ends of the paired 95 % interval."""
    high: float
    p_value: float
    """Adjusted by Holm for all comparisons with references."""
    standing: Standing


def reference_standings(tasks: Sequence[TaskReport]) -> tuple[ReferenceStanding, ...]:
    """One row per student and reference that were asked the same questions, in the order of the tasks."""
    pairs = [(task, student, pair) for task in tasks for student in task.students for pair in student.beside_references]
    adjusted = holm({str(number): pair.p_value for number, (_, _, pair) in enumerate(pairs)})
    return tuple(
        ReferenceStanding(
            task=task.name,
            student=student.name,
            arm=pair.first,
            reference=pair.second,
            n=pair.n,
            difference=pair.difference,
            low=pair.low,
            high=pair.high,
            p_value=adjusted[str(number)].p_value,
            standing=standing(pair, adjusted[str(number)]),
        )
        for number, (task, student, pair) in enumerate(pairs)
    )


def write_leaderboard(tasks: Sequence[TaskReport], output: Path) -> dict[str, int]:
    """Write `leaderboard.parquet` and `references.parquet`, and return how many rows they have."""
    import pyarrow
    import pyarrow.parquet as pq

    rows, beside = leaderboard_rows(tasks), reference_standings(tasks)
    pq.write_table(leaderboard_table(rows), output / "leaderboard.parquet")
    table = pyarrow.Table.from_pylist([asdict(row) for row in beside], schema=arrow_schema(ReferenceStanding))
    pq.write_table(table, output / "references.parquet")
    return {"rows": len(rows), "beside_references": len(beside)}


def leaderboard_rows(tasks: Sequence[TaskReport]) -> tuple[LeaderboardRow, ...]:
    """One row per task and student: tasks as given, in each the most accurate student first.

    A task without students has no row.
    """
    gains = {
        f"{task.name}|{student.name}": gain
        for task in tasks
        for student in task.students
        if (gain := student.comparison("distilled", "seeds_only"))
    }
    adjusted = holm({name: gain.p_value for name, gain in gains.items()})

    def row_of(task: TaskReport, student: StudentReport) -> LeaderboardRow:
        name = f"{task.name}|{student.name}"
        return _row(task, student, gains.get(name), adjusted.get(name))

    return tuple(row for task in tasks for row in sorted((row_of(task, its) for its in task.students), key=_rank))


def leaderboard_table(rows: Sequence[LeaderboardRow]) -> pyarrow.Table:
    """The rows as an Arrow table with declared types, so that an all-empty column keeps its type in Parquet."""
    import pyarrow

    return pyarrow.Table.from_pylist([asdict(row) for row in rows], schema=arrow_schema(LeaderboardRow))


def _rank(row: LeaderboardRow) -> tuple[bool, float, str]:
    accuracy = row.distilled_accuracy
    return accuracy is None, -(accuracy or 0.0), row.student


def _row(
    task: TaskReport, student: StudentReport, gain: Comparison | None, adjusted: Adjusted | None
) -> LeaderboardRow:
    base, seeds_only, distilled = (student.arm(name) for name in ("base", "seeds_only", "distilled"))
    scored = distilled or seeds_only or base
    cost = next(
        (
            row.dollars_per_million
            for row in task.costs
            if row.contender == student.name and row.utilisation == LEADERBOARD_UTILISATION
        ),
        None,
    )
    base_score, seeds_only_score, distilled_score = map(_accuracy, (base, seeds_only, distilled))
    return LeaderboardRow(
        task=task.name,
        student=student.name,
        metric=task.metric,
        n_questions=scored.n_questions if scored else None,
        n_clusters=scored.n_clusters if scored else None,
        base_accuracy=base_score[0],
        base_low=base_score[1],
        base_high=base_score[2],
        seeds_only_accuracy=seeds_only_score[0],
        seeds_only_low=seeds_only_score[1],
        seeds_only_high=seeds_only_score[2],
        distilled_accuracy=distilled_score[0],
        distilled_low=distilled_score[1],
        distilled_high=distilled_score[2],
        distilled_minus_seeds_only=gain.difference if gain else None,
        gain_low=gain.low if gain else None,
        gain_high=gain.high if gain else None,
        gain_p_value=adjusted.p_value if adjusted else None,
        standing=standing(gain, adjusted) if gain and adjusted else None,
        verdict=student.verdict.word if student.verdict else None,
        requests_per_second=student.serving.requests_per_second if student.serving else None,
        dollars_per_million=cost,
    )


def _accuracy(arm: ArmScore | None) -> tuple[float | None, float | None, float | None]:
    return (arm.accuracy, arm.low, arm.high) if arm else (None, None, None)
