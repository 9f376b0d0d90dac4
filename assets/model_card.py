"""`model_card`: what goes with a merged model when it is handed on."""

import dagster as dg

from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.reports.model_card import CARD, costs_of, write_model_card
from resources import Artifacts
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="report",
    deps=["benchmark_scores", "cost_table"],
    kinds={"markdown", "huggingface"},
    code_version="2",
)
def model_card(context: dg.AssetExecutionContext, artifacts: Artifacts) -> dg.MaterializeResult:
    """What the model does, from which rows and how it was made, its scores with intervals, its limits and licences.

    All of it is read from the scores and what lies behind them. What the model costs is in it once there is a cost
    table of these very scores.
    """
    store = artifacts.store
    scores = artifacts.current("benchmark_scores", **partition_of(context))
    costs = costs_of(store, scores)

    def produce(workspace: Workspace) -> dict[str, int]:
        facts = write_model_card(store, scores, costs, workspace.draft)
        return {"questions": facts.arm.n_questions, "parameters": facts.parameters}

    return artifacts.materialize(
        context,
        inputs=[scores, *([costs] if costs else [])],
        parameters={},
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    card = (artifact.local() / CARD).read_text(encoding="utf-8")
    return {"card": dg.MetadataValue.md(card.split("---\n", 2)[-1])}
