"""Published token prices of frontier models, looked up offline at a date.

The prices are those the package `genai-prices` carries inside its wheel, so the same version gives the same
price on every machine. Nothing here opens a connection, and nothing here knows a task: multiplying a price
with token counts belongs to `cost_table`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import Field

from distil_dagster.serving.remote import RemoteModel

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelPrice

PACKAGE = "genai-prices"
OWN_PRICE = "input_price and output_price of the profile"

# The package has no date of its own; its comments say when a maintainer last looked at a vendor's page.
_CHECKED_ON = re.compile(r"(?:checked|verified)(?: on)? (\d{4}-\d{2}-\d{2})")


class UnknownModelError(LookupError):
    """A reference that the price data does not know, or does not price per token."""


class ReferenceModel(RemoteModel):
    """One frontier model that the students are compared with, as a profile lists it."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """Short name, used as partition key."""
    display_name: str = Field(min_length=1)
    """The name tables and figures show."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a provider asks for a million tokens of one model: standard tier, no batch discount."""

    model: ReferenceModel
    input_per_million: float
    """US dollars per million input tokens."""
    output_per_million: float
    """US dollars per million output tokens, reasoning tokens included."""
    valid_up_to_input_tokens: int | None
    """Longest prompt these prices hold for; None if the price does not depend on the prompt's length."""
    source: str
    """Where the price was read: package, version, and how fresh its data is."""
    as_of: date
    """The day the price applies to."""
    cached_input_per_million: float | None = None
    """US dollars per million input tokens that the provider had kept from earlier requests, where that is cheaper."""


class PriceBook:
    """The price data of the installed `genai-prices`, with what is needed to name it in a manifest."""

    @property
    def package_version(self) -> str:
        """Version of the installed price package."""
        return version(PACKAGE)

    @cached_property
    def data_sha256(self) -> str:
        """Hash of the package's price data: two books with the same hash give the same prices."""
        return hashlib.sha256(self._data).hexdigest()

    @cached_property
    def data_checked_on(self) -> date:
        """The newest day on which the package says that a price was checked against a vendor's page.

        The package carries no release date. So the data is at least this fresh, and may be a little fresher.
        """
        return max(date.fromisoformat(day) for day in _CHECKED_ON.findall(self._data.decode()))

    @property
    def source(self) -> str:
        """The sentence part that names this book wherever one of its prices is shown."""
        return f"{PACKAGE} {self.package_version} (data checked {self.data_checked_on})"

    def price(self, model: ReferenceModel, *, as_of: date) -> Price:
        """The price of one model on a day: the profile's own where it gives one, else the package's.

        Prices that depend on the prompt's length are given for the shortest prompts, together with the
        length they hold up to.

        Raises:
            UnknownModelError: the package does not know this provider or model, or has no token price for it.
        """
        if model.input_price is not None and model.output_price is not None:
            return Price(
                model=model,
                input_per_million=model.input_price,
                output_per_million=model.output_price,
                valid_up_to_input_tokens=None,
                source=OWN_PRICE,
                as_of=as_of,
            )
        listed = self._listed_price(model, as_of)
        input_price, input_limit = _first_tier(listed.input_mtok)
        output_price, output_limit = _first_tier(listed.output_mtok)
        if input_price is None or output_price is None:
            raise UnknownModelError(
                f"{PACKAGE} {self.package_version} has no price per token for {model.provider} model "
                f"{model.model!r} (reference {model.slug!r}): choose a text model, or set input_price and "
                f"output_price in the profile."
            )
        cached_price, _ = _first_tier(listed.cache_read_mtok)
        limits = [limit for limit in (input_limit, output_limit) if limit is not None]
        return Price(
            model=model,
            input_per_million=input_price,
            output_per_million=output_price,
            valid_up_to_input_tokens=min(limits, default=None),
            source=self.source,
            as_of=as_of,
            cached_input_per_million=cached_price,
        )

    def prices(self, models: Iterable[ReferenceModel], *, as_of: date) -> tuple[Price, ...]:
        """The prices of several models on a day, in the order given.

        Raises:
            UnknownModelError: at the first model that has no price.
        """
        return tuple(self.price(model, as_of=as_of) for model in models)

    @cached_property
    def _data(self) -> bytes:
        return files("genai_prices").joinpath("data.py").read_bytes()

    @cached_property
    def _snapshot(self) -> DataSnapshot:
        # Not genai_prices.data_snapshot.get_snapshot(): another part of the process may have replaced that
        # one with prices fetched from the network, and then the version would no longer name the price.
        from genai_prices.data import providers
        from genai_prices.data_snapshot import DataSnapshot

        return DataSnapshot(providers=providers, from_auto_update=False)

    def _listed_price(self, model: ReferenceModel, as_of: date) -> ModelPrice:
        try:
            _, known = self._snapshot.find_provider_model(model.model, None, model.provider, None)
        except LookupError as error:
            raise UnknownModelError(
                f"{PACKAGE} {self.package_version} does not know {model.provider} model {model.model!r} "
                f"(reference {model.slug!r}): correct the profile's provider and model, upgrade {PACKAGE}, or set "
                f"input_price and output_price in the profile."
            ) from error
        return known.get_prices(datetime.combine(as_of, time.min, tzinfo=UTC))


def _first_tier(listed: object) -> tuple[float | None, int | None]:
    """A listed price as (dollars for the shortest prompts, longest prompt they hold for)."""
    from genai_prices.types import TieredPrices

    if listed is None:
        return None, None
    if isinstance(listed, TieredPrices):
        return float(listed.base), min(tier.start for tier in listed.tiers)
    return float(str(listed)), None
