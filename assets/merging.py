"""The worker that folds an adapter into its base model; for the artifact, and for the ablation's model."""

from pathlib import Path

import dagster as dg

from distil_dagster.artifacts import Artifact
from distil_dagster.home import Home
from distil_dagster.profile import DeviceProfile, StudentProfile
from resources import Launcher


def merge(
    context: dg.AssetExecutionContext,
    launcher: Launcher,
    home: Home,
    *,
    seeds: Artifact,
    adapter: Path,
    student: StudentProfile,
    device: DeviceProfile,
    output: Path,
) -> None:
    """Write the merged model and the verdict of its parity with the adapter to `output`."""
    arguments = (
        *("--adapter", adapter),
        *("--base-model", student.base_model.model_dump_json()),
        *("--cache", home.base_models),
        *("--rows", seeds.local() / "seeds.parquet"),
        *("--task-folder", seeds.local() / "folder"),
        *("--device", device.kind),
        *("--output", output),
    )
    launcher.run(context, "distil_dagster.students.merge", arguments)
