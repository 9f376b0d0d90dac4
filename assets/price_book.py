"""`price_book`: what the frontier APIs ask for a million tokens, on the day it is materialised."""

from datetime import UTC, datetime

import dagster as dg

from distil_dagster.artifacts import Artifact
from distil_dagster.costs.price_book import PriceBook
from distil_dagster.costs.price_list import PriceList, write_price_list
from resources import Artifacts, ProfileResource


@dg.asset(group_name="costs", kinds={"json"}, code_version="1")
def price_book(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """Published token prices of the profile's reference models, from the package `genai-prices`, with their date."""
    references = profile.load().references
    today = datetime.now(UTC).date()
    return artifacts.materialize(
        context,
        inputs=[],
        parameters={
            "references": [reference.model_dump() for reference in references],
            "as_of": today.isoformat(),
            "data_sha256": PriceBook().data_sha256,
        },
        produce=lambda workspace: {
            "prices": len(write_price_list(references, as_of=today, output=workspace.draft).prices)
        },
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    prices = artifact.summary(PriceList)
    return {
        "source": dg.MetadataValue.text(prices.source),
        "dollars_per_million_tokens": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "model": price.model.display_name,
                        "input": price.input_per_million,
                        "output": price.output_per_million,
                    }
                )
                for price in prices.prices
            ]
        ),
    }
