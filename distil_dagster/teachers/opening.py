"""From the profile's words to a teacher that can be asked: the endpoint's key, or a server that is started for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from distil_dagster.costs.endpoint_prices import endpoint_prices
from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.engine import running_server
from distil_dagster.serving.recorded import ResponseFolder
from distil_dagster.serving.vllm_serve import VllmServe
from distil_dagster.tasks import Kind, Task
from distil_dagster.teachers.model.generation import Judge
from distil_dagster.teachers.model.planning import Planning
from distil_dagster.teachers.model.teacher import ModelTeacher
from distil_dagster.teachers.recombination import recombination_teacher, recombines
from distil_dagster.teachers.settings import (
    EndpointTeacherSettings,
    RecombinationSettings,
    TeacherSettings,
)
from distil_dagster.teachers.teacher import GeneratedRow, NoRowsError, Teacher

FREE = TokenPrices(0.0, 0.0)
"""What tokens cost of a server of one's own: what is paid for is the hour of the machine."""


class NoTeacher(NoRowsError):  # noqa: N818 - reads as what it is where it is raised
    """The profile's teacher can't write rows for a task."""


def writes_rows_for(kind: Kind, teacher: TeacherSettings) -> bool:
    """Whether the teacher can write rows of a kind of task."""
    return not isinstance(teacher, RecombinationSettings) or recombines(kind)


def accept_all(rows: Sequence[GeneratedRow]) -> list[str | None]:
    """No filter: for a teacher that is asked to answer and not to write."""
    return [None] * len(rows)


def planning_for(task: Task, settings: TeacherSettings) -> Planning | None:
    """The plans of a teacher that is a model, made without asking it; None of one that is none.

    Raises:
        NoRowsError: if the task lacks what its rows are written from.
        UnknownModelError: if nobody knows what the endpoint costs.
    """
    if isinstance(settings, RecombinationSettings):
        return None
    if isinstance(settings, EndpointTeacherSettings):
        most, prices = settings.endpoint.max_output_tokens, endpoint_prices(settings.endpoint, "teacher")
    else:
        most, prices = settings.max_output_tokens, FREE
    return Planning(task, settings, max_output_tokens=most, prices=prices)


@contextmanager
def open_teacher(
    task: Task,
    settings: TeacherSettings,
    *,
    responses: Path,
    server_log: Path,
    report: Callable[[str], object],
    judge: Judge = accept_all,
) -> Iterator[Teacher]:
    """The profile's teacher for a task, for as long as the context lasts.

    Args:
        task: what it shall know.
        settings: the profile's `teacher`.
        responses: the folder of all recorded answers.
        server_log: where a server that is started for it writes its log.
        report: is told how far it is.
        judge: names the filter that each row fails by itself; a model goes on until enough rows pass.

    Raises:
        NoTeacher: if it can't write rows of the task's kind; the message names who can.
        MissingKeyError: if the endpoint's key isn't set.
        UnknownModelError: if nobody knows what the endpoint costs.
        ServerError: if the server that is started for it doesn't come up.
    """
    planning = planning_for(task, settings)
    if isinstance(settings, RecombinationSettings) or planning is None:
        if not recombines(task.kind):
            raise NoTeacher(
                f"the teacher recombination can't write rows for {task.name}: it is no model, and recombines tool "
                f"calls, SQL queries and redactions only, not {task.kind.name}; set teacher.kind to endpoint or vllm "
                f"in the profile for one that can (base and seeds_only are measured without)"
            )
        yield recombination_teacher(task)
        return
    teacher = partial(
        ModelTeacher,
        task,
        settings=settings,
        planning=planning,
        responses=ResponseFolder(responses),
        judge=judge,
        report=report,
    )
    if isinstance(settings, EndpointTeacherSettings):
        model = settings.endpoint
        if model.base_url is None:
            raise NoTeacher(f"the teacher {model.model} has no address: set teacher.endpoint.base_url in the profile")
        yield teacher(ChatEndpoint(model.base_url, model.model, model.api_key()))
        return
    engine = VllmServe(settings.engine)
    report(f"starting {engine.name} {engine.version} with {settings.model}")
    name = Path(settings.model).name
    with running_server(engine, settings.model, log_path=server_log, model_name=name) as server:
        yield teacher(server.endpoint, address=f"vllm:{settings.model}")
