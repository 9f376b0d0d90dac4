"""The training loss of several rows that share a prompt prefix, with the prefix computed once.

A narrow task sends the same system message in front of every row; trained row by row, most of the work is spent on
it again and again. Here one forward pass runs over `prefix + row + row + …`: each token-wise layer sees every
distinct token once, and only attention knows which tokens belong together. The gradients are those of training on
the rows one by one, for the prefix too: it has no loss of its own, but the rows read its keys and values.

Nothing here knows where rows come from or which of them make a batch; that is decided in `batching`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch
from peft import PeftModel
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedConfig, PreTrainedModel

from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.errors import StudentError

ATTENTION = "shared_prefix"
"""The name under which transformers knows the attention below; pass it as `attn_implementation`."""

ROWS_PER_GROUP = {"cpu": 4, "cuda": 16}
"""Rows that attention pads to one length: few waste little on padding, many make fewer calls, which a GPU prefers."""


@dataclass(frozen=True)
class RowGroup:
    """Neighbouring rows of a packed sequence that attention computes as one padded batch."""

    lengths: tuple[int, ...]
    prefix_length: int
    device: torch.device

    @cached_property
    def padded(self) -> Tensor:
        """For each place of the padded batch the token of the group that stands there, shape (rows x longest,).

        Behind the end of a row stands its last token again; causal attention keeps it from being seen.
        """
        ends = list(accumulate(self.lengths))
        places = [
            min(end - length + place, end - 1)
            for length, end in zip(self.lengths, ends, strict=True)
            for place in range(max(self.lengths))
        ]
        return torch.tensor(places, device=self.device)

    @cached_property
    def unpadded(self) -> Tensor:
        """For each token of the group its place in the padded batch, shape (tokens of the group,)."""
        longest = max(self.lengths)
        places = [row * longest + place for row, length in enumerate(self.lengths) for place in range(length)]
        return torch.tensor(places, device=self.device)

    @cached_property
    def visible(self) -> Tensor:
        """Which keys a place sees: the whole prefix, and its row up to itself; shape (longest, keys)."""
        longest = max(self.lengths)
        keys = torch.ones(longest, self.prefix_length + longest, dtype=torch.bool, device=self.device)
        return keys.tril(self.prefix_length)


@dataclass(frozen=True)
class PackedRows:
    """Rows behind their shared prefix, laid out as one sequence."""

    tokens: Tensor
    """Token ids, shape (1, tokens of the prefix and of all rows)."""
    positions: Tensor
    """Position of each token in its own row, counted from the start of the prefix; same shape as `tokens`."""
    prefix_length: int
    groups: tuple[RowGroup, ...]
    predicting: Tensor
    """Indices into the sequence of the tokens whose successor is supervised, shape (supervised tokens,)."""
    labels: Tensor
    """The successors, same shape as `predicting`."""

    @classmethod
    def of(cls, prefix: Sequence[int], rows: Sequence[EncodedSequence], *, device: torch.device) -> PackedRows:
        """Lay out rows in their order; it costs least if neighbours have similar lengths."""
        tokens, positions = list(prefix), list(range(len(prefix)))
        predicting, labels = [], []
        for row in rows:
            offset = len(tokens)
            tokens += row.tokens
            positions += range(len(prefix), len(prefix) + len(row.tokens))
            for index, (token, supervised) in enumerate(zip(row.tokens, row.supervised, strict=True)):
                if supervised:
                    predicting.append(offset + index - 1 if index else len(prefix) - 1)
                    labels.append(token)
        lengths = [len(row.tokens) for row in rows]
        size = ROWS_PER_GROUP[device.type]
        groups = [
            RowGroup(tuple(lengths[first : first + size]), len(prefix), device) for first in range(0, len(rows), size)
        ]
        return cls(
            tokens=torch.tensor([tokens], device=device),
            positions=torch.tensor([positions], device=device),
            prefix_length=len(prefix),
            groups=tuple(groups),
            predicting=torch.tensor(predicting, device=device),
            labels=torch.tensor(labels, device=device),
        )


def predicted_logits(model: PreTrainedModel | PeftModel, rows: PackedRows) -> Tensor:
    """The float32 logits from which each supervised token is predicted, shape (supervised tokens, vocabulary).

    The model must have been loaded with `attn_implementation=ATTENTION`.
    """
    output = model(
        input_ids=rows.tokens,
        position_ids=rows.positions,
        use_cache=False,
        logits_to_keep=rows.predicting,
        packed_rows=rows,
    )
    logits: Tensor = output.logits[0].float()
    return logits


def summed_loss(model: PreTrainedModel | PeftModel, rows: PackedRows) -> Tensor:
    """The cross-entropy of all supervised tokens, summed; a scalar in nats."""
    return cross_entropy(predicted_logits(model, rows), rows.labels, reduction="sum")


def check_supported(config: PreTrainedConfig) -> None:
    """Refuse a model whose layers do not all see the whole row.

    Raises:
        StudentError: naming the architecture.
    """
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if kinds:
        raise StudentError(
            f"the base model ({config.model_type}) has layers of the kind {', '.join(sorted(kinds))}, which can't be "
            "trained with a shared prefix: use a base model with full attention, such as Qwen3 or SmolLM2"
        )


def shared_prefix_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    packed_rows: PackedRows,
    scaling: float,
    **_: object,
) -> tuple[Tensor, None]:
    """Attention over packed rows, in the form that transformers calls.

    `query` has shape (1, heads, tokens, head size), `key` and `value` (1, key heads, tokens, head size); the result
    has shape (1, tokens, heads, head size).
    """
    # One split per tensor: its gradient is one concatenation, where slices would each add a tensor of full size.
    sizes = [packed_rows.prefix_length, *(sum(group.lengths) for group in packed_rows.groups)]
    queries, keys, values = (states[0].transpose(0, 1).split(sizes) for states in (query, key, value))
    of_query, of_key, of_value = (parts[0].transpose(0, 1).unsqueeze(0) for parts in (queries, keys, values))
    of_prefix = _attend(of_query, of_key, of_value, None, scaling)
    attended = [of_prefix[0].transpose(0, 1)]
    for group, of_query, of_key, of_value in zip(packed_rows.groups, queries[1:], keys[1:], values[1:], strict=True):
        of_rows = _attend(
            _padded(of_query, group),
            _behind_prefix(keys[0], of_key, group),
            _behind_prefix(values[0], of_value, group),
            group.visible,
            scaling,
        )
        attended.append(of_rows.transpose(1, 2).flatten(0, 1).index_select(0, group.unpadded))
    return torch.cat(attended).unsqueeze(0), None


def _attend(query: Tensor, key: Tensor, value: Tensor, visible: Tensor | None, scaling: float) -> Tensor:
    """Attention of `query`, (rows, heads, places, size), over `key` and `value`, (rows, key heads, keys, size).

    `visible` says which keys a place sees, shape (places, keys); by default each place the keys up to its own.
    """
    by_products = query.device.type == "cpu" and query.dtype == torch.bfloat16
    if visible is None:
        if not by_products:
            return scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling, enable_gqa=True)
        visible = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool).tril()
    # The heads that share a key head become one, as if they were further places: no key is copied for them.
    heads_of_each = query.shape[1] // key.shape[1]
    merged = query.unflatten(1, (key.shape[1], heads_of_each)).flatten(2, 3)
    visible = visible.repeat(heads_of_each, 1)
    if by_products:
        attended = _attend_by_products(merged, key, value, visible, scaling)
    else:
        attended = scaled_dot_product_attention(merged, key, value, attn_mask=visible, scale=scaling)
    by_head: Tensor = attended.unflatten(2, (heads_of_each, -1)).flatten(1, 2)
    return by_head


def _attend_by_products(query: Tensor, key: Tensor, value: Tensor, visible: Tensor, scaling: float) -> Tensor:
    """The same by plain matrix products, which use a CPU's bfloat16 instructions where the fused kernel does not.

    Takes half the time of it, forward and backward, and the memory of the weights.
    """
    hidden = torch.zeros(visible.shape, dtype=query.dtype).masked_fill_(~visible, -torch.inf)
    scores = torch.baddbmm(hidden, query.flatten(0, 1) * scaling, key.flatten(0, 1).transpose(1, 2))
    attended: Tensor = torch.bmm(scores.softmax(dim=-1), value.flatten(0, 1)).unflatten(0, query.shape[:2])
    return attended


def _padded(states: Tensor, group: RowGroup) -> Tensor:
    """The group's tokens, (tokens, heads, size), as a batch of shape (rows, heads, longest row, size)."""
    batch: Tensor = states.index_select(0, group.padded).unflatten(0, (len(group.lengths), -1)).transpose(1, 2)
    return batch


def _behind_prefix(of_prefix: Tensor, of_rows: Tensor, group: RowGroup) -> Tensor:
    """Keys or values of the prefix and then of each row, shape (rows, heads, prefix + longest row, size)."""
    shared = of_prefix.transpose(0, 1).expand(len(group.lengths), -1, -1, -1)
    return torch.cat((shared, _padded(of_rows, group)), dim=2)


AttentionInterface.register(ATTENTION, shared_prefix_attention)
