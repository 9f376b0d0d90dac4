"""What the assets that ask the teacher share: its worker's arguments, and the pool that it works in."""

from pathlib import Path

from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.profile import Profile, load_profile
from resources import Artifacts

POOL = "gpu" if load_profile().teacher.kind == "vllm" else None
"""A teacher that the pipeline serves shares the device with the students, one after the other."""


def teacher_arguments(
    seeds: Artifact, profile: Profile, artifacts: Artifacts, workspace: Workspace, *, folder: Path | None = None
) -> tuple[str | Path, ...]:
    """The command line of a worker that asks the teacher, about the folder of the seeds or a changed copy of it."""
    return (
        *("--task-folder", folder or seeds.local() / "folder"),
        *("--task-name", seeds.manifest.recipe.partition["task"]),
        *("--teacher", profile.teacher.model_dump_json()),
        *("--responses", artifacts.folder.responses),
        *("--server-log", artifacts.folder.path / "logs" / "teacher.log"),
        *("--output", workspace.draft),
    )
