"""What a model that the profile names costs today."""

from datetime import UTC, datetime

from distil_dagster.costs.price_book import PriceBook, ReferenceModel
from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.remote import RemoteModel


def endpoint_prices(model: RemoteModel, slug: str) -> TokenPrices:
    """The profile's own prices, else those of the price book; `slug` is what errors call the model.

    Raises UnknownModelError if there are none.
    """
    fields = {name: getattr(model, name) for name in RemoteModel.model_fields}
    priced = ReferenceModel(slug=slug, display_name=model.model, **fields)
    price = PriceBook().price(priced, as_of=datetime.now(UTC).date())
    return TokenPrices(price.input_per_million, price.output_per_million, price.cached_input_per_million)
