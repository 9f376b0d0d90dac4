from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from distil_dagster.students.low_rank import _LowRankLinear, adapter_weights, add_adapter, save_adapter
from distil_dagster.students.settings import FinetuneRecipe


@pytest.mark.parametrize("biased", [True, False])
def test_the_low_rank_layer_has_the_gradients_of_its_formula(biased: bool) -> None:
    torch.manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, dtype=torch.float64)  # noqa: E731
    states, weight, down, up = draw(2, 5, 7), draw(6, 7), draw(3, 7), draw(6, 3)
    bias = draw(6) if biased else None

    def layer(states: torch.Tensor, down: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
        return _LowRankLinear.apply(states, weight, bias, down, up, 0.5)

    variables = tuple(tensor.requires_grad_() for tensor in (states, down, up))
    expected = states @ weight.T + (bias if biased else 0.0) + 0.5 * (states @ down.T) @ up.T
    torch.testing.assert_close(layer(*variables), expected)
    mine = torch.autograd.grad(layer(*variables).square().sum(), variables)
    reference = torch.autograd.grad(expected.square().sum(), variables)
    for gradient, wanted in zip(mine, reference, strict=True):
        torch.testing.assert_close(gradient, wanted)


def test_only_the_adapter_is_trained_and_it_is_float32_on_a_bfloat16_base(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.bfloat16)
    adapted = add_adapter(model, FinetuneRecipe(lora_r=4))
    weights = adapter_weights(adapted)
    assert len(weights) == 2 * 2 * 7
    assert all("lora_" in name and weight.dtype == torch.float32 for name, weight in weights.items())
    adapted(torch.tensor([[1, 2, 3]])).logits.float().sum().backward()
    assert all(weight.grad is not None and weight.grad.dtype == torch.float32 for weight in weights.values())


def test_the_same_seed_draws_the_same_adapter(tiny_llama: Path) -> None:
    def drawn(seed: int) -> dict[str, torch.Tensor]:
        model = AutoModelForCausalLM.from_pretrained(tiny_llama, dtype=torch.float32)
        return adapter_weights(add_adapter(model, FinetuneRecipe(lora_r=4, random_seed=seed)))

    one, same, other = drawn(1), drawn(1), drawn(2)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_a_saved_adapter_gives_the_same_logits_through_plain_peft(tiny_base: Path, tmp_path: Path) -> None:
    adapted = add_adapter(
        AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32),
        FinetuneRecipe(lora_r=4, lora_alpha_multiplier=2),
    )
    with torch.no_grad():
        for weight in adapter_weights(adapted).values():
            weight.normal_(std=0.1)
    save_adapter(adapted, tmp_path / "adapter", base_model="tiny")
    plain = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32), str(tmp_path / "adapter")
    )
    tokens = torch.tensor([[1, 2, 3, 4]])
    with torch.no_grad():
        torch.testing.assert_close(adapted(tokens).logits, plain(tokens).logits, rtol=1e-5, atol=1e-5)
    assert plain.peft_config["default"].base_model_name_or_path == "tiny"
