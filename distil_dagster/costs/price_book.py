"""Published token prices of frontier models, looked up offline at a date.

The prices are those the package `genai-prices` carries inside its wheel, so the same version gives the same
price on every machine; a book of one's own (`own_prices`) goes before it. Nothing here opens a connection, and
nothing here knows a task: multiplying a price with token counts belongs to `api_cost`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import Field

from distil_dagster.costs.own_prices import OwnPrices
from distil_dagster.serving.remote import RemoteModel

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo

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
    cache_minimum_tokens: int | None = None
    """The shortest common beginning of prompts that the provider keeps; None if it isn't known."""
    batch_input_per_million: float | None = None
    """US dollars per million input tokens of requests that may wait up to a day; likewise the output."""
    batch_output_per_million: float | None = None
    retires_on: date | None = None
    """The day from which on the provider doesn't serve the model any more, where it has named one."""
    succeeds: str | None = None
    """The slug of the older model that this one is the successor of: one line in the history of prices."""


class PriceBook:
    """The price data of the installed `genai-prices`, and before it that of the user's own book, if there is one."""

    def __init__(self, own: OwnPrices | None = None) -> None:
        self._own = own or OwnPrices()

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
        """The sentence part that names the package wherever one of its prices is shown."""
        return f"{PACKAGE} {self.package_version} (data checked {self.data_checked_on})"

    def price(self, model: ReferenceModel, *, as_of: date) -> Price:
        """The price of one model on a day: the profile's where it gives one, else the own book's, else the package's.

        Prices that depend on the prompt's length are given for the shortest prompts, together with the
        length they hold up to.

        Raises:
            UnknownModelError: the package does not know this provider or model, or has no token price for it.
        """
        known = self._own.models.get(model.slug)
        price = self._profile_price(model, as_of) or self._own_price(model, as_of) or self._package_price(model, as_of)
        if known is None:
            return price
        return replace(
            price,
            cache_minimum_tokens=known.cache_minimum_tokens,
            retires_on=known.retires_on,
            succeeds=known.succeeds,
        )

    def prices(self, models: Iterable[ReferenceModel], *, as_of: date) -> tuple[Price, ...]:
        """The prices of several models on a day, in the order given, without those that came out later.

        Raises:
            UnknownModelError: at the first model that has no price.
        """
        out = [model for model in models if self._own.is_out(model.slug, as_of)]
        return tuple(self.price(model, as_of=as_of) for model in out)

    def _profile_price(self, model: ReferenceModel, as_of: date) -> Price | None:
        if model.input_price is None or model.output_price is None:
            return None
        return Price(
            model=model,
            input_per_million=model.input_price,
            output_per_million=model.output_price,
            valid_up_to_input_tokens=None,
            source=OWN_PRICE,
            as_of=as_of,
        )

    def _own_price(self, model: ReferenceModel, as_of: date) -> Price | None:
        dated = self._own.price(model.slug, as_of)
        if dated is None:
            return None
        return Price(
            model=model,
            input_per_million=dated.input,
            output_per_million=dated.output,
            valid_up_to_input_tokens=None,
            source=f"{self._own.name}, since {dated.since} ({self._own.models[model.slug].source})",
            as_of=as_of,
            cached_input_per_million=dated.cached_input,
            batch_input_per_million=dated.batch_input,
            batch_output_per_million=dated.batch_output,
        )

    def _package_price(self, model: ReferenceModel, as_of: date) -> Price:
        known = self._listed_model(model)
        moment = datetime.combine(as_of, time.min, tzinfo=UTC)
        listed = known.get_prices(moment)
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
        # Without a batch price of that day the package answers with the standard one.
        batch = known.get_prices(moment, {"processing": "batch"})
        has_batch = batch != listed
        return Price(
            model=model,
            input_per_million=input_price,
            output_per_million=output_price,
            valid_up_to_input_tokens=min(limits, default=None),
            source=self.source,
            as_of=as_of,
            cached_input_per_million=cached_price,
            batch_input_per_million=_first_tier(batch.input_mtok)[0] if has_batch else None,
            batch_output_per_million=_first_tier(batch.output_mtok)[0] if has_batch else None,
        )

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

    def _listed_model(self, model: ReferenceModel) -> ModelInfo:
        try:
            _, known = self._snapshot.find_provider_model(model.model, None, model.provider, None)
        except LookupError as error:
            raise UnknownModelError(
                f"{PACKAGE} {self.package_version} does not know {model.provider} model {model.model!r} "
                f"(reference {model.slug!r}): correct the profile's provider and model, upgrade {PACKAGE}, or set "
                f"input_price and output_price in the profile."
            ) from error
        return known


def _first_tier(listed: object) -> tuple[float | None, int | None]:
    """A listed price as (dollars for the shortest prompts, longest prompt they hold for)."""
    from genai_prices.types import TieredPrices

    if listed is None:
        return None, None
    if isinstance(listed, TieredPrices):
        return float(listed.base), min(tier.start for tier in listed.tiers)
    return float(str(listed)), None
