"""What a million requests cost: published token prices, and the price of a device divided by what it serves."""

from distil_dagster.costs.price_book import ReferenceModel

__all__ = ["ReferenceModel"]
