"""All kinds of tasks, by the name that `base.task` gives them."""

from collections.abc import Sequence

from distil_dagster.tasks.answer_forms import ANSWER_FORMS, recognised_form
from distil_dagster.tasks.classification import Classification
from distil_dagster.tasks.kind import Kind
from distil_dagster.tasks.multi_turn_tool_calling import MultiTurnToolCalling
from distil_dagster.tasks.question_answering import QuestionAnswering
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.settings import TaskSettings
from distil_dagster.tasks.tool_calling import ToolCalling

WITHOUT_FORM: dict[str, Kind] = {kind.name: kind for kind in (ToolCalling(), MultiTurnToolCalling(), Classification())}


def kind_of(settings: TaskSettings, seeds: Sequence[Row]) -> Kind:
    """The kind that the settings name; where they leave open what answers look like, the seeds say it."""
    name = settings.base.task
    if name in ("question-answering", "question-answering-open-book", "question-answering-closed-book"):
        chosen = settings.distil_dagster.answer_form
        return QuestionAnswering(name, ANSWER_FORMS[chosen] if chosen else recognised_form(seeds))
    return WITHOUT_FORM[name]
