from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import gguf
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Regex, normalizers, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from distil_dagster.students.base_model import resolve_base_model
from distil_dagster.students.gguf_export import (
    GGUF_FILE,
    QWEN2_WORDS,
    ROUNDING,
    GgufExportError,
    GgufSettings,
    GgufSummary,
    export_gguf,
)
from distil_dagster.students.settings import PackagedModel

TEXTS = (
    "turn the light on, please",
    "  12 lamps at 2,50 \N{EURO SIGN}\n\tand 3",
    "<|im_start|>user\nÄpfel<|im_end|>\n",
)

QWEN2_STEPS = [
    pre_tokenizers.Split(Regex(QWEN2_WORDS), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
]

Carry = Callable[[Path], Path]


def export(model: Path, output: Path, quantisation: Any = "F32") -> GgufSummary:
    output.mkdir()
    return export_gguf(model, GgufSettings(quantisation=quantisation), name="tiny for a task", output=output)


def metadata(output: Path) -> dict[str, Any]:
    return {name: field.contents() for name, field in gguf.GGUFReader(output / GGUF_FILE).fields.items()}


def tensor_names(output: Path) -> set[str]:
    return {tensor.name for tensor in gguf.GGUFReader(output / GGUF_FILE).tensors}


def change_json(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.fixture
def read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carry:
    """Makes a GGUF file the base model of a package, and reads that as students are read."""

    def read(output: Path) -> Path:
        carrier = tmp_path / "site" / "carrier_of_an_export"
        carrier.mkdir(parents=True)
        (carrier / "__init__.py").touch()
        (output / GGUF_FILE).rename(carrier / GGUF_FILE)
        monkeypatch.syspath_prepend(str(carrier.parent))
        source = PackagedModel(kind="package", package="carrier-of-an-export", file=GGUF_FILE)
        return resolve_base_model(source, tmp_path / "cache")

    return read


@pytest.fixture
def model(tiny_llama: Path, tmp_path: Path) -> Path:
    """A copy of the tiny Llama to be spoilt."""
    return copytree(tiny_llama, tmp_path / "model")


def assert_same_model(one: Path, other: Path) -> None:
    first, second = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).state_dict() for folder in (one, other)
    )
    assert first.keys() == second.keys()
    assert [name for name, weight in first.items() if not torch.equal(weight, second[name])] == []
    ours, theirs = AutoTokenizer.from_pretrained(one), AutoTokenizer.from_pretrained(other)
    assert [ours(text)["input_ids"] for text in TEXTS] == [theirs(text)["input_ids"] for text in TEXTS]
    assert ours.chat_template == theirs.chat_template
    assert (ours.bos_token, ours.eos_token, ours.pad_token) == (theirs.bos_token, theirs.eos_token, theirs.pad_token)


class TestRoundTrip:
    def test_a_llama_read_from_the_file_has_the_same_weights_and_tokens(
        self, tiny_llama: Path, tmp_path: Path, read_back: Carry
    ) -> None:
        summary = export(tiny_llama, tmp_path / "out")
        assert summary.largest_rounding_error == 0
        assert_same_model(tiny_llama, read_back(tmp_path / "out"))

    def test_a_qwen3_read_from_the_file_has_the_same_weights_and_tokens(
        self, model: Path, tmp_path: Path, read_back: Carry
    ) -> None:
        # transformers takes the size of a head from no file, but from its defaults; they are those of Qwen's models.
        config = LlamaConfig.from_pretrained(model).to_dict()
        kept = {name: config[name] for name in config.keys() - {"head_dim", "model_type", "architectures"}}
        Qwen3ForCausalLM(Qwen3Config(**kept)).save_pretrained(model)
        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(QWEN2_STEPS)
        tokenizer.save_pretrained(model)
        export(model, tmp_path / "out")
        assert metadata(tmp_path / "out")["qwen3.attention.key_length"] == 128
        assert_same_model(model, read_back(tmp_path / "out"))

    def test_the_packaged_model_survives_in_the_format_it_is_kept_in(
        self, base_model_dir: Path, tmp_path: Path, read_back: Carry
    ) -> None:
        summary = export(base_model_dir, tmp_path / "out", "BF16")
        assert summary.largest_rounding_error == 0
        assert summary.formats == {"BF16": 211, "F32": 61}
        assert_same_model(base_model_dir, read_back(tmp_path / "out"))

    def test_heads_of_a_llama_are_reordered_and_those_of_a_qwen3_are_not(self, tiny_base: Path, tmp_path: Path) -> None:
        export(tiny_base, tmp_path / "out")
        (written,) = (
            torch.tensor(tensor.data)
            for tensor in gguf.GGUFReader(tmp_path / "out" / GGUF_FILE).tensors
            if tensor.name == "blk.1.attn_k.weight"
        )
        stored = load_file(tiny_base / "model.safetensors")["model.layers.1.self_attn.k_proj.weight"]
        is_llama = metadata(tmp_path / "out")["general.architecture"] == "llama"
        # Two heads of eight rows: rows 0 and 4 of a head turn together, and llama.cpp wants them side by side.
        order = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15] if is_llama else list(range(16))
        assert torch.equal(written, stored[order])

    def test_eight_bits_round_no_further_than_they_must_and_narrow_matrices_stay_in_sixteen(
        self, tiny_base: Path, tmp_path: Path
    ) -> None:
        summary = export(tiny_base, tmp_path / "out", "Q8_0")
        assert 0 < summary.largest_rounding_error <= ROUNDING["Q8_0"]
        # 48 columns are no whole blocks of 32; 96, those of the two down projections, are.
        assert summary.formats["Q8_0"] == 2
        assert summary.formats["F16"] == 13
        kinds = {t.name: t.tensor_type.name for t in gguf.GGUFReader(tmp_path / "out" / GGUF_FILE).tensors}
        assert kinds["blk.0.ffn_down.weight"] == "Q8_0"
        assert kinds["blk.0.ffn_norm.weight"] == "F32"

    def test_it_is_written_without_torch(self, tiny_llama: Path, tmp_path: Path) -> None:
        program = (
            "import sys\nfrom pathlib import Path\nsys.modules['torch'] = None\n"
            "from distil_dagster.students.gguf_export import GgufSettings, export_gguf\n"
            f"export_gguf(Path({str(tiny_llama)!r}), GgufSettings(), name='tiny', output=Path({str(tmp_path)!r}))\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
        assert tensor_names(tmp_path)


class TestMetadata:
    def test_the_shape_of_the_model_is_told(self, tiny_base: Path, tmp_path: Path) -> None:
        summary = export(tiny_base, tmp_path / "out")
        told = metadata(tmp_path / "out")
        kind = told["general.architecture"]
        assert kind == summary.architecture == json.loads((tiny_base / "config.json").read_text())["model_type"]
        assert {name.removeprefix(f"{kind}."): value for name, value in told.items() if name.startswith(kind)} == {
            "vocab_size": json.loads((tiny_base / "config.json").read_text())["vocab_size"],
            "context_length": 4096,
            "embedding_length": 48,
            "block_count": 2,
            "feed_forward_length": 96,
            "attention.head_count": 6,
            "attention.head_count_kv": 2,
            "attention.key_length": 8,
            "attention.value_length": 8,
            "attention.layer_norm_rms_epsilon": pytest.approx(1e-6),
            "rope.dimension_count": 8,
            "rope.freq_base": 10000.0,
        }
        assert told["general.name"] == "tiny for a task"
        assert told["general.file_type"] == gguf.LlamaFileType.ALL_F32
        assert told["general.quantization_version"] == gguf.GGML_QUANT_VERSION

    def test_the_tokenizer_is_told_whole(self, tiny_llama: Path, tmp_path: Path) -> None:
        export(tiny_llama, tmp_path / "out")
        told = metadata(tmp_path / "out")
        tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
        assert told["tokenizer.ggml.model"] == "gpt2"
        assert told["tokenizer.ggml.pre"] == "gpt-2"
        assert told["tokenizer.ggml.tokens"] == tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
        assert told["tokenizer.ggml.token_type"][:3] == [3, 3, 1]
        merges = json.loads((tiny_llama / "tokenizer.json").read_text())["model"]["merges"]
        assert told["tokenizer.ggml.merges"] == [" ".join(pair) for pair in merges]
        assert told["tokenizer.ggml.bos_token_id"] == 0
        assert told["tokenizer.ggml.eos_token_id"] == told["tokenizer.ggml.padding_token_id"] == 1
        assert told["tokenizer.ggml.add_bos_token"] is False
        assert told["tokenizer.ggml.add_space_prefix"] is False
        assert told["tokenizer.chat_template"] == tokenizer.chat_template

    def test_an_output_layer_is_written_only_where_it_is_not_the_embedding(
        self, model: Path, tiny_llama: Path, tmp_path: Path
    ) -> None:
        export(tiny_llama, tmp_path / "tied")
        assert "output.weight" not in tensor_names(tmp_path / "tied")
        config = LlamaConfig.from_pretrained(model, tie_word_embeddings=False)
        LlamaForCausalLM(config).save_pretrained(model)
        export(model, tmp_path / "untied")
        assert tensor_names(tmp_path / "untied") - tensor_names(tmp_path / "tied") == {"output.weight"}

    def test_rows_without_a_token_are_marked_as_unused_and_added_words_as_words(
        self, model: Path, tmp_path: Path
    ) -> None:
        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.add_tokens("<think>")
        tokenizer.save_pretrained(model)
        larger = AutoModelForCausalLM.from_pretrained(model)
        larger.resize_token_embeddings(len(tokenizer) + 2)
        larger.save_pretrained(model)
        export(model, tmp_path / "out")
        told = metadata(tmp_path / "out")
        assert told["tokenizer.ggml.tokens"][-3] == "<think>"
        assert len(set(told["tokenizer.ggml.tokens"])) == len(tokenizer) + 2
        assert told["tokenizer.ggml.token_type"][-3:] == [4, 5, 5]

    def test_answers_are_greedy_and_end_as_the_generation_config_says(self, model: Path, tmp_path: Path) -> None:
        GenerationConfig(do_sample=False, eos_token_id=[1, 0]).save_pretrained(model)
        export(model, tmp_path / "out")
        told = metadata(tmp_path / "out")
        assert told["tokenizer.ggml.eos_token_id"] == 1
        assert told["tokenizer.ggml.eot_token_id"] == 0
        assert told["general.sampling.temp"] == 0

    @pytest.mark.parametrize(
        ("name", "steps", "composed"),
        [
            ("smollm", [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)], False),
            ("qwen2", QWEN2_STEPS, True),
        ],
    )
    def test_the_way_to_split_text_is_told_from_its_steps(
        self, model: Path, tmp_path: Path, name: str, steps: list[Any], composed: bool
    ) -> None:
        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
        if composed:
            tokenizer.backend_tokenizer.normalizer = normalizers.NFC()
        tokenizer.save_pretrained(model)
        assert export(model, tmp_path / "out").pre_tokenizer == name
        assert metadata(tmp_path / "out")["tokenizer.ggml.pre"] == name

    def test_the_licence_is_told_if_it_is_known(self, tiny_llama: Path, tmp_path: Path) -> None:
        export_gguf(tiny_llama, GgufSettings(), name="tiny", output=tmp_path, licence="Apache-2.0")
        assert metadata(tmp_path)["general.license"] == "Apache-2.0"


class TestRefusals:
    def test_another_architecture(self, model: Path, tmp_path: Path) -> None:
        change_json(model / "config.json", model_type="gpt_neox")
        with pytest.raises(GgufExportError, match=r"is a gpt_neox, .* architectures llama, qwen3, or convert it"):
            export(model, tmp_path / "out")

    @pytest.mark.parametrize(
        "changes",
        [
            {"hidden_act": "gelu"},
            {"use_sliding_window": True},
            {"rope_parameters": {"rope_theta": 10000.0, "rope_type": "llama3", "factor": 8.0}},
            {"rope_parameters": None, "rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 2.0}},
        ],
    )
    def test_a_setting_that_would_be_lost(self, model: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
        change_json(model / "config.json", **changes)
        with pytest.raises(GgufExportError, match="is not written as GGUF here: convert this model"):
            export(model, tmp_path / "out")

    def test_a_text_splitter_that_llama_cpp_has_no_name_for(self, model: Path, tmp_path: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        tokenizer.save_pretrained(model)
        with pytest.raises(GgufExportError, match="one of the tokenizers gpt-2, smollm, qwen2"):
            export(model, tmp_path / "out")

    def test_a_model_without_chat_template(self, model: Path, tmp_path: Path) -> None:
        (model / "chat_template.jinja").unlink()
        with pytest.raises(GgufExportError, match="no chat template: take an instruction-tuned base model"):
            export(model, tmp_path / "out")

    def test_a_tokenizer_of_another_model(self, model: Path, tmp_path: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.add_tokens([f"<word {number}>" for number in range(9)])
        tokenizer.save_pretrained(model)
        with pytest.raises(GgufExportError, match=r"has a token \d+, and the model only \d+ rows"):
            export(model, tmp_path / "out")

    def test_a_model_of_which_a_part_is_missing(self, model: Path, tmp_path: Path) -> None:
        weights = load_file(model / "model.safetensors")
        kept = {name: weight for name, weight in weights.items() if "layers.1" not in name}
        save_file(kept, model / "model.safetensors")
        with pytest.raises(GgufExportError, match=r"lacks 9 of its weights, the first of them blk.1.attn_norm.weight"):
            export(model, tmp_path / "out")

    def test_an_adapter_that_was_not_merged(self, model: Path, tmp_path: Path) -> None:
        weights = load_file(model / "model.safetensors")
        weights["model.layers.0.self_attn.q_proj.lora_A.weight"] = torch.zeros(4, 48)
        save_file(weights, model / "model.safetensors")
        with pytest.raises(GgufExportError, match=r"lora_A.* has no place in the GGUF of a llama: merge adapters"):
            export(model, tmp_path / "out")

    @pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "generation_config.json"])
    def test_a_folder_that_lacks_a_file(self, model: Path, tmp_path: Path, missing: str) -> None:
        (model / missing).unlink()
        with pytest.raises(GgufExportError, match=rf"there is no .*{missing}: merge the model again"):
            export(model, tmp_path / "out")

    def test_a_file_that_is_cut_off(self, model: Path, tmp_path: Path) -> None:
        (model / "model.safetensors").write_bytes((model / "model.safetensors").read_bytes()[:99])
        with pytest.raises(
            GgufExportError, match=r"model.safetensors is no safetensors file .*: merge the model again"
        ):
            export(model, tmp_path / "out")

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (1e6, "can't be held in F16: it is off by .* to BF16 in the profile"),
            (float("nan"), "holds values that are no numbers"),
            (float("inf"), "holds values that are no numbers"),
        ],
    )
    def test_weights_that_the_format_can_not_hold(self, model: Path, tmp_path: Path, value: float, why: str) -> None:
        weights = load_file(model / "model.safetensors")
        weights["model.embed_tokens.weight"][0, 0] = value
        save_file(weights, model / "model.safetensors")
        with pytest.raises(GgufExportError, match=f"token_embd.weight {why}"):
            export(model, tmp_path / "out", "F16")
