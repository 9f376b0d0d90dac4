"""`gguf_model`: the merged model as one file for llama.cpp and what is built on it."""

import dagster as dg

from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.students.gguf_export import GgufSummary, export_gguf
from resources import Artifacts, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["merged_model"],
    kinds={"gguf"},
    code_version="1",
)
def gguf_model(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """The merged model with its tokenizer and chat template in the format of llama.cpp, read back and compared."""
    partition = partition_of(context)
    merged = artifacts.current("merged_model", **partition)
    settings = profile.load().gguf
    licence = merged.manifest.recipe.parameters["student"]["licence"]

    def produce(workspace: Workspace) -> dict[str, int]:
        summary = export_gguf(
            merged.local(),
            settings,
            name=f"{partition['student']} for {partition['task']}",
            licence=licence,
            output=workspace.draft,
        )
        return {"parameters": summary.parameters}

    return artifacts.materialize(
        context,
        inputs=[merged],
        parameters=settings.model_dump(mode="json"),
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(GgufSummary)
    file = artifact.local() / summary.file
    return {
        "file": dg.MetadataValue.path(str(file)),
        "bytes": dg.MetadataValue.int(file.stat().st_size),
        "quantisation": dg.MetadataValue.text(summary.quantisation),
        "formats": dg.MetadataValue.json(summary.formats),
        "largest_rounding_error": dg.MetadataValue.float(summary.largest_rounding_error),
        "context_length": dg.MetadataValue.int(summary.context_length),
        "pre_tokenizer": dg.MetadataValue.text(summary.pre_tokenizer),
    }
