"""Recombination of dialogues that call tools."""

from distil_dagster.teachers.recombination.tool_calls.recombine import RecombinationTeacher

__all__ = ["RecombinationTeacher"]
