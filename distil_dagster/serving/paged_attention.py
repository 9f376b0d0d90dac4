"""Attention of many requests over a paged cache on a CPU, without computing what is masked out or repeated.

transformers' continuous batching puts the tokens of all requests of a step into one row. Its stock SDPA function then
attends over the concatenated keys of all requests under a block-diagonal mask: at 32 requests, 31 of 32 products are
thrown away. Served requests of one task also start with the same system prompt, whose cache pages continuous batching
lets them share, yet stock attention reads those pages once per request.

`PagedAttention` reads each step's requests as `Plan`: tokens that are being generated ("decoding", one query each) are
grouped by their first cache row; a group attends to its common leading rows in one matrix product, and each of its
requests to its own remaining rows in a batched one (as in Juravsky et al. 2024, "Hydragen", arXiv:2402.05099); a prompt
that is being read ("prefill") is attended to by itself. The result equals stock attention up to rounding.

Only the arithmetic is here: which requests run, and which rows hold their keys, is decided by transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward


@dataclass(frozen=True)
class Prefill:
    """One request with several new tokens.

    Attributes:
        queries: where its new tokens stand in the step's row.
        keys: where its keys stand among the rows read from the cache.
        mask: [new tokens, keys], true where a token may look (itself and everything before it).
    """

    queries: slice
    keys: slice
    mask: Tensor


@dataclass(frozen=True)
class DecodeGroup:
    """B requests with one new token each, whose cache starts with the same P rows.

    Attributes:
        queries: [B] positions of the new tokens in the step's row.
        shared: where the P common rows stand among the rows read from the cache.
        own: where the B * S other rows stand, S being the longest remainder, shorter ones padded.
        bias: [B, 1, 1, S], 0 for a row of the request and -inf for padding.
    """

    queries: Tensor
    shared: slice
    own: slice
    bias: Tensor


@dataclass(frozen=True)
class Plan:
    """What one step attends to; the same for all layers.

    Attributes:
        source: the read index that the plan was made from; identifies the step.
        rows: the cache rows to read, in the order that the parts refer to.
        parts: every request of the step exactly once.
    """

    source: Tensor
    rows: Tensor
    parts: tuple[Prefill | DecodeGroup, ...]


def plan_step(read_index: Tensor, query_starts: list[int], key_starts: list[int], dtype: torch.dtype) -> Plan:
    """Arranges one step.

    Args:
        read_index: [total keys] cache rows of all requests, one request after the other; empty if no request has
            anything in the cache yet, in which case the keys are those of the new tokens themselves.
        query_starts: [requests + 1] cumulative number of new tokens.
        key_starts: [requests + 1] cumulative number of keys, new tokens included.
        dtype: of the scores.
    """
    parts: list[Prefill | DecodeGroup] = []
    rows: list[Tensor] = []
    read = 0
    decoding: list[tuple[int, Tensor]] = []
    for query, query_end, key, key_end in zip(query_starts, query_starts[1:], key_starts, key_starts[1:], strict=False):
        new, length = query_end - query, key_end - key
        if new == 1 and len(read_index):
            decoding.append((query, read_index[key:key_end]))
        elif new:
            mask = torch.ones(new, length, dtype=torch.bool).tril(length - new)
            parts.append(Prefill(slice(query, query_end), slice(read, read + length), mask))
            rows.append(read_index[key:key_end])
            read += length
    decoding.sort(key=lambda request: int(request[1][0]))
    for _, same_start in groupby(decoding, key=lambda request: int(request[1][0])):
        positions, keys = zip(*same_start, strict=True)
        shared = common_prefix(keys) if len(keys) > 1 else 0
        own = [row[shared:] for row in keys]
        lengths = torch.tensor([len(row) for row in own])
        padded = torch.nn.utils.rnn.pad_sequence(own, batch_first=True)
        bias = torch.zeros(padded.shape, dtype=dtype)
        bias.masked_fill_(torch.arange(padded.shape[1]) >= lengths[:, None], -torch.inf)
        middle, end = read + shared, read + shared + padded.numel()
        parts.append(DecodeGroup(torch.tensor(positions), slice(read, middle), slice(middle, end), bias[:, None, None]))
        rows += [keys[0][:shared], padded.flatten()]
        read = end
    return Plan(read_index, torch.cat(rows) if len(read_index) else read_index, tuple(parts))


def common_prefix(sequences: tuple[Tensor, ...]) -> int:
    """How many leading rows all sequences share, leaving each at least its last one (its newest token's)."""
    length = min(len(sequence) for sequence in sequences) - 1
    leading = torch.stack([sequence[:length] for sequence in sequences])
    differs = (leading != leading[0]).any(dim=0)
    return int(differs.int().argmax()) if differs.any() else length


class PagedAttention:
    """Attention function for `transformers.AttentionInterface`, for models whose layers all attend to everything before.

    Calls without a paged cache, and models with sliding windows, go to the stock SDPA function.
    """

    def __init__(self) -> None:
        self._plan: Plan | None = None

    def __call__(
        self,
        module: torch.nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None,
        scaling: float | None = None,
        cache: Any = None,
        **kwargs: Any,
    ) -> tuple[Tensor, None]:
        """Attends the step's new tokens.

        Args:
            module: the attention layer.
            query: [1, heads, new tokens, head size].
            key: [1, key heads, new tokens, head size]; each key head serves heads / key heads neighbouring heads.
            value: as key.
            attention_mask: the mask that stock attention would need; unused over a paged cache.
            scaling: factor of the scores; 1 / sqrt(head size) if None.
            cache: transformers' PagedAttentionCache, or None outside continuous batching.
            **kwargs: transformers' description of the step (`PagedAttentionArgs`).

        Returns:
            [1, new tokens, heads, head size] and no weights.
        """
        if cache is None or set(kwargs["cu_seq_lens_k"]) != {"full_attention"}:
            return sdpa_attention_forward(
                module, query, key, value, attention_mask, scaling=scaling, cache=cache, **kwargs
            )
        (read_index,) = kwargs["read_index"]
        if self._plan is None or self._plan.source is not read_index:
            key_starts = kwargs["cu_seq_lens_k"]["full_attention"].tolist()
            self._plan = plan_step(read_index, kwargs["cu_seq_lens_q"].tolist(), key_starts, query.dtype)
        key, value = cache.update(
            key_states=key,
            value_states=value,
            layer_idx=module.layer_idx,
            kwargs=kwargs | {"read_index": [self._plan.rows]},
        )
        return attend(self._plan, query[0], key[0], value[0], scaling or query.shape[-1] ** -0.5)[None], None


def attend(plan: Plan, query: Tensor, key: Tensor, value: Tensor, scaling: float) -> Tensor:
    """Attends one layer.

    Args:
        plan: what attends to what.
        query: [heads, new tokens, head size].
        key: [key heads, rows of the plan, head size].
        value: as key.
        scaling: factor of the scores.

    Returns:
        [new tokens, heads, head size]
    """
    heads, tokens, size = query.shape
    query = query.view(len(key), -1, tokens, size)  # key heads, heads of each, tokens, size
    output = torch.empty(tokens, heads, size, dtype=query.dtype)
    for part in plan.parts:
        if isinstance(part, Prefill):
            own = query[:, :, part.queries]
            mask = part.mask.repeat(own.shape[1], 1)
            attended = scaled_dot_product_attention(
                own.reshape(1, len(key), -1, size),
                key[None, :, part.keys],
                value[None, :, part.keys],
                mask,
                scale=scaling,
            )
            output[part.queries] = attended.view(heads, -1, size).transpose(0, 1)
        else:
            attended = attend_group(part, query[:, :, part.queries] * scaling, key, value)
            output[part.queries] = attended.reshape(-1, heads, size)
    return output


def attend_group(group: DecodeGroup, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attends a group: query [key heads, heads of each, B, head size] to [B, key heads, heads of each, head size]."""
    key_heads, per_key_head, requests, size = query.shape
    query = query.permute(2, 0, 1, 3)

    def by_request(rows: Tensor) -> Tensor:
        return rows[:, group.own].view(key_heads, requests, -1, size).transpose(0, 1)

    def by_key_head(requests_first: Tensor) -> Tensor:
        return requests_first.transpose(0, 1).reshape(key_heads, requests * per_key_head, -1)

    def by_request_again(heads_first: Tensor) -> Tensor:
        return heads_first.view(key_heads, requests, per_key_head, -1).transpose(0, 1)

    own_scores = query @ by_request(key).transpose(2, 3) + group.bias
    shared_scores = by_request_again(by_key_head(query) @ key[:, group.shared].transpose(1, 2))
    weights = torch.cat([shared_scores, own_scores], dim=-1).softmax(dim=-1)
    shared = shared_scores.shape[-1]
    attended = by_key_head(weights[..., :shared]) @ value[:, group.shared]
    return by_request_again(attended) + weights[..., shared:] @ by_request(value)


def register() -> None:
    """Makes `PagedAttention` what transformers in this process calls "sdpa", the name continuous batching accepts."""
    AttentionInterface.register("sdpa", PagedAttention())
