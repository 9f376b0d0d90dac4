from pathlib import Path

import pytest

from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.recombination.redaction import RedactionRecombinationTeacher
from distil_dagster.teachers.teacher import Generation

CHECKOUT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def healthcare() -> Task:
    """The bundled task."""
    return load_task(CHECKOUT / "tasks" / "pii_redaction")


@pytest.fixture(scope="session")
def written(healthcare: Task) -> Generation:
    return RedactionRecombinationTeacher(healthcare).generate(count=1000, seed=11)
