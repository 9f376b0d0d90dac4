"""The values that may be said of a parameter beside those of the seeds."""

import re
from dataclasses import replace
from typing import Any

from distil_dagster.tasks import Row, Task, Tool, Toolbox
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.teachers.recombination.tool_calls.induction import induce
from distil_dagster.teachers.recombination.tool_calls.values import Values
from tests.teachers.conftest import Tasks


def values_of(tasks: Tasks, parameter: dict[str, Any], *shown: str) -> tuple[str, ...]:
    tool = Tool("find_order", "", {"type": "object", "properties": {"order": {"type": "string", **parameter}}})
    rows = tuple(
        Row(f"where is {value}", f'{{"name": "find_order", "parameters": {{"order": "{value}"}}}}') for value in shown
    )
    task: Task = replace(tasks.git, job=JobDescription(tools=Toolbox((tool,))), seeds=rows)
    values = Values(task, induce(task))
    (domain,) = values.text_domains()
    return values.texts(domain)


def test_identifiers_get_others_of_their_shape_to_be_copied(tasks: Tasks) -> None:
    known = values_of(tasks, {}, "A-4711", "A-3190")
    assert len(known) > 40
    assert all(re.fullmatch(r"A-\d{4}", value) for value in known)
    assert known == values_of(tasks, {}, "A-4711", "A-3190"), "a teacher's rows depend on its seed alone"


def test_names_and_dates_are_not_renumbered(tasks: Tasks) -> None:
    assert values_of(tasks, {}, "2024-01-31", "report 7") == ("2024-01-31", "report 7")


def test_no_value_is_made_up_that_the_schema_forbids(tasks: Tasks) -> None:
    known = values_of(tasks, {"pattern": "^[12]\\d{3}$"}, "1234", "2045")
    assert len(known) > 5
    assert all(value[0] in "12" for value in known)
