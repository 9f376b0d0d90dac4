"""`quantised_model`: the merged model in fewer bits, which is what is served where the profile has `quantisation`."""

import dagster as dg

from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, MissingArtifact, Workspace
from distil_dagster.students.settings import QuantisationSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["merged_model"],
    kinds={"safetensors", "pytorch"},
    pool="gpu",
    code_version="1",
)
def quantised_model(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The merged model with quantised weight matrices, as safetensors that servers load; `parity` compares answers."""
    merged = artifacts.current("merged_model", **partition_of(context))
    settings = profile.load().quantisation
    if settings is None:
        raise MissingArtifact(f"the profile {profile.load().name} has no quantisation, and serves the merged model")

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = (
            *("--model", merged.local()),
            *("--settings", settings.model_dump_json()),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.students.quantise", arguments)
        return {}

    return artifacts.materialize(
        context,
        inputs=[merged],
        parameters={"quantisation": settings.model_dump(mode="json")},
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(QuantisationSummary)
    return {
        "scheme": dg.MetadataValue.text(summary.scheme),
        "bytes": dg.MetadataValue.int(summary.bytes),
        "share_of_merged_bytes": dg.MetadataValue.float(summary.bytes / summary.merged_bytes),
        "quantised_share": dg.MetadataValue.float(summary.quantised_share),
        "largest_rounding_error": dg.MetadataValue.float(summary.largest_rounding_error),
    }
