"""The training loss of several rows that share a prompt prefix, with the prefix computed once.

A narrow task sends the same system message in front of every row; trained row by row, most of the work is spent on
it again and again. Here one forward pass runs over `prefix + row + row + …`: each token-wise layer sees every
distinct token once, and only attention knows which tokens belong together. The gradients are those of training on
the rows one by one, for the prefix too: it has no loss of its own, but the rows read its keys and values.

This module knows tokens, attention and the loss. Which rows make a batch is decided in `batching`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from distil_dagster.students.encoding import EncodedSequence

ATTENTION = "shared_prefix"


@dataclass(frozen=True)
class PackedRows:
    """Some rows behind their shared prefix, laid out as one sequence of `prefix_length + sum(row_lengths)` tokens."""

    tokens: Tensor
    """Token ids, shape (1, all tokens)."""
    positions: Tensor
    """Position of each token in its own row, counted from the start of the prefix; same shape as `tokens`."""
    prefix_length: int
    row_lengths: tuple[int, ...]
    predicting: Tensor
    """Indices into the sequence of the tokens whose successor is supervised, shape (supervised tokens,)."""
    labels: Tensor
    """The successors: what is to be predicted there, same shape as `predicting`."""

    @classmethod
    def of(cls, prefix: Sequence[int], rows: Sequence[EncodedSequence], *, device: torch.device) -> PackedRows:
        """Lay out rows; their order is kept."""
        start = len(prefix)
        tokens, positions = list(prefix), list(range(start))
        predicting, labels = [], []
        for row in rows:
            offset = len(tokens)
            tokens += row.tokens
            positions += range(start, start + len(row.tokens))
            for index, (token, supervised) in enumerate(zip(row.tokens, row.supervised, strict=True)):
                if supervised:
                    predicting.append(offset + index - 1 if index else start - 1)
                    labels.append(token)
        return cls(
            tokens=torch.tensor([tokens], device=device),
            positions=torch.tensor([positions], device=device),
            prefix_length=start,
            row_lengths=tuple(len(row.tokens) for row in rows),
            predicting=torch.tensor(predicting, device=device),
            labels=torch.tensor(labels, device=device),
        )

    @cached_property
    def padded(self) -> Tensor:
        """For each place of a padded batch the row token that stands there, shape (rows x longest row,).

        Behind the end of a row stands its last token again; causal attention keeps it from being seen.
        """
        ends = list(accumulate(self.row_lengths))
        longest = max(self.row_lengths)
        places = [
            min(end - length + place, end - 1)
            for length, end in zip(self.row_lengths, ends, strict=True)
            for place in range(longest)
        ]
        return torch.tensor(places, device=self.tokens.device)

    @cached_property
    def unpadded(self) -> Tensor:
        """For each row token its place in the padded batch, shape (row tokens,)."""
        longest = max(self.row_lengths)
        places = [
            row * longest + place for row, length in enumerate(self.row_lengths) for place in range(length)
        ]
        return torch.tensor(places, device=self.tokens.device)

    @cached_property
    def visible(self) -> Tensor:
        """Which keys a place of a padded row sees: the whole prefix and the row up to itself, (longest, keys)."""
        longest = max(self.row_lengths)
        shape = (longest, self.prefix_length + longest)
        return torch.ones(shape, dtype=torch.bool, device=self.tokens.device).tril(self.prefix_length)


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
    """Attention over packed rows, registered with transformers under the name `shared_prefix`.

    `query` has shape (1, heads, tokens, head size), `key` and `value` (1, key heads, tokens, head size); the result
    has shape (1, tokens, heads, head size).
    """
    prefix, rows = packed_rows.prefix_length, len(packed_rows.row_lengths)

    def padded(states: Tensor) -> Tensor:
        """Row tokens of (1, heads, tokens, size) as a batch (rows, heads, longest row, size)."""
        behind = states[0, :, prefix:].transpose(0, 1)
        return behind.index_select(0, packed_rows.padded).unflatten(0, (rows, -1)).transpose(1, 2)

    def with_prefix(states: Tensor) -> Tensor:
        return torch.cat((states[:, :, :prefix].expand(rows, -1, -1, -1), padded(states)), dim=2)

    of_rows = scaled_dot_product_attention(
        padded(query),
        with_prefix(key),
        with_prefix(value),
        attn_mask=packed_rows.visible,
        scale=scaling,
        enable_gqa=True,
    )
    of_rows = of_rows.transpose(1, 2).flatten(0, 1).index_select(0, packed_rows.unpadded)
    if not prefix:
        return of_rows.unsqueeze(0), None
    of_prefix = scaled_dot_product_attention(
        query[:, :, :prefix], key[:, :, :prefix], value[:, :, :prefix], is_causal=True, scale=scaling, enable_gqa=True
    )
    return torch.cat((of_prefix.transpose(1, 2), of_rows.unsqueeze(0)), dim=1), None


AttentionInterface.register(ATTENTION, shared_prefix_attention)


def packed_hidden(model: PreTrainedModel, rows: PackedRows) -> Tensor:
    h = model.get_base_model().model(
        input_ids=rows.tokens, position_ids=rows.positions, use_cache=False, packed_rows=rows
    ).last_hidden_state
    return h[0].index_select(0, rows.predicting)
