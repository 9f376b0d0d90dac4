"""What an answer cost in tokens, by the endpoint's own account as far as that can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.tasks import Message
from distil_dagster.tasks.rows import canonical_json

CHARACTERS_PER_TOKEN = 10
"""Text of tasks has about four. An account of fewer tokens than a tenth of the characters is no account."""
TOKENS_PER_MESSAGE = 8
"""Role and delimiters of a message, at most."""
HIDDEN_TOKENS = 1000
"""What an endpoint may put in front of a prompt by itself, and bill."""


@dataclass(frozen=True)
class Usage:
    """The tokens that an answer is charged for."""

    input_tokens: int
    cached_tokens: int
    """How many of the input tokens the endpoint had kept from earlier requests."""
    output_tokens: int
    """All that is billed as output, thinking included."""
    reasoning_tokens: int
    """How many of them were thinking, as far as the endpoint says."""
    suspect: str | None
    """Why the endpoint's account is not believed; None if it is."""

    def dollars(self, prices: TokenPrices) -> float:
        """What the answer costs."""
        return prices.dollars(self.input_tokens, self.output_tokens, cached_tokens=self.cached_tokens)


def most_input_tokens(messages: Sequence[Message], response_schema: Mapping[str, Any] | None = None) -> int:
    """The most tokens that a prompt can come to: tokenizers of today never make two of one byte.

    An endpoint may put the schema that the answer has to follow into the prompt.
    """
    sent = sum(len(message.content.encode()) + TOKENS_PER_MESSAGE for message in messages)
    schema = 0 if response_schema is None else len(canonical_json(response_schema).encode())
    return sent + schema + HIDDEN_TOKENS


def read_usage(
    body: Mapping[str, Any],
    *,
    messages: Sequence[Message],
    text: str,
    max_output_tokens: int,
    response_schema: Mapping[str, Any] | None = None,
) -> Usage:
    """Read the `usage` of a chat completion.

    Endpoints disagree on thinking: OpenAI counts it within `completion_tokens`; xAI and Gemini count it beside them and
    only in `total_tokens`. Both are told apart by the total.

    A number that is missing or can't be true is replaced by the most it could have been, or kept where it is even
    larger: what is doubtful is never charged for less.

    Args:
        body: the completion.
        messages: what was sent.
        text: what the model said.
        max_output_tokens: what it was allowed to say.
        response_schema: the schema that was sent along.
    """
    usage = body.get("usage")
    if not isinstance(usage, Mapping):
        return Usage(most_input_tokens(messages, response_schema), 0, max_output_tokens, 0, "there is no usage")
    doubts = []
    sent, received = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    total = _count(usage.get("total_tokens"))
    reasoning = _count(_detail(usage, "completion_tokens_details", "reasoning_tokens", default=0))
    cached = _count(_detail(usage, "prompt_tokens_details", "cached_tokens", default=0))

    most_sent = most_input_tokens(messages, response_schema)
    characters = sum(len(message.content) for message in messages)
    if sent is None or sent < characters / CHARACTERS_PER_TOKEN or sent > most_sent:
        doubts.append(f"prompt_tokens is {usage.get('prompt_tokens')!r} for {characters} characters")
        sent = max(sent or 0, most_sent)
    if cached is None or cached > sent:
        doubts.append(f"cached_tokens is {_detail(usage, 'prompt_tokens_details', 'cached_tokens')!r}")
        cached = 0

    if reasoning is None:
        doubts.append(f"reasoning_tokens is {_detail(usage, 'completion_tokens_details', 'reasoning_tokens')!r}")
    billed = None if received is None or reasoning is None else _all_output(sent, received, reasoning, total)
    if billed is None or billed > max_output_tokens or (received or 0) < len(text) / CHARACTERS_PER_TOKEN:
        doubts.append(
            f"completion_tokens is {usage.get('completion_tokens')!r} for {len(text)} characters "
            f"and {max_output_tokens} tokens allowed"
        )
        billed = max(billed or 0, received or 0, max_output_tokens)
    thought = min(max(reasoning or 0, billed - received if received is not None and not doubts else 0), billed)
    return Usage(sent, cached, billed, thought, "; ".join(doubts) or None)


def _all_output(sent: int, received: int, reasoning: int, total: int | None) -> int:
    if total is not None and total > sent + received:
        return total - sent
    if total is None and reasoning > received:
        return received + reasoning
    return received


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _detail(usage: Mapping[str, Any], group: str, name: str, *, default: object = None) -> object:
    details = usage.get(group)
    value = details.get(name) if isinstance(details, Mapping) else None
    return default if value is None else value
