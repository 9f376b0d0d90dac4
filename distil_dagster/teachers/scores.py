"""A teacher on the test set, as an artifact: `scores.parquet`, one row per question, and `summary.json`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from distil_dagster.tasks import Kind, Task
from distil_dagster.tasks.tool_calling import ToolCalling
from distil_dagster.teachers.recombination.tool_calls.recombine import RecombinationTeacher
from distil_dagster.teachers.teacher import Teacher

TeacherKind = Literal["recombination"]


class TeacherSummary(BaseModel):
    """How many test questions a teacher can answer, and how many of those rightly."""

    model_config = ConfigDict(frozen=True)

    teacher: str
    is_model: bool
    """Whether the teacher answers as a model does; if not, its score is no measure of what a student can reach."""
    questions: int
    answered: int
    right: int


class NoTeacher(ValueError):  # noqa: N818 - reads as what it is where it is raised
    """The profile's teacher can't write rows for a task."""


def writes_rows_for(kind: Kind, teacher: TeacherKind) -> bool:
    """Whether the teacher can write rows of a kind of task."""
    return isinstance(kind, ToolCalling)


def make_teacher(task: Task, teacher: TeacherKind) -> Teacher:
    """The teacher of this name for the task. Raises NoTeacher if it can't write rows of the task's kind."""
    if not writes_rows_for(task.kind, teacher):
        raise NoTeacher(
            f"the teacher {teacher} can't write rows for {task.name}: it is no model, and recombines tool calls only, "
            f"not {task.kind.name}; base and seeds_only are measured without it"
        )
    return RecombinationTeacher(task)


def assess_teacher(task: Task, teacher: Teacher, output: Path) -> TeacherSummary:
    """Ask the teacher every test question and write both files to `output`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    examples = task.test_examples
    assessments = {assessment.example_id: assessment for assessment in teacher.assess(examples)}
    answers = [assessments[example.id].answer for example in examples]
    table = {
        "example_id": [example.id for example in examples],
        "target": [example.target for example in examples],
        "prediction": pa.array(answers, pa.string()),
        "right": [assessments[example.id].right for example in examples],
    }
    pq.write_table(pa.table(table), output / "scores.parquet")
    summary = TeacherSummary(
        teacher=teacher.name,
        is_model=teacher.is_model,
        questions=len(examples),
        answered=sum(answer is not None for answer in answers),
        right=sum(assessment.right for assessment in assessments.values()),
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary
