"""Teachers that need no model: they recombine a task's seeds (Jia & Liang 2016), one for each form of answers."""

from distil_dagster.tasks import Kind, Task
from distil_dagster.tasks.question_answering import QuestionAnswering
from distil_dagster.tasks.tool_calling import ToolCalling
from distil_dagster.teachers.teacher import Teacher

FORMS = ("sql", "redaction")
"""The forms of answers to questions whose parts a program can exchange and check."""


def recombines(kind: Kind) -> bool:
    """Whether there is a teacher that recombines rows of this kind."""
    return isinstance(kind, ToolCalling) or (isinstance(kind, QuestionAnswering) and kind.form.name in FORMS)


def recombination_teacher(task: Task) -> Teacher:
    """The teacher for the task's kind, of which `recombines` must be true. Raises ValueError if no seed can be used."""
    if isinstance(task.kind, ToolCalling):
        from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher

        return RecombinationTeacher(task)
    assert isinstance(task.kind, QuestionAnswering)
    if task.kind.form.name == "sql":
        from distil_dagster.teachers.recombination.sql import SqlRecombinationTeacher

        return SqlRecombinationTeacher(task)
    from distil_dagster.teachers.recombination.redaction import RedactionRecombinationTeacher

    return RedactionRecombinationTeacher(task)
