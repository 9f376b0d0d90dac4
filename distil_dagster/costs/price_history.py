"""What a million of today's requests would have cost at the prices of earlier days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from distil_dagster.costs.api_cost import RequestTokens, api_dollars_per_million
from distil_dagster.costs.price_book import Price
from distil_dagster.costs.price_list import PriceList


@dataclass(frozen=True, kw_only=True)
class HistoricCost:
    """One row of `price_history.parquet`: a line of models on the day of one price book."""

    as_of: date
    line: str
    """The name of the newest model of the line: a model and those that it succeeds are one line."""
    model: str
    """The one that stood for it on that day."""
    dollars_per_million: float
    """US dollars per million requests, for the tokens that the task's requests have now."""
    source: str


def price_history(books: Sequence[PriceList], request_of: Callable[[str], RequestTokens]) -> tuple[HistoricCost, ...]:
    """The cost of each line of models on the days of the books, the earliest first.

    Args:
        books: of two books of a day the later one counts.
        request_of: the mean request to a model, by its slug.
    """
    by_day = {book.as_of: book for book in books}
    days = sorted(by_day)
    predecessor = {
        price.model.slug: price.succeeds for day in days for price in by_day[day].prices if price.succeeds is not None
    }
    successor = {before: after for after, before in predecessor.items()}
    names = {price.model.slug: price.model.display_name for day in days for price in by_day[day].prices}
    return tuple(
        HistoricCost(
            as_of=day,
            line=names[_newest(price.model.slug, successor)],
            model=price.model.display_name,
            dollars_per_million=api_dollars_per_million(price, request_of(price.model.slug)),
            source=price.source,
        )
        for day in days
        for price in _standing(by_day[day].prices, successor)
    )


def _standing(prices: Sequence[Price], successor: dict[str, str]) -> list[Price]:
    """The prices of a day without those of models that have a successor on it."""
    there = {price.model.slug for price in prices}
    return [price for price in prices if successor.get(price.model.slug) not in there]


def _newest(slug: str, successor: dict[str, str]) -> str:
    seen = {slug}
    while (following := successor.get(slug)) is not None and following not in seen:
        slug = following
        seen.add(slug)
    return slug
