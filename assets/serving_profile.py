"""`serving_profile`: how many requests a second the merged model answers on this device, and how fast."""

import dagster as dg

from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.serving.settings import ServingSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="benchmark",
    deps=["seed_set", "merged_model", "parity"],
    kinds={"parquet", "openai"},
    pool="gpu",
    code_version="1",
)
def serving_profile(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """Requests per second and latency percentiles under a closed loop at fixed concurrency, with the request log."""
    partition = partition_of(context)
    seeds = artifacts.current("seed_set", task=partition["task"])
    merged = artifacts.current("merged_model", **partition)
    settings = profile.load().serving
    device = profile.load().device

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = (
            *("--model", merged.local()),
            *("--task-folder", seeds.local() / "folder"),
            *("--settings", settings.model_dump_json()),
            *("--device", device.name),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.serving.profile_server", arguments)
        summary = ServingSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"requests": summary.requests, "failed": summary.failed}

    return artifacts.materialize(
        context,
        inputs=[seeds, merged],
        parameters={"serving": settings.model_dump(mode="json"), "device": device.model_dump(mode="json")},
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(ServingSummary)
    return {
        "requests_per_second": dg.MetadataValue.float(summary.requests_per_second),
        "p50_seconds": dg.MetadataValue.float(summary.p50_seconds),
        "p95_seconds": dg.MetadataValue.float(summary.p95_seconds),
        "p99_seconds": dg.MetadataValue.float(summary.p99_seconds),
        "memory_mib": dg.MetadataValue.float(summary.memory_mib),
        "method": dg.MetadataValue.text(f"{summary.method}, {summary.concurrency} at a time"),
        "engine": dg.MetadataValue.text(f"{summary.engine} {summary.engine_version}"),
    }
