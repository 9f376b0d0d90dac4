"""The adapter in training: PEFT's LoRA on every linear layer, with a cheaper way through each of them.

PEFT computes `x W' + scaling * B(A(x))` as separate operations; here it is one differentiable function that adds the
low-rank part in place, knows that the base weight is frozen, and keeps the adapter in float32 whatever the format of
the base. Initialisation, names and files remain PEFT's, so any tool that reads its adapters reads these.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import Linear
from torch import Tensor
from torch.nn.functional import linear
from transformers import PreTrainedModel

from distil_dagster.students.errors import StudentError
from distil_dagster.students.settings import FinetuneRecipe

ADAPTER = "default"
"""PEFT's name of the only adapter."""


def add_adapter(model: PreTrainedModel, recipe: FinetuneRecipe) -> PeftModel:
    """A fresh adapter on all linear layers but the output layer, drawn under the recipe's seed.

    The base weights no longer ask for gradients; the adapter's are float32.
    """
    torch.manual_seed(recipe.random_seed)
    adapted = get_peft_model(
        model,
        LoraConfig(
            r=recipe.lora_r,
            lora_alpha=recipe.lora_r * recipe.lora_alpha_multiplier,
            target_modules="all-linear",
            lora_dropout=0.0,
            bias="none",
            task_type="CAUSAL_LM",
        ),
        autocast_adapter_dtype=True,
    )
    return _made_cheaper(adapted)


def load_adapter(model: PreTrainedModel, folder: Path) -> PeftModel:
    """A trained adapter, to be trained on; its weights are float32.

    Raises:
        StudentError: if the folder holds no adapter, or one of another model.
    """
    try:
        return _made_cheaper(PeftModel.from_pretrained(model, str(folder), is_trainable=True))
    except (ValueError, RuntimeError) as error:
        raise StudentError(f"the adapter {folder} can't be trained on with this base model: {error}") from error


def adapter_weights(model: PeftModel) -> dict[str, Tensor]:
    """The trainable weights by name; the tensors themselves, not copies."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def save_adapter(model: PeftModel, folder: Path, *, base_model: str) -> None:
    """Write `adapter_model.safetensors` and `adapter_config.json`, naming the base it was trained on."""
    model.peft_config[ADAPTER].base_model_name_or_path = base_model
    # The output layer is never adapted, so PEFT need not look for a resized vocabulary.
    model.save_pretrained(str(folder), save_embedding_layers=False)


def _made_cheaper(adapted: PeftModel) -> PeftModel:
    for module in adapted.modules():
        if isinstance(module, Linear):
            module.forward = partial(_forward, module)
    return adapted


def _forward(layer: Linear, states: Tensor) -> Tensor:
    base = layer.get_base_layer()
    down, up = layer.lora_A[ADAPTER].weight, layer.lora_B[ADAPTER].weight
    result: Tensor = _LowRankLinear.apply(states, base.weight, base.bias, down, up, layer.scaling[ADAPTER])
    return result


class _LowRankLinear(torch.autograd.Function):
    """`states weight' + bias + scaling * (states down') up'`, differentiable in states, down and up."""

    @staticmethod
    def forward(  # noqa: PLR0917 - autograd passes positions only
        context: Any,
        states: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        down: Tensor,
        up: Tensor,
        scaling: float,
    ) -> Tensor:
        flat = states.flatten(0, -2)
        context.adapter_dtype = down.dtype
        down, up = down.to(flat.dtype), up.to(flat.dtype) * scaling
        reduced = flat @ down.T
        result = linear(flat, weight, bias).addmm_(reduced, up.T)
        context.save_for_backward(flat, weight, down, up, reduced)
        context.scaling = scaling
        context.shape = states.shape
        return result.view(*states.shape[:-1], -1)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        flat, weight, down, up, reduced = context.saved_tensors
        gradient = gradient.flatten(0, -2)
        of_reduced = gradient @ up
        of_down = (of_reduced.T @ flat).to(context.adapter_dtype)
        of_up = (gradient.T @ reduced).to(context.adapter_dtype) * context.scaling
        of_states = None
        if context.needs_input_grad[0]:
            of_states = (gradient @ weight).addmm_(of_reduced, down).view(context.shape)
        return of_states, None, None, of_down, of_up, None
