"""`cost_table`: dollars per million requests of every contender on a task."""

import dagster as dg

from assets.partitions import REFERENCES, STUDENTS, by_task
from distil_dagster.artifacts import Artifact
from distil_dagster.reports.artifacts import measured_references, measured_students, read_cost_rows, write_cost_table
from resources import Artifacts, ProfileResource


@dg.asset(
    partitions_def=by_task,
    group_name="costs",
    deps=["price_book", "benchmark_scores", "reference_scores", "serving_profile"],
    kinds={"parquet"},
    code_version="2",
)
def cost_table(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """Every student that was served here, at three utilisations, beside the API models at published prices.

    A student's cost is the device's price per hour over the requests it answered; an API's is the published price of
    the tokens it used here, or, if it was not asked, of this task's token counts.
    """
    prices = artifacts.current("price_book")
    task = context.partition_key
    measured = measured_students(artifacts.store, task, STUDENTS)
    references = measured_references(artifacts.store, task, REFERENCES)
    settings = profile.load()
    return artifacts.materialize(
        context,
        inputs=[prices, *(artifact for student in measured for artifact in student.artifacts), *references],
        parameters={"device": settings.device.model_dump(), "utilisations": list(settings.utilisations)},
        produce=lambda workspace: {
            "rows": write_cost_table(
                prices,
                measured,
                references,
                task=task,
                device=f"{settings.device.name} (price {settings.device.price_source})",
                dollars_per_hour=settings.device.dollars_per_hour,
                utilisations=settings.utilisations,
                output=workspace.draft,
            )
        },
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    rows = read_cost_rows(artifact)
    own = [row for row in rows if row.kind == "self-hosted"]
    cheapest = min(own, key=lambda row: row.dollars_per_million)
    return {
        "dollars_per_million_at_full_use": dg.MetadataValue.float(cheapest.dollars_per_million),
        "requests_per_second": dg.MetadataValue.float(cheapest.requests_per_second or 0.0),
        "dollars_per_million_requests": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "contender": row.contender,
                        "utilisation": "" if row.utilisation is None else f"{row.utilisation:.0%}",
                        "dollars": round(row.dollars_per_million, 2),
                        "origin": row.origin,
                    }
                )
                for row in rows
            ]
        ),
    }
