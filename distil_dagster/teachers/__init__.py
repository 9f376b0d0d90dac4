"""Who writes examples: models behind endpoints, or teachers without a model that recombine the seeds."""

from distil_dagster.teachers.teacher import Assessment, GeneratedRow, Generation, NoRowsError, Origin, Teacher, Vote

__all__ = ["Assessment", "GeneratedRow", "Generation", "NoRowsError", "Origin", "Teacher", "Vote"]
