"""The training loss of several rows that share a prompt prefix, with the prefix computed once.

A narrow task sends the same system message in front of every row; trained row by row, most of the work is spent on
it again and again. Here one forward pass runs over the prefix, and each further one over `row + row + …`: token-wise
layers see every distinct token once, and only attention knows which tokens belong together and reads the keys and
values of the prefix. The gradients are those of training on the rows one by one, for the prefix too: it has no loss
of its own, but those of its keys and values are summed over all rows and taken back through it in the end.

Nothing here knows where rows come from or which of them make a pass; that is decided in `batching`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint
from transformers import AttentionInterface, PreTrainedConfig, PreTrainedModel

from distil_dagster.students.cross_entropy import summed_cross_entropy
from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.errors import StudentError

ATTENTION = "shared_prefix"
"""The name under which transformers knows the attention below; pass it as `attn_implementation`."""

ROWS_PER_GROUP = {"cpu": 4, "cuda": 16}
"""Rows that attention pads to one length: few waste little on padding, many make fewer calls, which a GPU prefers."""

QUERIES_PER_BLOCK = 256
"""Causal attention on a CPU takes so many queries at a time: no more keys are read for them than they may see."""


CHANGES_OF_LOGITS = ("final_logit_softcapping", "logit_scale", "logits_scaling")
"""The names that transformers' configurations have for what is done to the logits behind the output layer."""


class SharedPrefix:
    """What rows read of the prefix: its keys and values in each layer.

    Where gradients are recorded, the backward passes of the rows leave theirs here, and `backward` takes them on.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self._computed: list[Tensor] = []
        self._read: list[Tensor] = []

    @classmethod
    def of(cls, model: PreTrainedModel | PeftModel, tokens: Sequence[int]) -> SharedPrefix:
        """Compute it; the model must have been loaded with `attn_implementation=ATTENTION`."""
        prefix = cls(len(tokens))
        if tokens:
            ids = torch.tensor([tokens], device=model.device)
            _decoder(model)(input_ids=ids, use_cache=False, shared_prefix=prefix)
        return prefix

    def keep(self, key: Tensor, value: Tensor) -> None:
        """Remember the next layer's keys and values, each of shape (1, key heads, length, head size)."""
        self._computed += [key, value]
        self._read += [states.detach().requires_grad_(states.requires_grad) for states in (key, value)]

    def behind(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """The layer's keys and values of the prefix and then of each row: (rows, heads, length + longest row, size)."""
        if not self.length:
            return key, value
        of_key, of_value = (states.expand(len(key), -1, -1, -1) for states in self._read[2 * layer : 2 * layer + 2])
        return torch.cat((of_key, key), dim=2), torch.cat((of_value, value), dim=2)

    def backward(self) -> None:
        """Take the gradients that the rows have left into the weights, once after the last of their passes."""
        read = [(made, states.grad) for made, states in zip(self._computed, self._read, strict=True)]
        kept = [(made, gradient) for made, gradient in read if gradient is not None]
        if kept:
            torch.autograd.backward([made for made, _ in kept], [gradient for _, gradient in kept])


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
    """Rows that stand behind a shared prefix, laid out as one sequence without it."""

    tokens: Tensor
    """Token ids, shape (1, tokens of all rows)."""
    positions: Tensor
    """Position of each token in its own row, counted from the start of the prefix; same shape as `tokens`."""
    groups: tuple[RowGroup, ...]
    predicting: Tensor
    """Indices into the sequence of the tokens whose successor is supervised, shape (supervised tokens,)."""
    labels: Tensor
    """The successors, same shape as `predicting`."""

    @classmethod
    def of(cls, rows: Sequence[EncodedSequence], *, prefix_length: int, device: torch.device) -> PackedRows:
        """Lay out rows in their order; it costs least if neighbours have similar lengths.

        The first token of a row is read and never supervised (`encoding` sees to it).
        """
        tokens: list[int] = []
        positions: list[int] = []
        predicting, labels = [], []
        for row in rows:
            predicting += [len(tokens) + place - 1 for place, supervised in enumerate(row.supervised) if supervised]
            labels += [token for token, supervised in zip(row.tokens, row.supervised, strict=True) if supervised]
            positions += range(prefix_length, prefix_length + len(row.tokens))
            tokens += row.tokens
        lengths = [len(row.tokens) for row in rows]
        size = ROWS_PER_GROUP[device.type]
        groups = [
            RowGroup(tuple(lengths[first : first + size]), prefix_length, device) for first in range(0, len(rows), size)
        ]
        return cls(
            tokens=torch.tensor([tokens], device=device),
            positions=torch.tensor([positions], device=device),
            groups=tuple(groups),
            predicting=torch.tensor(predicting, device=device),
            labels=torch.tensor(labels, device=device),
        )


def predicting_states(model: PreTrainedModel | PeftModel, prefix: SharedPrefix, rows: PackedRows) -> Tensor:
    """What the output layer reads to predict each supervised token, shape (supervised tokens, hidden size)."""
    output = _decoder(model)(
        input_ids=rows.tokens,
        position_ids=rows.positions,
        use_cache=False,
        shared_prefix=prefix,
        packed_rows=rows,
    )
    states: Tensor = output.last_hidden_state[0].index_select(0, rows.predicting)
    return states


def predicted_logits(model: PreTrainedModel | PeftModel, prefix: SharedPrefix, rows: PackedRows) -> Tensor:
    """The float32 logits from which each supervised token is predicted, shape (supervised tokens, vocabulary)."""
    logits: Tensor = model.get_output_embeddings()(predicting_states(model, prefix, rows)).float()
    return logits


def summed_loss(model: PreTrainedModel | PeftModel, prefix: SharedPrefix, rows: PackedRows) -> Tensor:
    """The cross-entropy of all supervised tokens, summed; a scalar in nats."""
    states = predicting_states(model, prefix, rows)
    return summed_cross_entropy(states, model.get_output_embeddings().weight, rows.labels)


def check_supported(config: PreTrainedConfig, *, role: str = "base model") -> None:
    """Refuse a model whose layers do not all see the whole row, or that changes the logits of its output layer.

    `role` is what the message calls it.

    Raises:
        StudentError: naming the architecture.
    """
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if kinds:
        raise StudentError(
            f"the {role} ({config.model_type}) has layers of the kind {', '.join(sorted(kinds))}, which can't be "
            f"trained with a shared prefix: use a {role} with full attention, such as Qwen3 or SmolLM2"
        )
    changed = [name for name in CHANGES_OF_LOGITS if getattr(config, name, None) not in {None, 1}]
    if changed:
        raise StudentError(
            f"the {role} ({config.model_type}) changes its logits by {', '.join(changed)}, which training here "
            f"does not know: use a {role} without it, such as Qwen3 or SmolLM2"
        )


def _decoder(model: PreTrainedModel | PeftModel) -> nn.Module:
    """The model without its output layer; the adapter is within its linear layers."""
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    decoder: nn.Module = base.get_decoder()
    return decoder


def shared_prefix_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    shared_prefix: SharedPrefix,
    packed_rows: PackedRows | None = None,
    scaling: float,
    **_: object,
) -> tuple[Tensor, None]:
    """Attention over packed rows, or over the prefix itself if there are none, in the form that transformers calls.

    `query` has shape (1, heads, tokens, head size), `key` and `value` (1, key heads, tokens, head size); the result
    has shape (1, tokens, heads, head size).
    """
    if packed_rows is None:
        shared_prefix.keep(key, value)
        return _attend_causally(query, key, value, scaling).transpose(1, 2), None
    # One split per tensor: its gradient is one concatenation, where slices would each add a tensor of full size.
    sizes = [sum(group.lengths) for group in packed_rows.groups]
    parts = (states[0].transpose(0, 1).split(sizes) for states in (query, key, value))
    attended = []
    for group, *of_group in zip(packed_rows.groups, *parts, strict=True):
        of_query, of_key, of_value = (_padded(states, group) for states in of_group)
        of_key, of_value = shared_prefix.behind(module.layer_idx, of_key, of_value)
        of_rows = _attend(of_query, of_key, of_value, group.visible, scaling)
        attended.append(of_rows.transpose(1, 2).flatten(0, 1).index_select(0, group.unpadded))
    return torch.cat(attended).unsqueeze(0), None


def _attend_causally(query: Tensor, key: Tensor, value: Tensor, scaling: float) -> Tensor:
    """Attention of each place over the keys up to its own; all of shape (rows, heads, places, size)."""
    if not _by_products(query):
        return scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling, enable_gqa=True)
    blocks, end = [], 0
    for block in query.split(QUERIES_PER_BLOCK, dim=2):
        start, end = end, end + block.shape[2]
        visible = torch.ones(end - start, end, dtype=torch.bool).tril(start)
        blocks.append(_attend(block, key[:, :, :end], value[:, :, :end], visible, scaling))
    return torch.cat(blocks, dim=2)


def _attend(query: Tensor, key: Tensor, value: Tensor, visible: Tensor, scaling: float) -> Tensor:
    """Attention of `query`, (rows, heads, places, size), over `key` and `value`, (rows, key heads, keys, size).

    `visible` says which keys a place sees, shape (places, keys).
    """
    # The heads that share a key head become one, as if they were further places: no key is copied for them.
    heads_of_each = query.shape[1] // key.shape[1]
    merged = query.unflatten(1, (key.shape[1], heads_of_each)).flatten(2, 3)
    visible = visible.repeat(heads_of_each, 1)
    if _by_products(query):
        attended = _attend_by_products(merged, key, value, visible, scaling)
    else:
        attended = scaled_dot_product_attention(merged, key, value, attn_mask=visible, scale=scaling)
    by_head: Tensor = attended.unflatten(2, (heads_of_each, -1)).flatten(1, 2)
    return by_head


def _by_products(query: Tensor) -> bool:
    return query.device.type == "cpu" and query.dtype == torch.bfloat16


def _attend_by_products(query: Tensor, key: Tensor, value: Tensor, visible: Tensor, scaling: float) -> Tensor:
    """The same by plain matrix products, which use a CPU's bfloat16 instructions where the fused kernel does not.

    Takes half the time of it, forward and backward. The scores, which grow with the square of a row's length, are
    computed anew for the backward pass, or those of all layers would have to be held at once.
    """
    hidden = torch.zeros(visible.shape, dtype=query.dtype).masked_fill_(~visible, -torch.inf)

    def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        scores = torch.baddbmm(hidden, query.flatten(0, 1) * scaling, key.flatten(0, 1).transpose(1, 2))
        return torch.bmm(scores.softmax(dim=-1), value.flatten(0, 1)).view_as(query)

    attended: Tensor = checkpoint(attend, query, key, value, use_reentrant=False, preserve_rng_state=False)
    return attended


def _padded(states: Tensor, group: RowGroup) -> Tensor:
    """The group's tokens, (tokens, heads, size), as a batch of shape (rows, heads, longest row, size)."""
    batch: Tensor = states.index_select(0, group.padded).unflatten(0, (len(group.lengths), -1)).transpose(1, 2)
    return batch


AttentionInterface.register(ATTENTION, shared_prefix_attention)
