"""Which writer a task needs."""

from distil_dagster.tasks import Task
from distil_dagster.tasks.classification import Classification
from distil_dagster.tasks.multi_turn_tool_calling import MultiTurnToolCalling
from distil_dagster.tasks.question_answering import QuestionAnswering
from distil_dagster.tasks.tool_calling import ToolCalling
from distil_dagster.teachers.model.answers import AnsweredQuestions
from distil_dagster.teachers.model.classification import LabelledTexts
from distil_dagster.teachers.model.queries import StagedQueries
from distil_dagster.teachers.model.tool_calls import ToolDialogues, ToolRequests
from distil_dagster.teachers.model.writer import Writer


def writer_for(task: Task) -> Writer:
    """The writer for the task's kind. Raises NoRowsError if the task lacks what that needs."""
    if isinstance(task.kind, Classification):
        return LabelledTexts(task)
    if isinstance(task.kind, MultiTurnToolCalling):
        return ToolDialogues(task)
    if isinstance(task.kind, ToolCalling):
        return ToolRequests(task)
    if isinstance(task.kind, QuestionAnswering) and task.kind.form.name == "sql":
        return StagedQueries(task)
    return AnsweredQuestions(task)
