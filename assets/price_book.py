"""`price_book`: what the frontier APIs ask for a million tokens, on the day it is materialised."""

from datetime import UTC, datetime

import dagster as dg

from distil_dagster.artifacts import Artifact
from distil_dagster.costs.own_prices import read_own_prices
from distil_dagster.costs.price_book import PriceBook
from distil_dagster.costs.price_list import PriceList, write_price_list
from resources import Artifacts, ProfileResource


@dg.asset(group_name="costs", kinds={"json"}, code_version="2")
def price_book(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """Published token prices of the profile's reference models, with their date.

    They are those of the package `genai-prices`, and before it those of the profile's own price book. Every day's
    version stays: the cost table tells what requests would have cost at each.
    """
    references, settings = profile.load().references, profile.load().costs
    day = settings.prices_of or datetime.now(UTC).date()
    own = read_own_prices(settings.price_book)
    return artifacts.materialize(
        context,
        inputs=[],
        parameters={
            "references": [reference.model_dump() for reference in references],
            "as_of": day.isoformat(),
            "data_sha256": PriceBook().data_sha256,
            "own_sha256": own.sha256,
        },
        produce=lambda workspace: {
            "prices": len(write_price_list(references, as_of=day, output=workspace.draft, own=own).prices)
        },
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    prices = artifact.summary(PriceList)
    return {
        "source": dg.MetadataValue.text(prices.source),
        "prices_of": dg.MetadataValue.text(prices.as_of.isoformat()),
        "dollars_per_million_tokens": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "model": price.model.display_name,
                        "input": price.input_per_million,
                        "cached_input": price.cached_input_per_million,
                        "output": price.output_per_million,
                        "batch_input": price.batch_input_per_million,
                        "batch_output": price.batch_output_per_million,
                        "retires": str(price.retires_on or ""),
                    }
                )
                for price in prices.prices
            ]
        ),
    }
