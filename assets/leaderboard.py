"""`leaderboard`: all tasks and students in one table."""

import dagster as dg

from assets.partitions import STUDENTS, TASKS
from distil_dagster.artifacts import Artifact, MissingArtifact, Workspace
from distil_dagster.reports.artifacts import task_report, task_roots
from distil_dagster.reports.leaderboard import leaderboard_rows, leaderboard_table
from resources import Artifacts

SHOWN = ["task", "student", "base_accuracy", "seeds_only_accuracy", "distilled_accuracy", "dollars_per_million"]


@dg.asset(group_name="report", deps=["cost_table", "benchmark_scores"], kinds={"parquet"}, code_version="2")
def leaderboard(context: dg.AssetExecutionContext, artifacts: Artifacts) -> dg.MaterializeResult:
    """One row per task and student: the arms with their intervals, requests per second, dollars per million."""
    store = artifacts.store
    roots = task_roots(store, TASKS, STUDENTS)
    if not roots:
        raise MissingArtifact("no task has been measured yet; materialise its cost_table or benchmark_scores first")

    def produce(workspace: Workspace) -> dict[str, int]:
        import pyarrow.parquet as pq

        rows = leaderboard_rows([task_report(store, root) for root in roots])
        pq.write_table(leaderboard_table(rows), workspace.draft / "leaderboard.parquet")
        return {"rows": len(rows)}

    return artifacts.materialize(context, inputs=roots, parameters={}, produce=produce, describe=_describe)


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    import pyarrow.parquet as pq

    rows = pq.read_table(artifact.local() / "leaderboard.parquet").select(SHOWN).to_pylist()
    return {"leaderboard": dg.MetadataValue.table([dg.TableRecord(row) for row in rows])}
