"""`leaderboard`: all tasks and students in one table."""

import dagster as dg

from assets.columns import described_table
from assets.partitions import REFERENCES, STUDENTS, TASKS
from distil_dagster.artifacts import Artifact, MissingArtifact, Workspace
from distil_dagster.reports.artifacts import measured_tasks
from distil_dagster.reports.leaderboard import LeaderboardRow, write_leaderboard
from resources import Artifacts
from resources.artifacts import shown_table

SHOWN = ["task", "student", "base_accuracy", "seeds_only_accuracy", "distilled_accuracy", "standing", "verdict"]
BESIDE = ["task", "student", "reference", "difference", "standing"]


@dg.asset(
    group_name="report",
    deps=["cost_table", "benchmark_scores", "reference_scores"],
    kinds={"parquet"},
    metadata=described_table("leaderboard.parquet", LeaderboardRow),
    code_version="2",
)
def leaderboard(context: dg.AssetExecutionContext, artifacts: Artifacts) -> dg.MaterializeResult:
    """One row per task and student, and one per student and reference that were asked the same questions.

    A student is ahead, behind, or not distinguishable: p values pay for all comparisons of the table.
    """
    tasks = measured_tasks(artifacts.store, TASKS, STUDENTS, REFERENCES, left_out=context.log.warning)
    if not tasks:
        raise MissingArtifact("no task has been measured yet; materialise its cost_table or benchmark_scores first")

    def produce(workspace: Workspace) -> dict[str, int]:
        return write_leaderboard([task.report for task in tasks], workspace.draft)

    return artifacts.materialize(
        context,
        inputs=[root for task in tasks for root in task.roots],
        parameters={},
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    return {
        "leaderboard": _shown(artifact, "leaderboard.parquet", SHOWN),
        "beside_references": _shown(artifact, "references.parquet", BESIDE),
    }


def _shown(artifact: Artifact, file: str, columns: list[str]) -> dg.MetadataValue:
    import pyarrow.parquet as pq

    rows = pq.read_table(artifact.local() / file, columns=columns).to_pylist()
    return shown_table([dg.TableRecord(row) for row in rows])
