"""The prices of a profile's references on a day, as a file: the artifact `price_book`."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.costs.price_book import Price, PriceBook, ReferenceModel


class ListedPrice(BaseModel):
    """One price; the fields mean what they mean in `Price`."""

    model_config = ConfigDict(frozen=True)

    model: ReferenceModel
    input_per_million: float
    output_per_million: float
    valid_up_to_input_tokens: int | None
    source: str
    as_of: date


class PriceList(BaseModel):
    """All prices of one day and the data they come from."""

    model_config = ConfigDict(frozen=True)

    source: str
    data_sha256: str
    as_of: date
    prices: tuple[ListedPrice, ...]

    @property
    def as_prices(self) -> tuple[Price, ...]:
        """The prices as the cost table takes them."""
        return tuple(
            Price(
                model=listed.model,
                input_per_million=listed.input_per_million,
                output_per_million=listed.output_per_million,
                valid_up_to_input_tokens=listed.valid_up_to_input_tokens,
                source=listed.source,
                as_of=listed.as_of,
            )
            for listed in self.prices
        )


def write_price_list(references: tuple[ReferenceModel, ...], *, as_of: date, output: Path) -> PriceList:
    """Look the references up and write `summary.json`. Raises UnknownModelError for one without a price."""
    book = PriceBook()
    price_list = PriceList(
        source=book.source,
        data_sha256=book.data_sha256,
        as_of=as_of,
        prices=tuple(
            ListedPrice(
                model=price.model,
                input_per_million=price.input_per_million,
                output_per_million=price.output_per_million,
                valid_up_to_input_tokens=price.valid_up_to_input_tokens,
                source=price.source,
                as_of=price.as_of,
            )
            for price in book.prices(references, as_of=as_of)
        ),
    )
    (output / "summary.json").write_text(price_list.model_dump_json(indent=2))
    return price_list
