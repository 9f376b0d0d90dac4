"""Artifacts: immutable versions of what the pipeline makes, each with a manifest that leads back to its inputs."""

from distil_dagster.artifacts.lineage import LineageStep, trace
from distil_dagster.artifacts.manifest import FileRecord, InputRecord, Manifest, Recipe
from distil_dagster.artifacts.store import Artifact, ArtifactStore, MissingArtifact, OutdatedArtifact, Workspace
from distil_dagster.artifacts.verification import Damage, DamagedArtifact, check_whole, damage

__all__ = [
    "Artifact",
    "ArtifactStore",
    "Damage",
    "DamagedArtifact",
    "FileRecord",
    "InputRecord",
    "LineageStep",
    "Manifest",
    "MissingArtifact",
    "OutdatedArtifact",
    "Recipe",
    "Workspace",
    "check_whole",
    "damage",
    "trace",
]
