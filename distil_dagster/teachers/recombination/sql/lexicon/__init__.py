"""Domains with their entities, relations and columns, written by hand; see `reading` for the notation."""

from distil_dagster.teachers.recombination.sql.lexicon.reading import ENTITIES, Entity

__all__ = ["ENTITIES", "Entity"]
