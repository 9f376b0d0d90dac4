"""A price book of one's own: a YAML file with dated prices, and what genai-prices doesn't know of a model.

`prices.yaml` in the checkout is one, and shows its form.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from distil_dagster.home import CHECKOUT


class PriceBookError(ValueError):
    """A price book is missing or not valid."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatedPrice(_Section):
    """US dollars per million tokens from a day on, until the next one."""

    since: date
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(None, ge=0)
    """None if it costs as much as other input."""
    batch_input: float | None = Field(None, ge=0)
    """Of requests that may wait up to a day; None if there is no such price. Likewise the output."""
    batch_output: float | None = Field(None, ge=0)


class ListedModel(_Section):
    """What the book says of one model."""

    source: str = Field(min_length=1)
    """Where it was read."""
    prices: tuple[DatedPrice, ...] = ()
    """Before the first of them, and if there are none, those of genai-prices hold."""
    cache_minimum_tokens: int | None = Field(None, gt=0)
    """The shortest common beginning of prompts that the provider keeps."""
    released_on: date | None = None
    """Before this day the model has no price."""
    retires_on: date | None = None
    """From this day on the provider doesn't serve it any more."""
    succeeds: str | None = None
    """The slug of the model that it takes the place of."""

    @field_validator("prices")
    @classmethod
    def _one_price_a_day(cls, prices: tuple[DatedPrice, ...]) -> tuple[DatedPrice, ...]:
        twice = [str(day) for day, count in Counter(price.since for price in prices).items() if count > 1]
        if twice:
            raise ValueError(f"two prices since {', '.join(twice)}")
        return tuple(sorted(prices, key=lambda price: price.since))


class OwnPrices(_Section):
    """The whole book; an empty one knows nothing, and everything is as genai-prices has it."""

    name: str = ""
    """What the file is called."""
    sha256: str | None = None
    """Of the file's content; None without a file."""
    models: dict[str, ListedModel] = {}
    """By the slugs of profiles' references; other slugs may stand there, too."""

    def price(self, slug: str, as_of: date) -> DatedPrice | None:
        """The price of a day; None if the book has none."""
        model = self.models.get(slug)
        begun = [price for price in model.prices if price.since <= as_of] if model else []
        return begun[-1] if begun else None

    def is_out(self, slug: str, as_of: date) -> bool:
        """Whether the model was already to be had, as far as the book knows."""
        model = self.models.get(slug)
        return model is None or model.released_on is None or model.released_on <= as_of


def read_own_prices(path: Path | None) -> OwnPrices:
    """Read a price book, by a path relative to the checkout; the empty one without a path.

    Raises:
        PriceBookError: naming the file and every key that is wrong.
    """
    import yaml

    if path is None:
        return OwnPrices()
    try:
        content = (CHECKOUT / path).read_bytes()
        read = {"name": path.name, "sha256": hashlib.sha256(content).hexdigest(), **yaml.safe_load(content)}
        return OwnPrices.model_validate(read)
    except OSError as error:
        raise PriceBookError(f"the price book {path} can't be read: correct costs.price_book in the profile") from error
    except (yaml.YAMLError, TypeError) as error:
        raise PriceBookError(f"the price book {path} is not YAML with a key `models`: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise PriceBookError(f"the price book {path} is not valid: {faults}") from error
