"""What a million requests to an API cost: tokens times price, pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from distil_dagster.costs.price_book import Price


@dataclass(frozen=True, kw_only=True)
class RequestTokens:
    """The mean size of a request of the task, and who counted."""

    input_tokens: float
    output_tokens: float
    """All that is billed as output, thinking included."""
    counted_by: str
    """For example "smollm2-135m's tokenizer"."""
    cached_input_tokens: float | None = None
    """How many of the input tokens the provider billed as cached; None if it wasn't asked."""
    reasoning_tokens: float | None = None
    """How many of the output tokens were thinking, as the provider says; None if it wasn't asked."""
    common_prefix_tokens: float = 0.0
    """With how many tokens all prompts of the task begin alike, by the same tokenizer."""


def cached_input(price: Price, request: RequestTokens) -> float:
    """The input tokens of a mean request that are billed at the price of cached ones.

    The provider's own count where it was asked. Else the common beginning of the prompts, if it is no shorter than the
    provider's minimum, as though it were always in the cache; none where the minimum isn't known.
    """
    if request.cached_input_tokens is not None:
        return request.cached_input_tokens
    least = price.cache_minimum_tokens
    if price.cached_input_per_million is None or least is None or request.common_prefix_tokens < least:
        return 0.0
    return request.common_prefix_tokens


def api_dollars_per_million(price: Price, request: RequestTokens) -> float:
    """Dollars for a million requests to an API at its standard price.

    Raises:
        ValueError: impossible token counts, or a prompt longer than the price holds for.
    """
    cached = cached_input(price, request)
    if not (request.input_tokens >= cached >= 0 and request.output_tokens >= 0):
        raise ValueError(
            f"A request has 0 or more tokens, not {request.input_tokens} in ({cached} cached) and "
            f"{request.output_tokens} out."
        )
    limit = price.valid_up_to_input_tokens
    if limit is not None and request.input_tokens > limit:
        raise ValueError(
            f"The price of {price.model.display_name} holds for prompts up to {limit} tokens, and this task's have "
            f"{request.input_tokens:.0f}: leave this reference out of the profile for this task."
        )
    cached_price = price.cached_input_per_million
    if cached_price is None:
        cached_price = price.input_per_million
    # Per million tokens and for a million requests: the two millions cancel.
    return (
        (request.input_tokens - cached) * price.input_per_million
        + cached * cached_price
        + request.output_tokens * price.output_per_million
    )


def batch_dollars_per_million(price: Price, request: RequestTokens) -> float | None:
    """Dollars for a million requests that may wait up to a day, without cached input; None if no price is known."""
    if price.batch_input_per_million is None or price.batch_output_per_million is None:
        return None
    return request.input_tokens * price.batch_input_per_million + request.output_tokens * price.batch_output_per_million
