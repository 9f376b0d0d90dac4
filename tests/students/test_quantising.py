from __future__ import annotations

import json
import sys
from pathlib import Path
from shutil import copytree

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from distil_dagster.students.quantise import main
from distil_dagster.students.quantising import ROUNDING, QuantisationError, quantise
from distil_dagster.students.settings import QuantisationSettings, QuantisationSummary

FP8 = QuantisationSettings(scheme="fp8_dynamic")
NOT_INSTALLED = "the extra h100 is not installed"
TEXT = 'turn the light on in the hall {"name":"set_lights","parameters":{"room":"hall","power":"off"}}'


def logits_of(model: PreTrainedModel, folder: Path) -> torch.Tensor:
    tokens = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        found: torch.Tensor = model(tokens).logits[0].float()
    return found


def in_fp8(values: torch.Tensor) -> torch.Tensor:
    """Each row rounded to E4M3, its largest value to 448."""
    scales = values.abs().amax(-1, keepdim=True) / 448
    return (values / scales).to(torch.float8_e4m3fn).to(values.dtype) * scales


def distance(logits: torch.Tensor, others: torch.Tensor) -> float:
    return float((logits - others).norm() / others.norm())


def quantised(base: Path, output: Path) -> Path:
    pytest.importorskip("compressed_tensors", reason=NOT_INSTALLED)
    output.mkdir()
    quantise(base, FP8, output=output)
    return output


def test_linear_layers_are_stored_in_fp8_with_a_scale_per_channel_and_nothing_else_is(
    tiny_base: Path, tmp_path: Path
) -> None:
    stored = load_file(quantised(tiny_base, tmp_path / "fp8") / "model.safetensors")
    before = load_file(tiny_base / "model.safetensors")
    in_fp8 = {name for name, weight in stored.items() if weight.dtype == torch.float8_e4m3fn}
    assert in_fp8 == {name for name in before if name.endswith("_proj.weight")}
    for name in in_fp8:
        assert stored[f"{name}_scale"].shape == (before[name].shape[0], 1)
    for name in before.keys() - in_fp8:
        assert torch.equal(stored[name], before[name])


def test_the_config_says_to_a_server_what_is_quantised_and_how(tiny_base: Path, tmp_path: Path) -> None:
    config = json.loads((quantised(tiny_base, tmp_path / "fp8") / "config.json").read_text())["quantization_config"]
    (group,) = config["config_groups"].values()
    assert (config["quant_method"], config["format"], config["ignore"]) == (
        "compressed-tensors",
        "float-quantized",
        ["lm_head"],
    )
    assert (group["weights"]["strategy"], group["weights"]["num_bits"], group["weights"]["type"]) == (
        "channel",
        8,
        "float",
    )
    assert (group["input_activations"]["strategy"], group["input_activations"]["dynamic"]) == ("token", True)


def test_transformers_runs_it_with_weights_and_activations_rounded_to_fp8(tiny_base: Path, tmp_path: Path) -> None:
    folder = quantised(tiny_base, tmp_path / "fp8")
    unquantised, rounding = (AutoModelForCausalLM.from_pretrained(tiny_base) for _ in range(2))
    for name, module in rounding.named_modules():
        if name.endswith("_proj"):
            module.weight.data = in_fp8(module.weight.data)
            module.register_forward_pre_hook(lambda _, inputs: (in_fp8(inputs[0]),))
    found = logits_of(AutoModelForCausalLM.from_pretrained(folder), folder)
    assert distance(found, logits_of(rounding, tiny_base)) < 0.02
    assert 0.05 < distance(found, logits_of(unquantised, tiny_base)) < 0.3


def test_the_summary_tells_how_much_was_quantised_and_how_far_weights_are_off(tiny_base: Path, tmp_path: Path) -> None:
    pytest.importorskip("compressed_tensors", reason=NOT_INSTALLED)
    assert main(["--model", str(tiny_base), "--settings", FP8.model_dump_json(), "--output", str(tmp_path)]) == 0
    summary = QuantisationSummary.model_validate_json((tmp_path / "summary.json").read_text())
    assert summary.matrices == 2 * 7
    assert 0 < summary.quantised_share < 1
    assert summary.bytes < summary.merged_bytes
    assert 0.02 < summary.largest_rounding_error <= ROUNDING


def test_template_and_generation_config_go_with_it(tiny_base: Path, tmp_path: Path) -> None:
    folder = quantised(tiny_base, tmp_path / "fp8")
    assert (folder / "generation_config.json").exists()
    assert AutoTokenizer.from_pretrained(folder).chat_template == AutoTokenizer.from_pretrained(tiny_base).chat_template


def test_a_weight_that_is_no_number_is_an_error_that_names_it(tiny_llama: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    copytree(tiny_llama, broken)
    weights = load_file(broken / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"][3, 4] = torch.nan
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(QuantisationError, match=r"layers\.1\.mlp\.up_proj\.weight .* is off by nan"):
        quantised(broken, tmp_path / "fp8")


def test_without_compressed_tensors_it_says_what_to_install(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "compressed_tensors.compressors", None)
    monkeypatch.setitem(sys.modules, "compressed_tensors", None)
    assert main(["--model", str(tiny_llama), "--settings", FP8.model_dump_json(), "--output", str(tmp_path)]) == 1
    assert "`pip install 'distil_dagster[h100]'`" in capsys.readouterr().err
