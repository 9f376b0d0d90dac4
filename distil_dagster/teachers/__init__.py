"""Who writes examples: teachers. `RecombinationTeacher` needs no model; it recombines the seeds."""

from distil_dagster.teachers.recombination import RecombinationTeacher
from distil_dagster.teachers.teacher import Assessment, GeneratedRow, Generation, Teacher

__all__ = ["Assessment", "GeneratedRow", "Generation", "RecombinationTeacher", "Teacher"]
