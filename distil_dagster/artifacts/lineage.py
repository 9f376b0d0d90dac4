"""From an artifact back to the rows it came from, by manifests alone: no Dagster, no network."""

from dataclasses import dataclass

from distil_dagster.artifacts.manifest import InputRecord
from distil_dagster.artifacts.store import Artifact, ArtifactStore


@dataclass(frozen=True)
class LineageStep:
    """One artifact on the way, and how many steps it lies behind the one asked about."""

    artifact: Artifact
    depth: int


def trace(store: ArtifactStore, artifact: Artifact) -> list[LineageStep]:
    """The artifact and everything it was made from, each once, what is nearest first.

    Follows the very versions that the manifests name, whatever has been materialised since. Raises
    MissingArtifact if one of them is gone.
    """
    depths: dict[str, LineageStep] = {}
    frontier = [artifact]
    depth = 0
    while frontier:
        following: dict[str, InputRecord] = {}
        for found in frontier:
            # The longest way counts, so that an input never stands before what was made from it.
            depths.pop(found.manifest.fingerprint, None)
            depths[found.manifest.fingerprint] = LineageStep(found, depth)
            following.update({record.fingerprint: record for record in found.manifest.recipe.inputs})
        frontier = [store.open(record) for record in following.values()]
        depth += 1
    return list(depths.values())
