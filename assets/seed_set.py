"""`seed_set`: the task folder, checked, with every row known by an id."""

import dagster as dg

from assets.partitions import by_task
from distil_dagster.artifacts import Artifact
from distil_dagster.tasks.seed_set import SeedSetSummary, folder_hash, write_seed_set
from resources import Artifacts


@dg.asset(partitions_def=by_task, group_name="task", kinds={"jsonl", "huggingface"}, code_version="2")
def seed_set(context: dg.AssetExecutionContext, artifacts: Artifacts) -> dg.MaterializeResult:
    """The validated task folder: seeds, test set and unstructured text, each row with an id."""
    name = context.partition_key
    folder = artifacts.folder.task_folder(name)
    return artifacts.materialize(
        context,
        inputs=[],
        parameters={"folder": folder_hash(folder)},
        produce=lambda workspace: write_seed_set(folder, name, workspace.draft, cache=artifacts.folder.datasets).counts,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(SeedSetSummary)
    return {
        "kind": dg.MetadataValue.text(summary.kind),
        "metric": dg.MetadataValue.text(summary.metric),
        "rows_from": dg.MetadataValue.text(summary.source.address if summary.source else "the task folder"),
        "description": dg.MetadataValue.text(summary.description),
        "system_prompt": dg.MetadataValue.md(f"```\n{summary.system_prompt}\n```"),
        "preview": dg.MetadataValue.table(
            [dg.TableRecord({"question": row.question[-200:], "answer": row.answer}) for row in summary.preview]
        ),
    }
