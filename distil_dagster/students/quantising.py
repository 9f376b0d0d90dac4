"""Quantises a merged model for a server, and measures what the rounding did to its weights as read back from disk.

Written with compressed-tensors, whose format vLLM runs on the GPU's own FP8 units and transformers reads on any device.
llm-compressor writes the same: its scheme FP8_DYNAMIC takes each channel's scale from its largest weight too, and needs
no data; but its releases pin transformers to versions before the one that students are trained with.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from distil_dagster.students.errors import StudentError
from distil_dagster.students.settings import QuantisationSettings, QuantisationSummary

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTPUT_LAYER = "lm_head"
ROUNDING = 16 / 448 + 2**-7
"""How far an FP8 weight may be off, as a share of the largest of its channel, which is made 448: between 256 and 448
the numbers lie 32 apart. The scales are rounded as well, and so is the product of both."""
PACKAGES = ("torch", "transformers", "compressed-tensors")


class QuantisationError(StudentError):
    """A model that can't be quantised here, or came out otherwise than its format allows."""


def quantise(merged: Path, settings: QuantisationSettings, *, output: Path) -> QuantisationSummary:
    """Write the model with quantised weights, tokenizer and chat template to `output`, and read the weights back.

    Raises:
        QuantisationError: if compressed-tensors is missing, or a weight is further off than rounding explains.
    """
    try:
        from compressed_tensors.compressors import ModelCompressor
        from compressed_tensors.quantization import (
            QuantizationConfig,
            apply_quantization_config,
            preset_name_to_scheme,
        )
        from compressed_tensors.quantization.utils import calculate_qparams, is_module_quantized
    except ModuleNotFoundError as error:
        raise QuantisationError(
            "compressed-tensors, which writes quantised models, is not installed: "
            "`pip install 'distil_dagster[h100]'`, or leave quantisation out of the profile"
        ) from error
    model = AutoModelForCausalLM.from_pretrained(merged, dtype="auto")
    scheme = preset_name_to_scheme(settings.scheme.upper(), ["Linear"])
    config = QuantizationConfig(config_groups={"linear": scheme}, ignore=[OUTPUT_LAYER])
    apply_quantization_config(model, config, show_progress=False)
    names = []
    for name, module in model.named_modules():
        if is_module_quantized(module):
            scale, _ = calculate_qparams(*module.weight.aminmax(dim=-1, keepdim=True), scheme.weights)
            module.weight_scale.data.copy_(scale)
            names.append(f"{name}.weight")
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    model.save_pretrained(output)
    compressor.update_config(output)
    AutoTokenizer.from_pretrained(merged).save_pretrained(output)
    weights = dict(AutoModelForCausalLM.from_pretrained(merged, dtype="auto").named_parameters())
    return QuantisationSummary(
        scheme=settings.scheme,
        matrices=len(names),
        quantised_share=sum(weights[name].numel() for name in names) / sum(map(Tensor.numel, weights.values())),
        bytes=_weight_bytes(output),
        merged_bytes=_weight_bytes(merged),
        largest_rounding_error=_rounding_error(weights, names, output),
        versions={package: version(package) for package in PACKAGES},
    )


@torch.no_grad()
def _rounding_error(weights: Mapping[str, Tensor], names: list[str], quantised: Path) -> float:
    from transformers import CompressedTensorsConfig

    dense = AutoModelForCausalLM.from_pretrained(
        quantised, dtype="auto", quantization_config=CompressedTensorsConfig(dequantize=True)
    )
    read_back = dict(dense.named_parameters())
    largest = 0.0
    for name in names:
        expected, found = weights[name].float(), read_back[name].float()
        error = float(((found - expected).abs() / expected.abs().amax(-1, keepdim=True).clamp(min=1e-12)).max())
        if not error <= ROUNDING:
            raise QuantisationError(
                f"{name} read back from {quantised} is off by {error:.3g} of the largest of its channel, and "
                f"rounding explains {ROUNDING:.3g}: merge the model again, or leave quantisation out of the profile"
            )
        largest = max(largest, error)
    return largest


def _weight_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))
