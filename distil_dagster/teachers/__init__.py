"""Who writes examples: teachers. `RecombinationTeacher` needs no model; it recombines the seeds."""

from distil_dagster.teachers.recombination.tool_calls.recombine import RecombinationTeacher
from distil_dagster.teachers.teacher import Assessment, GeneratedRow, Generation, Origin, Teacher, Vote

__all__ = ["Assessment", "GeneratedRow", "Generation", "Origin", "RecombinationTeacher", "Teacher", "Vote"]
