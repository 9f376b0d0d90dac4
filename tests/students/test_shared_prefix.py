from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from torch import Tensor
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import AutoModelForCausalLM, GraniteConfig, LlamaConfig, Qwen3Config

from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.errors import StudentError
from distil_dagster.students.low_rank import adapter_weights, add_adapter
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.students.shared_prefix import (
    ATTENTION,
    PackedRows,
    SharedPrefix,
    _attend_by_products,
    check_supported,
    predicted_logits,
    summed_loss,
)

CPU = torch.device("cpu")


def random_rows(lengths: list[int], *, vocabulary: int, seed: int = 0) -> list[EncodedSequence]:
    draw = random.Random(seed)
    return [
        EncodedSequence(
            f"row{number}",
            tuple(draw.randrange(vocabulary) for _ in range(length)),
            # A row begins with what a user said; later tokens are supervised in stretches.
            tuple(place > 0 and (place // 3) % 2 == 1 for place in range(length)),
        )
        for number, length in enumerate(lengths)
    ]


def adapted(base: Path, attention: str) -> PeftModel:
    """The model with an adapter that already does something: a fresh one's second matrix is zero."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation=attention)
    peft = add_adapter(model, FinetuneRecipe(lora_r=4))
    torch.manual_seed(2)
    with torch.no_grad():
        for weight in adapter_weights(peft).values():
            weight.normal_(std=0.05)
    return peft


def loss_row_by_row(model: PeftModel, prefix: list[int], rows: list[EncodedSequence]) -> Tensor:
    """Ordinary training: every row on its own, prefix and all, through the model's own attention."""
    losses = []
    for row in rows:
        tokens = torch.tensor([[*prefix, *row.tokens]])
        learnt = (token if supervised else -100 for token, supervised in zip(row.tokens, row.supervised, strict=True))
        labels = torch.tensor([*[-100] * len(prefix), *learnt])
        logits = model(tokens, use_cache=False).logits[0, :-1]
        losses.append(cross_entropy(logits, labels[1:], reduction="sum", ignore_index=-100))
    return torch.stack(losses).sum()


def backward(model: PeftModel, prefix: list[int], rows: list[EncodedSequence], *, passes: int = 1) -> Tensor:
    """Leave the gradients of all rows in the adapter, computed in so many passes; returns their summed loss."""
    shared = SharedPrefix.of(model, prefix)
    losses = []
    for number in range(passes):
        packed = PackedRows.of(rows[number::passes], prefix_length=len(prefix), device=CPU)
        losses.append(summed_loss(model, shared, packed))
        losses[-1].backward()
    shared.backward()
    return torch.stack(losses).sum().detach()


def logits(model: PeftModel, prefix: list[int], rows: list[EncodedSequence]) -> Tensor:
    packed = PackedRows.of(rows, prefix_length=len(prefix), device=CPU)
    return predicted_logits(model, SharedPrefix.of(model, prefix), packed)


def assert_same_gradients(base: Path, prefix: list[int], rows: list[EncodedSequence], *, passes: int = 1) -> None:
    packed, ordinary = adapted(base, ATTENTION), adapted(base, "eager")
    loss = backward(packed, prefix, rows, passes=passes)
    reference = loss_row_by_row(ordinary, prefix, rows)
    torch.testing.assert_close(loss, reference, rtol=1e-5, atol=1e-5)
    reference.backward()
    expected = adapter_weights(ordinary)
    for name, weight in adapter_weights(packed).items():
        assert weight.grad is not None
        difference = (weight.grad - expected[name].grad).norm() / expected[name].grad.norm()
        assert difference < 1e-4, (name, float(difference))


@pytest.mark.parametrize("lengths", [[9], [7, 7, 7], [5, 8, 13, 21, 34, 2], [40, 3, 11, 11, 4, 28, 6, 17, 9]])
def test_gradients_are_those_of_training_row_by_row(tiny_base: Path, lengths: list[int]) -> None:
    rows = random_rows(lengths, vocabulary=300)
    assert_same_gradients(tiny_base, [5, 17, 250, 3, 3, 99, 8], rows)


@pytest.mark.parametrize("passes", [2, 3])
def test_gradients_are_the_same_in_several_passes_behind_one_prefix(tiny_base: Path, passes: int) -> None:
    assert_same_gradients(tiny_base, [5, 17, 250, 3], random_rows([5, 8, 13, 21, 34], vocabulary=300), passes=passes)


def test_gradients_are_the_same_without_a_prefix(tiny_base: Path) -> None:
    assert_same_gradients(tiny_base, [], random_rows([6, 12, 9], vocabulary=300))


def test_gradients_are_the_same_on_the_packaged_model(base_model_dir: Path) -> None:
    rows = random_rows([12, 30, 21], vocabulary=49152)
    assert_same_gradients(base_model_dir, random.Random(1).sample(range(49152), 40), rows)


@pytest.mark.parametrize("prefix", [[], [5, 17, 250, 3, 3, 99, 8], [place % 300 for place in range(700)]])
def test_bfloat16_on_a_cpu_gives_the_gradients_of_float32_but_for_rounding(tiny_base: Path, prefix: list[int]) -> None:
    """There attention takes a way of its own."""
    rows = random_rows([5, 8, 13, 21, 34, 2], vocabulary=300)
    gradients = []
    for dtype in (torch.float32, torch.bfloat16):
        model = adapted(tiny_base, ATTENTION)
        for parameter in model.parameters():
            if not parameter.requires_grad:
                parameter.data = parameter.data.to(dtype)
        backward(model, prefix, rows)
        gradients.append(torch.cat([weight.grad.flatten() for weight in adapter_weights(model).values()]))
    full, rounded = gradients
    assert (full - rounded).norm() / full.norm() < 0.05


def test_attention_by_products_is_that_of_the_fused_kernel() -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, length, 16) for length in (10, 12, 12))
    visible = torch.ones(10, 12, dtype=torch.bool).tril(2)
    expected = scaled_dot_product_attention(query, key, value, attn_mask=visible, scale=0.3)
    torch.testing.assert_close(_attend_by_products(query, key, value, visible, 0.3), expected)


def test_a_row_does_not_see_the_other_rows(tiny_base: Path) -> None:
    model = adapted(tiny_base, ATTENTION).eval()
    rows = random_rows([8, 12, 10], vocabulary=300)
    changed = [rows[0], random_rows([12], vocabulary=300, seed=9)[0], rows[2]]
    with torch.no_grad():
        one = logits(model, [4, 5], rows)
        other = logits(model, [4, 5], changed)
    counts = [row.supervised_tokens for row in rows]
    first, middle, last = (a - b for a, b in zip(one.split(counts), other.split(counts), strict=True))
    assert first.abs().max() < 1e-5
    assert last.abs().max() < 1e-5
    assert middle.abs().max() > 1e-3


def test_a_model_whose_layers_see_only_a_window_is_refused() -> None:
    config = Qwen3Config(num_hidden_layers=2, layer_types=["full_attention", "sliding_attention"])
    with pytest.raises(StudentError, match="sliding_attention"):
        check_supported(config)
    check_supported(LlamaConfig())


def test_a_model_that_scales_its_logits_is_refused() -> None:
    with pytest.raises(StudentError, match="logits_scaling"):
        check_supported(GraniteConfig(logits_scaling=8.0))
