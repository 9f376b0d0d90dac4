"""What the artifacts are made for: each task, and each student and each reference on each task.

Static: read from the task folders and the profile when the code location loads, so that "Reload definitions" picks
up a new folder. Dagster writes the keys of two dimensions in alphabetical order: `smollm2-135m|smart_home`.
"""

import dagster as dg

from distil_dagster.home import Home
from distil_dagster.profile import load_profile

TASKS = tuple(Home.from_environment().task_folders())
STUDENTS = tuple(load_profile().students)
REFERENCES = tuple(reference.slug for reference in load_profile().references)

by_task = dg.StaticPartitionsDefinition(TASKS)
by_task_and_student = dg.MultiPartitionsDefinition(
    {"task": by_task, "student": dg.StaticPartitionsDefinition(STUDENTS)}
)
by_task_and_reference = dg.MultiPartitionsDefinition(
    {"task": by_task, "reference": dg.StaticPartitionsDefinition(REFERENCES)}
)
