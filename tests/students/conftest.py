"""Small real models: a few layers with random weights and a tokenizer of their own."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' "
    "+ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# As Qwen3 does: an answer has an empty think block as long as it is the last, and loses it when a turn follows.
THINKS_ONLY_LAST = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' and loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
    "{{ message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
    "{% endif %}"
)
TEXT = 'turn the light on in the hall, please {"name":"set_lights","parameters":{"room":"hall","power":"off"}}'


def tiny_tokenizer(chat_template: str = CHATML) -> PreTrainedTokenizerBase:
    """A byte-level tokenizer with the special tokens of ChatML and few merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    fast.chat_template = chat_template
    return fast


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two threads gain nothing on tiny models, and wait for each other for seconds where other work runs beside."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerBase:
    """A tiny tokenizer with a template that never rewrites the past."""
    return tiny_tokenizer()


@pytest.fixture(scope="session")
def tokenizer_with() -> Callable[[str], PreTrainedTokenizerBase]:
    """Makes the tiny tokenizer with another chat template."""
    return tiny_tokenizer


@pytest.fixture(scope="session")
def rewriting_tokenizer() -> PreTrainedTokenizerBase:
    """A tiny tokenizer whose template, like Qwen3's, drops the think block of an answer once a turn follows it."""
    return tiny_tokenizer(THINKS_ONLY_LAST)


def _sizes(tokenizer: PreTrainedTokenizerBase) -> dict[str, object]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 4096,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "initializer_range": 0.2,
    }


@pytest.fixture(scope="session", params=["llama", "qwen3"])
def tiny_base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer model of random weights, once a Llama and once a Qwen3."""
    return save_tiny_base(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer Llama of random weights."""
    return save_tiny_base("llama", tmp_path_factory.mktemp("tiny_llama"))


def save_tiny_base(architecture: str, folder: Path) -> Path:
    """Write a two-layer model of random weights, `llama` or `qwen3`, with its tokenizer."""
    tokenizer = tiny_tokenizer()
    torch.manual_seed(1)
    if architecture == "llama":
        model = LlamaForCausalLM(LlamaConfig(**_sizes(tokenizer), tie_word_embeddings=True))
    else:
        model = Qwen3ForCausalLM(Qwen3Config(**_sizes(tokenizer), tie_word_embeddings=True))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def base_tokenizer(base_model_dir: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of the packaged base model."""
    return AutoTokenizer.from_pretrained(base_model_dir)
