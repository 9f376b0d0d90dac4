"""`cost_table`: dollars per million requests of every contender on a task."""

from collections.abc import Sequence

import dagster as dg

from assets.columns import described_table
from assets.partitions import REFERENCES, STUDENTS, by_task
from assets.regressions import no_dearer_than_before
from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.costs.token_counts import tokenizer_sha256
from distil_dagster.reports import wording
from distil_dagster.reports.costs import (
    MeasuredStudent,
    PricedDevice,
    cost_details,
    measured_references,
    measured_students,
    price_books,
    read_cost_rows,
    write_cost_table,
)
from distil_dagster.reports.sparklines import cost_svg, markdown_image
from resources import Artifacts, ProfileResource
from resources.artifacts import shown_table


@dg.asset(
    partitions_def=by_task,
    group_name="costs",
    deps=["price_book", "benchmark_scores", "reference_scores", "serving_profile"],
    kinds={"parquet"},
    metadata=described_table("cost_table.parquet", CostRow),
    code_version="3",
    check_specs=[
        dg.AssetCheckSpec(
            "no_dearer_than_before",
            asset="cost_table",
            partitions_def=by_task,
            description="No contender costs over a tenth more than when the table was last made.",
        ),
        dg.AssetCheckSpec(
            "scored_as_served",
            asset="cost_table",
            partitions_def=by_task,
            description="Each student's accuracy and rate are those of one and the same merged model.",
        ),
    ],
)
def cost_table(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """Every student that was served here, at three utilisations and for the profile's traffic, beside the API models.

    A student's cost is the device's price per hour over the requests it answered; an API's is the published price of
    the tokens it used here, or, if it was not asked, of this task's token counts. Beside the table lie the traffic from
    which on a device is cheaper, other prices per hour, what the student cost to make, and the history of prices.
    """
    store = artifacts.store
    prices = artifacts.current("price_book")
    books = price_books(store, prices)
    task = context.partition_key
    measured = measured_students(store, task, STUDENTS)
    references = measured_references(store, task, REFERENCES)
    settings = profile.load()
    device = settings.device
    return artifacts.materialize(
        context,
        inputs=[prices, *(artifact for student in measured for artifact in student.artifacts), *references],
        parameters={
            "device": device.model_dump(),
            "utilisations": list(settings.utilisations),
            "costs": settings.costs.model_dump(mode="json"),
            "tokenizers": {name: tokenizer_sha256(file) for name, file in settings.costs.tokenizers.items()},
            "price_books": [book.manifest.fingerprint for book in books],
        },
        produce=lambda workspace: {
            "rows": write_cost_table(
                store,
                books,
                prices,
                measured,
                references,
                task=task,
                device=PricedDevice(f"{device.name} (price {device.price_source})", device.dollars_per_hour),
                settings=settings.costs,
                utilisations=settings.utilisations,
                output=workspace.draft,
            )
        },
        describe=_describe,
        check=lambda artifact: [no_dearer_than_before(store, artifact), _scored_as_served(store, measured)],
    )


def _scored_as_served(store: ArtifactStore, measured: Sequence[MeasuredStudent]) -> dg.AssetCheckResult:
    apart = []
    for student in measured:
        served = store.input_of(student.serving, "quantised_model") or student.serving
        if store.input_of(student.scores, "merged_model") != store.input_of(served, "merged_model"):
            apart.append(student.name)
    return dg.AssetCheckResult(
        check_name="scored_as_served",
        passed=not apart,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Measured on two models: {', '.join(apart)}; rebenchmark measures both on the last."
        if apart
        else None,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    rows = read_cost_rows(artifact)
    own = [row for row in rows if row.kind == "self-hosted"]
    cheapest = min(own, key=lambda row: row.dollars_per_million)
    details = cost_details(artifact)
    return {
        "dollars_per_million_at_full_use": dg.MetadataValue.float(round(cheapest.dollars_per_million, 4)),
        "requests_per_second": dg.MetadataValue.float(round(cheapest.requests_per_second or 0.0, 3)),
        "dollars_to_make": dg.MetadataValue.float(round(cheapest.making_dollars or 0.0, 4)),
        "dollars_plot": dg.MetadataValue.md(markdown_image("dollars per million requests", cost_svg(rows))),
        "dollars_per_million_requests": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "contender": row.contender,
                        "use": f"{wording.utilisation(row)}{' (traffic)' if row.load == 'traffic' else ''}",
                        "dollars": round(row.dollars_per_million, 2),
                        "with_making": round(row.total_dollars_per_million or 0.0, 2),
                        "origin": row.origin,
                    }
                )
                for row in rows
            ]
        ),
        "break_even": shown_table(
            [
                dg.TableRecord(
                    {
                        "student": row.student,
                        "dollars_per_hour": row.device_dollars_per_hour,
                        "api": row.api,
                        "requests_per_second": row.requests_per_second,
                        "requests_per_month": row.requests_per_month,
                    }
                )
                for row in (details.break_even if details else ())
            ]
        ),
    }
