"""`report`: the web page a person reads."""

import dagster as dg

from distil_dagster.artifacts import Artifact
from distil_dagster.reports.artifacts import write_report
from resources import Artifacts, ProfileResource


@dg.asset(group_name="report", deps=["leaderboard"], kinds={"html"}, code_version="3")
def report(context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource) -> dg.MaterializeResult:
    """One self-contained HTML file: accuracy, cost, corpus, training, and where each number comes from."""
    store = artifacts.store
    table = artifacts.current("leaderboard")
    settings = profile.load()
    return artifacts.materialize(
        context,
        inputs=[table],
        parameters={"profile": settings.name},
        produce=lambda workspace: {"tasks": write_report(store, table, profile=settings.name, output=workspace.draft)},
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    page = artifact.local() / "report.html"
    return {"page": dg.MetadataValue.path(page), "bytes": dg.MetadataValue.int(page.stat().st_size)}
