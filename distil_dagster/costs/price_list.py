"""The prices of a profile's references on a day, as a file: the artifact `price_book`."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from distil_dagster.costs.own_prices import OwnPrices
from distil_dagster.costs.price_book import Price, PriceBook, ReferenceModel, UnknownModelError

PRICE = TypeAdapter(Price)
"""Reads and writes one price as JSON."""


class PriceList(BaseModel):
    """All prices of one day and the data they come from."""

    model_config = ConfigDict(frozen=True)

    source: str
    data_sha256: str
    own_sha256: str | None = None
    """Of the own price book; None without one."""
    as_of: date
    prices: tuple[Price, ...]

    def price(self, reference: ReferenceModel) -> Price:
        """The price of a reference as the profile lists it now. Raises UnknownModelError if the list has none."""
        for price in self.prices:
            if _priced_by(price.model) == _priced_by(reference):
                return price
        raise UnknownModelError(
            f"the price book of {self.as_of} has no price of {reference.slug} as the profile lists it now: "
            f"materialise price_book again"
        )


def write_price_list(
    references: tuple[ReferenceModel, ...], *, as_of: date, output: Path, own: OwnPrices | None = None
) -> PriceList:
    """Look the references up, first in the own book, and write `summary.json`.

    Raises UnknownModelError for one without a price.
    """
    book = PriceBook(own)
    price_list = PriceList(
        source=f"{own.name}, then {book.source}" if own and own.name else book.source,
        data_sha256=book.data_sha256,
        own_sha256=own.sha256 if own else None,
        as_of=as_of,
        prices=book.prices(references, as_of=as_of),
    )
    (output / "summary.json").write_text(price_list.model_dump_json(indent=2))
    return price_list


def _priced_by(reference: ReferenceModel) -> dict[str, object]:
    """What decides the price of a reference; its address, key and temperature don't."""
    return reference.model_dump(include={"slug", "provider", "model", "input_price", "output_price"})
