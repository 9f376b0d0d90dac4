"""`mlflow_run`: a score in the experiment tracker of the house."""

import dagster as dg

from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.exports.mlflow_runs import LoggedRun, log_run, tracking_server
from distil_dagster.exports.tracked_run import tracked_run
from resources import Artifacts
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="report",
    deps=["benchmark_scores", "cost_table", "model_card"],
    kinds={"mlflow"},
    code_version="1",
)
def mlflow_run(context: dg.AssetExecutionContext, artifacts: Artifacts) -> dg.MaterializeResult:
    """The scores with intervals, curves, recipe, rate and costs as a run at `MLFLOW_TRACKING_URI`.

    It is an asset only where that is set. The same artifacts are one run, however often this is made.
    """
    run = tracked_run(artifacts.store, artifacts.current("benchmark_scores", **partition_of(context)))

    def produce(workspace: Workspace) -> dict[str, int]:
        (workspace.draft / "summary.json").write_text(log_run(run).model_dump_json())
        return {"metrics": len(run.metrics), "parameters": len(run.params)}

    return artifacts.materialize(
        context,
        inputs=run.inputs,
        parameters={"server": tracking_server()},
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    logged = artifact.summary(LoggedRun)
    return {name: dg.MetadataValue.text(value) for name, value in logged.model_dump().items()}
