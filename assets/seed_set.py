"""`seed_set`: the task folder, checked, with every row known by an id."""

from pathlib import Path

import dagster as dg

from assets.columns import described_table
from assets.contamination import contamination_metadata
from assets.partitions import by_task
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.corpus import CurationSettings, task_contamination
from distil_dagster.corpus.contamination import read_contamination, write_contamination
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.seed_set import SeedSetSummary, folder_hash, read_seed_set, write_seed_set
from resources import Artifacts, ProfileResource


@dg.asset(
    partitions_def=by_task,
    group_name="task",
    kinds={"jsonl", "huggingface"},
    metadata=described_table("seeds.parquet", Row),
    code_version="2",
    check_specs=[
        dg.AssetCheckSpec(
            "seeds_apart_from_tests",
            asset="seed_set",
            partitions_def=by_task,
            description="No seed asks a question of the test set, or nearly one.",
        )
    ],
)
def seed_set(context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource) -> dg.MaterializeResult:
    """The validated task folder: seeds, test set and unstructured text, each row with an id.

    Rows of public data sets are fetched at their pinned revision: the official test split, and seeds drawn from the
    training split less what is in the test split.
    """
    name = context.partition_key
    folder = artifacts.folder.task_folder(name)
    curation = profile.load().curation
    return artifacts.materialize(
        context,
        inputs=[],
        parameters={
            "folder": folder_hash(folder),
            "similarity": curation.test_similarity,
            "telling_tokens": curation.telling_tokens,
        },
        produce=lambda workspace: _write(workspace, folder, name, artifacts.folder.datasets, curation),
        describe=_describe,
        check=lambda artifact: [_seeds_apart_from_tests(artifact)],
    )


def _write(workspace: Workspace, folder: Path, name: str, cache: Path, curation: CurationSettings) -> dict[str, int]:
    counts = write_seed_set(folder, name, workspace.draft, cache=cache).counts
    write_contamination(task_contamination(read_seed_set(workspace.draft), [], curation), workspace.draft)
    return counts


def _seeds_apart_from_tests(artifact: Artifact) -> dg.AssetCheckResult:
    report = read_contamination(artifact.local())
    return dg.AssetCheckResult(
        check_name="seeds_apart_from_tests",
        passed=not any(report.cell("seeds", "tests", level).rows for level in ("exact", "near")),
        severity=dg.AssetCheckSeverity.WARN,
        metadata=contamination_metadata(report, "seeds", "tests"),
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
