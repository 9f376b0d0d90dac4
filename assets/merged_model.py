"""`merged_model`: weights that a server loads, and the proof that they say what the adapter says."""

import dagster as dg

from assets.adapters import adapter_folders
from assets.merging import merge
from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.students.settings import MergeSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="student",
    deps=["seed_set", "lora_adapter"],
    kinds={"safetensors", "pytorch"},
    pool="gpu",
    code_version="2",
    check_specs=[
        dg.AssetCheckSpec(
            "merged_equals_adapter",
            asset="merged_model",
            partitions_def=by_task_and_student,
            blocking=True,
            description="The merged model gives the tokens that base and adapter give together.",
        )
    ],
)
def merged_model(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The adapter merged into the unquantised base, as safetensors with tokenizer and chat template."""
    partition = partition_of(context)
    seeds = artifacts.current("seed_set", task=partition["task"])
    adapter = artifacts.current("lora_adapter", **partition)
    student = profile.load().students[partition["student"]]
    device = profile.load().device

    def produce(workspace: Workspace) -> dict[str, int]:
        merge(
            context,
            launcher,
            artifacts.folder,
            seeds=seeds,
            adapter=adapter_folders(adapter)[0],
            student=student,
            device=device,
            output=workspace.draft,
        )
        return {}

    return artifacts.materialize(
        context,
        inputs=[seeds, adapter],
        parameters={"student": student.model_dump(mode="json"), "device": device.kind},
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_merged_equals_adapter(artifact)],
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(MergeSummary)
    return {
        "token_agreement": dg.MetadataValue.float(summary.token_agreement),
        "compared_tokens": dg.MetadataValue.int(summary.compared_tokens),
        "largest_logit_difference": dg.MetadataValue.float(summary.largest_logit_difference),
        "parity": dg.MetadataValue.json(summary.model_dump()),
    }


def _merged_equals_adapter(artifact: Artifact) -> dg.AssetCheckResult:
    summary = artifact.summary(MergeSummary)
    return dg.AssetCheckResult(
        check_name="merged_equals_adapter",
        passed=summary.agrees,
        metadata={"token_agreement": summary.token_agreement, "largest_difference": summary.largest_logit_difference},
    )
