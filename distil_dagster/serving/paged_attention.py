"""Attention of many requests over a paged cache on a CPU, without computing what is masked out or the same for all.

transformers' continuous batching puts the new tokens of all requests of a step into one row. Its stock SDPA function
attends over the concatenated keys of all requests under a block-diagonal mask: of 32 requests' products it throws 31
away. And the requests of a task start with the same system prompt, whose pages of the cache continuous batching lets
them share, yet stock attention copies and reads those pages once per request.

Here a request that reads its prompt is attended by itself. Requests that write one token each are grouped by the row of
the cache that they start with. The leading rows that a group shares are read once and multiplied with the queries of
all of it, the rest request by request; one softmax spans both, as in Juravsky et al. 2024, "Hydragen: High-Throughput
LLM Inference with Shared Prefixes" (arXiv:2402.05099). The result is that of stock attention up to rounding.

Only the arithmetic is here: transformers decides which requests run and which rows hold their keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward


@dataclass(frozen=True)
class Alone:
    """One request, attended by itself.

    Attributes:
        queries: where its new tokens stand in the step's row.
        keys: where its keys stand among the rows read.
        mask: [new tokens, keys], true where a token may look: at itself and everything before it.
    """

    queries: slice
    keys: slice
    mask: Tensor


@dataclass(frozen=True)
class Group:
    """B requests with one new token each, whose first P rows of the cache are the same.

    Attributes:
        queries: [B], where the new tokens stand in the step's row.
        shared: where the P common rows stand among the rows read.
        own: where the B * S others stand: S is the longest remainder, shorter ones are padded.
        padding: [B, S], true where there is no row of the request.
    """

    queries: Tensor
    shared: slice
    own: slice
    padding: Tensor


@dataclass(frozen=True)
class Plan:
    """What attends to what in one step, the same for all layers.

    Attributes:
        read_index: what the plan was made from; its identity is the step's.
        rows: the rows of the cache to read, in the order that the parts refer to.
        parts: every request of the step once.
    """

    read_index: Tensor
    rows: Tensor
    parts: tuple[Alone | Group, ...]


def plan_step(read_index: Tensor, query_starts: list[int], key_starts: list[int]) -> Plan:
    """Plan one step.

    Args:
        read_index: [all keys], rows of the cache, one request after the other; empty if no request has anything in the
            cache yet, and then the keys are those of the new tokens.
        query_starts: [requests + 1], cumulative number of new tokens.
        key_starts: [requests + 1], cumulative number of keys, those of the new tokens included.
    """
    requests = [
        (slice(*queries), slice(*keys))
        for queries, keys in zip(pairwise(query_starts), pairwise(key_starts), strict=True)
    ]
    if not len(read_index):
        alone = (Alone(queries, keys, causal_mask(queries, keys)) for queries, keys in requests)
        return Plan(read_index, read_index, tuple(alone))

    by_first_row: dict[int, list[tuple[int, Tensor]]] = defaultdict(list)
    rows = _Rows()
    parts: list[Alone | Group] = []
    for queries, keys in requests:
        if queries.stop - queries.start == 1:
            by_first_row[int(read_index[keys.start])].append((queries.start, read_index[keys]))
        else:
            parts.append(Alone(queries, rows.add(read_index[keys]), causal_mask(queries, keys)))
    for writing in by_first_row.values():
        positions, keys_of_each = zip(*writing, strict=True)
        common = common_rows(keys_of_each)
        own = pad_sequence([keys[common:] for keys in keys_of_each], batch_first=True)
        lengths = torch.tensor([len(keys) - common for keys in keys_of_each])
        padding = torch.arange(own.shape[1]) >= lengths[:, None]
        shared = rows.add(keys_of_each[0][:common])
        parts.append(Group(torch.tensor(positions), shared, rows.add(own.flatten()), padding))
    return Plan(read_index, torch.cat(rows.added), tuple(parts))


class _Rows:
    """Rows of the cache in the order in which they were added."""

    def __init__(self) -> None:
        self.added: list[Tensor] = []
        self._count = 0

    def add(self, rows: Tensor) -> slice:
        """Add rows and say where they stand."""
        self.added.append(rows)
        self._count += len(rows)
        return slice(self._count - len(rows), self._count)


def causal_mask(queries: slice, keys: slice) -> Tensor:
    """[new tokens, keys]: the new tokens are the last of the keys, and look at themselves and all before."""
    new, length = queries.stop - queries.start, keys.stop - keys.start
    return torch.ones(new, length, dtype=torch.bool).tril(length - new)


def common_rows(keys_of_each: Sequence[Tensor]) -> int:
    """How many first rows are the same in all, leaving each its last one, which holds the new token."""
    length = min(map(len, keys_of_each)) - 1
    first = torch.stack([keys[:length] for keys in keys_of_each])
    differs = (first != first[0]).any(dim=0)
    return int(differs.int().argmax()) if differs.any() else length


class PagedAttention:
    """The attention function to give to `transformers.AttentionInterface`.

    Calls without a paged cache, and layers that attend through a sliding window, go to the stock SDPA function.
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
        *,
        scaling: float | None = None,
        cache: Any = None,
        **kwargs: Any,
    ) -> tuple[Tensor, None]:
        """Attend the new tokens of a step in one layer.

        Args:
            module: the layer.
            query: [1, heads, new tokens, head size].
            key: [1, key heads, new tokens, head size]; each key head serves heads / key heads neighbouring heads.
            value: as key.
            attention_mask: what the stock function needs.
            scaling: factor of the scores; 1 / sqrt(head size) by default.
            cache: transformers' PagedAttentionCache, or None outside continuous batching.
            **kwargs: transformers' description of the step, `PagedAttentionArgs`.

        Returns:
            [1, new tokens, heads, head size], and no weights.
        """
        if cache is None or set(kwargs["cu_seq_lens_k"]) != {"full_attention"}:
            attended, _ = sdpa_attention_forward(
                module, query, key, value, attention_mask, scaling=scaling, cache=cache, **kwargs
            )
            return attended, None
        (read_index,) = kwargs["read_index"]
        if self._plan is None or self._plan.read_index is not read_index:
            key_starts = kwargs["cu_seq_lens_k"]["full_attention"]
            self._plan = plan_step(read_index, kwargs["cu_seq_lens_q"].tolist(), key_starts.tolist())
        key, value = cache.update(
            key_states=key,
            value_states=value,
            layer_idx=module.layer_idx,
            kwargs=kwargs | {"read_index": [self._plan.rows]},
        )
        scaling = scaling or query.shape[-1] ** -0.5
        return attend(self._plan, query[0], key[0], value[0], scaling=scaling)[None], None


def attend(plan: Plan, query: Tensor, key: Tensor, value: Tensor, *, scaling: float) -> Tensor:
    """Attend all requests of a step in one layer.

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
    query = query.view(len(key), -1, tokens, size)
    output = query.new_empty(tokens, heads, size)
    for part in plan.parts:
        if isinstance(part, Alone):
            output[part.queries] = _attend_alone(part, query[:, :, part.queries], key, value, scaling=scaling)
        else:
            output[part.queries] = _attend_group(part, query[:, :, part.queries], key, value, scaling=scaling)
    return output


def _attend_alone(request: Alone, query: Tensor, key: Tensor, value: Tensor, *, scaling: float) -> Tensor:
    """Query [key heads, heads of each, new tokens, head size] to [new tokens, heads, head size]."""
    key_heads, heads_of_each, tokens, size = query.shape
    # The heads of one key head are as many more queries of it: no key has to be repeated for them.
    attended = scaled_dot_product_attention(
        query.reshape(1, key_heads, -1, size),
        key[None, :, request.keys],
        value[None, :, request.keys],
        attn_mask=request.mask.repeat(heads_of_each, 1),
        scale=scaling,
    )
    return attended.view(-1, tokens, size).transpose(0, 1)


def _attend_group(group: Group, query: Tensor, key: Tensor, value: Tensor, *, scaling: float) -> Tensor:
    """Query [key heads, heads of each, B, head size] to [B, heads, head size]."""
    requests, size = query.shape[2:]

    def by_request(rows: Tensor) -> Tensor:
        """[key heads, B * n, size] to [B, key heads, n, size]."""
        batched: Tensor = rows.unflatten(1, (requests, -1))
        return batched.transpose(0, 1)

    def by_key_head(rows: Tensor) -> Tensor:
        """[B, key heads, n, size] to [key heads, B * n, size]."""
        return rows.transpose(0, 1).flatten(1, 2)

    query = query.transpose(1, 2).flatten(1, 2) * scaling
    shared_scores = by_request(query @ key[:, group.shared].transpose(1, 2))
    own_scores = by_request(query) @ by_request(key[:, group.own]).transpose(2, 3)
    own_scores.masked_fill_(group.padding[:, None, None], -torch.inf)
    weights = torch.cat([shared_scores, own_scores], dim=-1).softmax(dim=-1)
    shared_weights, own_weights = weights.split([shared_scores.shape[-1], own_scores.shape[-1]], dim=-1)
    attended = by_request(by_key_head(shared_weights) @ value[:, group.shared])
    attended += own_weights @ by_request(value[:, group.own])
    return attended.reshape(requests, -1, size)


def register() -> None:
    """Make this what transformers calls "sdpa" in this process: continuous batching takes no other name on a CPU."""
    AttentionInterface.register("sdpa", PagedAttention())
