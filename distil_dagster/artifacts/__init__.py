"""Artifacts: immutable versions of what the pipeline makes, each with a manifest that leads back to its inputs."""

from distil_dagster.artifacts.lineage import LineageStep, trace
from distil_dagster.artifacts.manifest import FileRecord, InputRecord, Manifest, Recipe
from distil_dagster.artifacts.store import Artifact, ArtifactStore, MissingArtifact, OutdatedArtifact, Workspace

__all__ = [
    "Artifact",
    "ArtifactStore",
    "FileRecord",
    "InputRecord",
    "LineageStep",
    "Manifest",
    "MissingArtifact",
    "OutdatedArtifact",
    "Recipe",
    "Workspace",
    "trace",
]
