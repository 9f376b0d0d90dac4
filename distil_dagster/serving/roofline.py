"""The most requests per second that a device can answer, from a model's shape and the device's two speeds.

The roofline model (Williams, Waterman and Patterson 2009): work takes at least as long as its arithmetic at the full
arithmetic speed, and as the bytes that it has to move at the full speed of the memory. A measurement above the bound is
no fast server; its requests were shorter than they were said to be, or came from a cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distil_dagster.serving.settings import DevicePeak
from distil_dagster.serving.summary import Roofline

FLOPS_PER_MULTIPLICATION = 2
KEYS_AND_VALUES = 2
GATED_MATRICES = 3
"""Of a gated feed-forward block: gate, up and down."""


class UnknownShapeError(ValueError):
    """A model whose config.json does not say how large its matrices are."""


@dataclass(frozen=True)
class ModelShape:
    """A decoder with grouped queries and gated feed-forward blocks, as Llama, SmolLM2 and Qwen3 are."""

    layers: int
    attention_width: int
    """Of all query heads together."""
    body_parameters: int
    """Weights that every token is multiplied with."""
    head_parameters: int
    """Weights that a token is multiplied with whose next one is wanted."""
    cache_bytes_per_token: int

    @classmethod
    def of(cls, config: Mapping[str, Any], *, bytes_per_number: int) -> ModelShape:
        """The shape that a config.json describes; keys and values are kept in numbers of so many bytes.

        Raises:
            UnknownShapeError: if it lacks what is needed.
        """
        try:
            hidden, heads, layers = (
                int(config[key]) for key in ("hidden_size", "num_attention_heads", "num_hidden_layers")
            )
            feed_forward, vocabulary = int(config["intermediate_size"]), int(config["vocab_size"])
        except KeyError as error:
            raise UnknownShapeError(f"config.json has no {error.args[0]}") from error
        width = int(config.get("head_dim") or hidden // heads)
        key_width = int(config.get("num_key_value_heads") or heads) * width
        layer = hidden * (2 * heads * width + 2 * key_width + GATED_MATRICES * feed_forward)
        return cls(
            layers=layers,
            attention_width=heads * width,
            body_parameters=layers * layer,
            head_parameters=hidden * vocabulary,
            cache_bytes_per_token=KEYS_AND_VALUES * layers * key_width * bytes_per_number,
        )


@dataclass(frozen=True)
class RequestShape:
    """A request in tokens. Of the input, `cached_tokens` are found in the cache rather than computed."""

    input_tokens: float
    cached_tokens: float
    output_tokens: float

    @property
    def computed_tokens(self) -> float:
        """Those that go through the model: what is new of the input, and all of the output but its last token."""
        return self.input_tokens - self.cached_tokens + self.output_tokens - 1

    @property
    def attended_tokens(self) -> float:
        """The earlier tokens that each computed one looks at, added up."""
        first, last = self.cached_tokens, self.input_tokens + self.output_tokens - 1
        return (last * (last + 1) - first * (first + 1)) / 2

    @property
    def reread_tokens(self) -> float:
        """The tokens whose keys and values are read again, added up over the steps that write one output token each."""
        steps = self.output_tokens - 1
        return steps * (self.input_tokens + steps / 2)


def roofline(model: ModelShape, request: RequestShape, peak: DevicePeak, *, measured: float) -> Roofline:
    """The bounds on requests per second, and where a measured rate lies below them.

    `bound` lets arithmetic and memory overlap fully and reads the weights for nothing, as an endless batch would;
    `expected` reads keys and values while nothing is computed, as a server does that fills the steps of its answers up
    with new prompts (chunked prefill).
    """
    flops = FLOPS_PER_MULTIPLICATION * (
        model.body_parameters * request.computed_tokens
        + model.head_parameters * request.output_tokens
        # Scores, and the sum of values by them.
        + 2 * model.layers * model.attention_width * request.attended_tokens
    )
    computing = flops / (peak.teraflops * 1e12)
    reading = model.cache_bytes_per_token * request.reread_tokens / (peak.gigabytes_per_second * 1e9)
    expected = 1 / (computing + reading)
    return Roofline(
        peak=peak,
        input_tokens=request.input_tokens,
        cached_tokens=request.cached_tokens,
        output_tokens=request.output_tokens,
        gigaflops_per_request=flops / 1e9,
        bound_per_second=1 / max(computing, reading),
        expected_per_second=expected,
        share=measured * (computing + reading),
    )
