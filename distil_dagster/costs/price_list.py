"""The prices of a profile's references on a day, as a file: the artifact `price_book`."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.costs.price_book import Price, PriceBook, ReferenceModel


class PriceList(BaseModel):
    """All prices of one day and the data they come from."""

    model_config = ConfigDict(frozen=True)

    source: str
    data_sha256: str
    as_of: date
    prices: tuple[Price, ...]


def write_price_list(references: tuple[ReferenceModel, ...], *, as_of: date, output: Path) -> PriceList:
    """Look the references up and write `summary.json`. Raises UnknownModelError for one without a price."""
    book = PriceBook()
    price_list = PriceList(
        source=book.source,
        data_sha256=book.data_sha256,
        as_of=as_of,
        prices=book.prices(references, as_of=as_of),
    )
    (output / "summary.json").write_text(price_list.model_dump_json(indent=2))
    return price_list
