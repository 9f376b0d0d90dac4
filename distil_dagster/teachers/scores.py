"""A teacher on the test set, as an artifact: `scores.parquet`, one row per question, and `summary.json`."""

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.columns import arrow_schema
from distil_dagster.tasks import Task
from distil_dagster.teachers.model.teacher import ModelTeacher
from distil_dagster.teachers.teacher import Teacher


@dataclass(frozen=True)
class AnsweredQuestion:
    """One row of `scores.parquet`."""

    example_id: str
    question: str
    """What the user said last."""
    target: str
    prediction: str | None
    """None if the teacher has no answer."""
    right: bool


class TeacherSummary(BaseModel):
    """How many test questions a teacher can answer, and how many of those rightly."""

    model_config = ConfigDict(frozen=True)

    teacher: str
    is_model: bool
    """Whether the teacher answers as a model does; if not, its score is no measure of what a student can reach."""
    questions: int
    answered: int
    right: int
    spent_dollars: float | None = None
    """What this run spent; answers that were recorded before cost nothing again. None if it wasn't recorded."""

    @property
    def share(self) -> float:
        """Right answers by questions."""
        return self.right / self.questions


def assess_teacher(task: Task, teacher: Teacher, output: Path) -> TeacherSummary:
    """Ask the teacher every test question and write both files to `output`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    examples = task.test_examples
    assessments = {assessment.example_id: assessment for assessment in teacher.assess(examples)}
    rows = [
        AnsweredQuestion(
            example_id=example.id,
            question=example.messages[-1].content,
            target=example.target,
            prediction=assessments[example.id].answer,
            right=assessments[example.id].right,
        )
        for example in examples
    ]
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema=arrow_schema(AnsweredQuestion))
    pq.write_table(table, output / "scores.parquet")
    summary = TeacherSummary(
        teacher=teacher.name,
        is_model=teacher.is_model,
        questions=len(examples),
        answered=sum(row.prediction is not None for row in rows),
        right=sum(row.right for row in rows),
        spent_dollars=teacher.spent_dollars if isinstance(teacher, ModelTeacher) else 0.0,
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary
