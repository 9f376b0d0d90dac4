"""How far a student is behind its teacher on the same questions: what the on-policy step could still gain."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.ablations.plan import PlannedAblation
from distil_dagster.ablations.settings import ON_POLICY
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.benchmark.statistics import paired_comparison
from distil_dagster.benchmark.statistics.verdict import SIGNIFICANT_BELOW
from distil_dagster.teachers.scores import TeacherSummary

GAP = "gap.json"
ARM = "distilled"


class TeacherGap(BaseModel):
    """A teacher less its student, over the questions that the student was asked. Shares are in units of 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    teacher: str
    questions: int
    teacher_accuracy: float
    student_accuracy: float
    difference: float
    low: float
    """The ends of the 95 % interval of the difference."""
    high: float
    p_value: float
    """Of no difference; it decides."""
    method: str

    @property
    def is_behind(self) -> bool:
        """Whether the student is behind by more than chance."""
        return self.difference > 0 and self.p_value < SIGNIFICANT_BELOW

    @property
    def in_words(self) -> str:
        """The finding, with its figures."""
        finding = "is behind" if self.is_behind else "is not behind, beyond chance,"
        return (
            f"the student {finding} its teacher {self.teacher}: {self.student_accuracy:.1%} and "
            f"{self.teacher_accuracy:.1%} of {self.questions} questions, {100 * self.difference:+.1f} points between "
            f"them (95 % interval {100 * self.low:+.1f} to {100 * self.high:+.1f}, p = {self.p_value:.2g})"
        )


def teacher_gap(teacher_scores: Path, scores: Path) -> TeacherGap:
    """Compare teacher and distilled student question by question.

    Args:
        teacher_scores: the folder of the teacher's scores, on the whole test set.
        scores: the folder of the benchmark's scores, on the same test set or a part of it.

    Raises:
        ValueError: if the teacher is no model, there is no distilled student, or the teacher was not asked a question
            that the student was.
    """
    import pandas as pd

    teacher = TeacherSummary.model_validate_json((teacher_scores / "summary.json").read_text())
    if not teacher.is_model:
        raise ValueError(
            f"the teacher {teacher.teacher} is no model, so that no student can be behind it: set teacher in the "
            "profile to the model whose weights on_policy.teacher names, and materialise teacher_scores again"
        )
    metric = BenchmarkSummary.model_validate_json((scores / "summary.json").read_text()).metric
    rows = pd.read_parquet(scores / "scores.parquet").query("arm == @ARM and training_seed == 0")
    of_student = dict(zip(rows["example_id"], rows[metric], strict=True))
    answers = pd.read_parquet(teacher_scores / "scores.parquet")
    answers = answers[answers["example_id"].isin(of_student)]
    of_teacher = {example: float(right) for example, right in zip(answers["example_id"], answers["right"], strict=True)}
    pair = paired_comparison(of_teacher, of_student, dict(zip(rows["example_id"], rows["cluster"], strict=True)))
    return TeacherGap(
        teacher=teacher.teacher,
        questions=pair.n,
        teacher_accuracy=sum(of_teacher.values()) / pair.n,
        student_accuracy=sum(of_student.values()) / pair.n,
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        p_value=pair.p_value,
        method=pair.method,
    )


def on_policy_arm(adapter: Path) -> PlannedAblation:
    """The row of the table that the artifact of an on-policy step stands for, measured or not."""
    gap = TeacherGap.model_validate_json((adapter / GAP).read_text())
    return PlannedAblation(
        name=ON_POLICY,
        difference=f"trained further on its own answers, as {gap.teacher} would go on with them",
        not_measured=None if gap.is_behind else gap.in_words,
    )
