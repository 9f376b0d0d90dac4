"""Writes a merged model as one GGUF file that llama.cpp loads: weights, tokenizer, chat template.

It takes no torch, and holds one weight at a time in memory. What the file must say is laid down in
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; names of weights and quantisers are those of the package
`gguf`. An unknown architecture or way to split text is an error: llama.cpp would load the file and answer worse.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from distil_dagster.students.errors import StudentError

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFWriter, LocalTensor

Quantisation = Literal["F32", "F16", "BF16", "Q8_0"]

GGUF_FILE = "model.gguf"
ROUNDING: dict[Quantisation, float] = {"F32": 0.0, "F16": 2**-11, "BF16": 2**-8, "Q8_0": 1 / 254 + 2**-11}
"""How far a weight may be off by the format alone, as a share of the largest one; Q8_0 rounds its scales as well."""

QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PRE_TOKENIZERS = {("words",): "gpt-2", ("digits", "words"): "smollm", ("qwen2 words", "bytes"): "qwen2"}
"""llama.cpp's names of the ways to split a text before merging. A name stands for regular expressions in its code."""

BLOCK = ("ATTN_NORM", "ATTN_Q", "ATTN_K", "ATTN_V", "ATTN_OUT", "FFN_NORM", "FFN_GATE", "FFN_DOWN", "FFN_UP")


class GgufExportError(StudentError):
    """A model that can't be written as GGUF, or not so that llama.cpp would answer as it does."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GgufSettings(_Section):
    """How a merged model is written as GGUF."""

    quantisation: Quantisation = "BF16"
    """The format of the weight matrices; vectors stay in float32. BF16 keeps what was merged in bfloat16, and what was
    measured, as it is; Q8_0 rounds to eight bits, for half the size and the memory."""


class GgufSummary(_Section):
    """What was written, and how far the weights read back are off."""

    file: str
    architecture: str
    quantisation: Quantisation
    formats: dict[str, int]
    """How many weights are in which format: rows that Q8_0 can't divide into blocks are in F16."""
    parameters: int
    pre_tokenizer: str
    context_length: int
    largest_rounding_error: float
    """Of the weights read back from the file, as a share of the largest one of the same matrix; 0 if all are exact."""


@dataclass(frozen=True)
class _Architecture:
    """What llama.cpp expects of one `model_type` of transformers."""

    name: str
    block: tuple[str, ...]
    """The weights of each block, as `gguf.MODEL_TENSOR` names them."""
    interleaved: bool
    """Whether the rotary pairs of a head lie side by side, and not half a head apart as in transformers."""


ARCHITECTURES = {
    "llama": _Architecture("LLAMA", BLOCK, interleaved=True),
    "qwen3": _Architecture("QWEN3", (*BLOCK, "ATTN_Q_NORM", "ATTN_K_NORM"), interleaved=False),
}


@dataclass(frozen=True)
class _Weight:
    """One weight as it lies in a safetensors file."""

    stored: LocalTensor
    interleaved_heads: int | None
    """In so many heads the rotary pairs are to be brought side by side; None if the rows stay as they are."""

    def values(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """In float32, with the rows in llama.cpp's order."""
        import gguf

        *rows, columns = self.stored.shape
        stored = self.stored.mmap_bytes().reshape(*rows, -1)
        values = gguf.dequantize(stored, gguf.GGMLQuantizationType[self.stored.dtype]).reshape(*rows, columns)
        if self.interleaved_heads is None:
            return values  # type: ignore[no-any-return]
        halves = values.reshape(self.interleaved_heads, 2, -1, *values.shape[1:])
        return halves.swapaxes(1, 2).reshape(values.shape)  # type: ignore[no-any-return]

    def format(self, quantisation: Quantisation) -> GGMLQuantizationType:
        """The format it is written in."""
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

        wanted = GGMLQuantizationType[quantisation]
        if len(self.stored.shape) == 1:
            return GGMLQuantizationType.F32
        return GGMLQuantizationType.F16 if self.stored.shape[-1] % GGML_QUANT_SIZES[wanted][0] else wanted


@dataclass(frozen=True)
class _Vocabulary:
    tokens: list[str]
    types: list[int]
    """`gguf.TokenType` of each."""
    pre_tokenizer: str


def export_gguf(
    model: Path, settings: GgufSettings, *, name: str, output: Path, licence: str | None = None
) -> GgufSummary:
    """Write `model.gguf` and `summary.json` to `output`, and read the weights back.

    Args:
        model: folder of a Llama or Qwen3 in safetensors, with tokenizer and chat template.
        settings: the format of the weights.
        name: what the file calls the model.
        output: an existing folder.
        licence: of the model, if it is known.

    Raises:
        GgufExportError: if llama.cpp can't run the model as transformers does, something of it is missing, or the
            format can't hold its weights.
    """
    import gguf

    config = _json(model / "config.json")
    architecture = _architecture(config, model)
    weights = _weights(model, config, architecture)
    vocabulary = _vocabulary(model, config)
    writer = gguf.GGUFWriter(output / GGUF_FILE, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH[architecture.name]])
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(name)
    if licence:
        writer.add_license(licence)
    _add_shape(writer, config, settings.quantisation)
    _add_tokenizer(writer, vocabulary, model)
    _write(writer, weights, settings.quantisation)
    summary = GgufSummary(
        file=GGUF_FILE,
        architecture=writer.arch,
        quantisation=settings.quantisation,
        formats=dict(Counter(weight.format(settings.quantisation).name for weight in weights.values())),
        parameters=sum(_count(weight.stored.shape) for weight in weights.values()),
        pre_tokenizer=vocabulary.pre_tokenizer,
        context_length=config["max_position_embeddings"],
        largest_rounding_error=_rounding_error(output / GGUF_FILE, weights, settings.quantisation),
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary


def _architecture(config: Mapping[str, Any], model: Path) -> _Architecture:
    kind = config.get("model_type")
    if kind not in ARCHITECTURES:
        raise GgufExportError(
            f"{model} is a {kind}, which can't be written as GGUF here: take a base model of one of the architectures "
            f"{', '.join(ARCHITECTURES)}, or convert it with llama.cpp's own script"
        )
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    settings = {
        "hidden_act": (config.get("hidden_act", "silu"), "silu"),
        "rope_type": (rope.get("rope_type", rope.get("type", "default")), "default"),
        "use_sliding_window": (config.get("use_sliding_window", False), False),
    }
    for setting, (value, written) in settings.items():
        if value != written:
            raise GgufExportError(
                f"{setting} in {model / 'config.json'} is {value!r}, which is not written as GGUF here: convert this "
                "model with llama.cpp's own script"
            )
    return ARCHITECTURES[kind]


def _weights(model: Path, config: Mapping[str, Any], architecture: _Architecture) -> dict[str, _Weight]:
    """The weights by their names in GGUF, in the order of the blocks."""
    import gguf

    stored: dict[str, LocalTensor] = {}
    for file in sorted(model.glob("*.safetensors")):
        try:
            stored |= gguf.utility.SafetensorsLocal(file).tensors
        except ValueError as error:
            raise GgufExportError(f"{file} is no safetensors file ({error}): merge the model again") from error
    if config.get("tie_word_embeddings"):
        stored.pop("lm_head.weight", None)
    blocks, heads = config["num_hidden_layers"], config["num_attention_heads"]
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[architecture.name], blocks)
    interleaved = {".q_proj.": heads, ".k_proj.": _key_value_heads(config)} if architecture.interleaved else {}
    found = {}
    for name, tensor in stored.items():
        written = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if written is None or tensor.dtype not in ("F32", "F16", "BF16"):
            raise GgufExportError(
                f"{name} ({tensor.dtype}) in {model} has no place in the GGUF of a {config['model_type']}: "
                "merge adapters and keep weights unquantised before writing it"
            )
        pairs = next((count for part, count in interleaved.items() if part in name), None)
        found[written] = _Weight(tensor, pairs)
    ends = ("TOKEN_EMBD", "OUTPUT_NORM", *(() if config.get("tie_word_embeddings") else ("OUTPUT",)))
    needed = [*_names(ends), *(name for block in range(blocks) for name in _names(architecture.block, block))]
    if missing := [name for name in needed if name not in found]:
        raise GgufExportError(
            f"{model} lacks {len(missing)} of its weights, the first of them {missing[0]}: "
            "bring all its *.safetensors here"
        )
    return {name: found[name] for name in [*needed, *sorted(found.keys() - set(needed))]}


def _names(tensors: tuple[str, ...], block: int | None = None) -> Iterator[str]:
    from gguf import MODEL_TENSOR, TENSOR_NAMES

    return (TENSOR_NAMES[MODEL_TENSOR[tensor]].format(bid=block) + ".weight" for tensor in tensors)


def _add_shape(writer: GGUFWriter, config: Mapping[str, Any], quantisation: Quantisation) -> None:
    from gguf import GGML_QUANT_VERSION, LlamaFileType

    heads = config["num_attention_heads"]
    head_size = config.get("head_dim") or config["hidden_size"] // heads
    rope = config.get("rope_parameters") or config
    writer.add_file_type(LlamaFileType["ALL_F32" if quantisation == "F32" else f"MOSTLY_{quantisation}"])
    writer.add_quantization_version(GGML_QUANT_VERSION)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(_key_value_heads(config))
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_rope_dimension_count(head_size)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])


def _key_value_heads(config: Mapping[str, Any]) -> int:
    return int(config.get("num_key_value_heads") or config["num_attention_heads"])


def _vocabulary(model: Path, config: Mapping[str, Any]) -> _Vocabulary:
    """The tokens by id; ids for which the model has a row and the tokenizer no token are marked as unused."""
    from gguf import TokenType

    tokenizer = _json(model / "tokenizer.json")
    pieces = tokenizer["model"]
    normalizer = (tokenizer.get("normalizer") or {}).get("type")
    pre_tokenizer = PRE_TOKENIZERS.get(_splitting(tokenizer.get("pre_tokenizer") or {}))
    # llama.cpp does not normalise; text that is not composed already (NFC) is rare enough.
    if pieces["type"] != "BPE" or pieces.get("ignore_merges") or normalizer not in (None, "NFC") or not pre_tokenizer:
        raise GgufExportError(
            f"{model / 'tokenizer.json'} splits text in a way that llama.cpp has no name for here: take a base model "
            f"with one of the tokenizers {', '.join(PRE_TOKENIZERS.values())}"
        )
    types = dict.fromkeys(pieces["vocab"].values(), TokenType.NORMAL)
    names = {token: name for name, token in pieces["vocab"].items()}
    for added in tokenizer["added_tokens"]:
        names[added["id"]] = added["content"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    if max(names) >= config["vocab_size"]:
        raise GgufExportError(
            f"the tokenizer in {model} has a token {max(names)}, and the model only {config['vocab_size']} rows: "
            "bring the tokenizer that belongs to this model"
        )
    ids = range(config["vocab_size"])
    return _Vocabulary(
        tokens=[names.get(token, f"[PAD{token}]") for token in ids],
        types=[int(types.get(token, TokenType.UNUSED)) for token in ids],
        pre_tokenizer=pre_tokenizer,
    )


def _splitting(pre_tokenizer: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps of a pre-tokenizer of the library `tokenizers`, in words."""

    def step(settings: Mapping[str, Any]) -> str:
        match settings:
            case {"type": "ByteLevel", "add_prefix_space": False, "use_regex": uses_words}:
                return "words" if uses_words else "bytes"
            case {"type": "Digits", "individual_digits": True}:
                return "digits"
            case {"type": "Split", "pattern": {"Regex": words}, "behavior": "Isolated", "invert": False}:
                return "qwen2 words" if words == QWEN2_WORDS else "other words"
        return "another step"

    return tuple(step(settings) for settings in pre_tokenizer.get("pretokenizers", [pre_tokenizer]))


def _add_tokenizer(writer: GGUFWriter, vocabulary: _Vocabulary, model: Path) -> None:
    """Tokens, merges, special tokens, chat template; answers end and are chosen as the generation config says."""
    import gguf

    special = gguf.SpecialVocab(model, load_merges=True, n_vocab=len(vocabulary.tokens))
    if special.chat_template is None:
        raise GgufExportError(f"the tokenizer in {model} has no chat template: take an instruction-tuned base model")
    special.add_special_token.setdefault("bos", False)
    generation = _json(model / "generation_config.json")
    ends = generation.get("eos_token_id")
    last = ends[-1] if isinstance(ends, list) else ends
    if last is not None and last != special.special_token_ids.get("eos"):
        special.special_token_ids["eot"] = last
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.pre_tokenizer)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_add_space_prefix(False)
    special.add_to_gguf(writer, quiet=True)
    if generation.get("do_sample") is False:
        writer.add_sampling_temp(0.0)


def _write(writer: GGUFWriter, weights: Mapping[str, _Weight], quantisation: Quantisation) -> None:
    import gguf
    import numpy as np

    for name, weight in weights.items():
        shape, kind = weight.stored.shape, weight.format(quantisation)
        size = _count(gguf.quant_shape_to_byte_shape(shape, kind))
        writer.add_tensor_info(name, shape, np.dtype(np.float32), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for weight in weights.values():
        with np.errstate(over="ignore"):  # found out when the file is read back
            writer.write_tensor_data(gguf.quantize(weight.values(), weight.format(quantisation)))
    writer.close()


def _rounding_error(file: Path, weights: Mapping[str, _Weight], quantisation: Quantisation) -> float:
    """Read the file as another program would, and compare. Raises GgufExportError if the format can't hold it."""
    import gguf
    import numpy as np

    worst = 0.0
    for tensor in gguf.GGUFReader(file).tensors:
        expected = weights[tensor.name].values()
        if not np.isfinite(expected).all():
            raise GgufExportError(f"{tensor.name} holds values that are no numbers: train and merge the student again")
        difference = np.abs(gguf.dequantize(tensor.data, tensor.tensor_type).reshape(expected.shape) - expected).max()
        error = float(difference / (np.abs(expected).max() or 1.0))
        if error > ROUNDING[quantisation]:
            raise GgufExportError(
                f"{tensor.name} can't be held in {tensor.tensor_type.name}: it is off by {error:.2g} of its largest "
                "weight; set gguf.quantisation to BF16 in the profile"
            )
        worst = max(worst, error)
    return worst


def _count(shape: tuple[int, ...]) -> int:
    import math

    return math.prod(shape)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise GgufExportError(f"there is no {path}: merge the model again") from error
