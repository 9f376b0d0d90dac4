"""Tokens per second of the embedded student in eight-bit integers, and in the format it is served in, on this CPU.

    .venv/bin/python benchmarks/quantisation.py [--rounds 3]

Ours is torch's dynamic quantisation of the linear layers (weights in int8 per tensor, activations as they come, in the
backend that torch chooses), the peer what `choose_precision` chooses. float32, and int8 by torchao where it is
installed, stand beside them. Each round reads the prompts of the bundled task at once and goes on for some tokens,
with one prompt and with 16; formats take turns, and the median of the rounds counts. Leave the machine alone meanwhile.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from distil_dagster.home import Home
from distil_dagster.profile import load_profile
from distil_dagster.students.base_model import resolve_base_model
from distil_dagster.students.precision import choose_precision
from distil_dagster.tasks import load_task

TASK = "smart_home"
BATCHES = (1, 16)
STEPS = 24
"""Tokens that each answer goes on for; a tool call of the task has about as many."""
INT8 = "int8, torch"


@dataclass(frozen=True)
class Rates:
    """Tokens per second, over all prompts together."""

    prefill: float
    decode: float


def dense(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def int8_by_torch(folder: Path) -> PreTrainedModel:
    return torch.ao.quantization.quantize_dynamic(dense(folder, torch.float32), {nn.Linear}, dtype=torch.qint8)  # type: ignore[no-any-return]


def int8_by_torchao(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

    model = dense(folder, dtype)
    quantize_(model, Int8DynamicActivationInt8WeightConfig())
    return model


@torch.inference_mode()
def measure(model: PreTrainedModel, prompts: Tensor) -> Rates:
    began = time.perf_counter()
    read = model(prompts, use_cache=True, logits_to_keep=1)
    prefilled = time.perf_counter()
    for _ in range(STEPS):
        tokens = read.logits[:, -1].argmax(-1, keepdim=True)
        read = model(tokens, use_cache=True, past_key_values=read.past_key_values, logits_to_keep=1)
    ended = time.perf_counter()
    return Rates(prompts.numel() / (prefilled - began), len(prompts) * STEPS / (ended - prefilled))


def task_prompts(folder: Path, home: Home) -> Tensor:
    """As many prompts as the largest batch takes, all cut to the length of the shortest."""
    tokenizer, task = AutoTokenizer.from_pretrained(folder), load_task(home.task_folder(TASK))
    read = [
        tokenizer.apply_chat_template(
            [message.as_dict() for message in task.kind.prompt(task, example)],
            add_generation_prompt=True,
            return_dict=True,
        )["input_ids"]
        for example in task.test_examples[: max(BATCHES)]
    ]
    return torch.tensor([tokens[-min(map(len, read)) :] for tokens in read])


def main() -> None:
    parser = argparse.ArgumentParser(description="The embedded student in int8 beside the format it is served in.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each format is measured")
    options = parser.parse_args()
    home, precision = Home.from_environment(), choose_precision("cpu")
    (student,) = load_profile("embedded").students.values()
    folder = resolve_base_model(student.base_model, home.base_models)
    served = precision.dtype
    formats: dict[str, Callable[[], PreTrainedModel]] = {
        "float32": lambda: dense(folder, torch.float32),
        precision.dtype_name: lambda: dense(folder, served),
        INT8: lambda: int8_by_torch(folder),
        **({"int8, torchao": lambda: int8_by_torchao(folder, served)} if find_spec("torchao") else {}),
    }
    prompts = task_prompts(folder, home)
    backend = torch.backends.quantized.engine
    print(f"{precision.reason}; int8 by {backend}; prompts of {prompts.shape[1]} tokens, {STEPS} more", flush=True)
    models = {name: load() for name, load in formats.items()}
    rates: dict[tuple[str, int], list[Rates]] = {(name, batch): [] for name in models for batch in BATCHES}
    for number in range(options.rounds + 1):
        for (name, batch), measured in rates.items():
            found = measure(models[name], prompts[:batch])
            if number:  # the first round warms up
                measured.append(found)
    decode: dict[str, float] = {}
    for (name, batch), measured in rates.items():
        decode[name] = median(rate.decode for rate in measured)
        print(
            f"{name}, {batch} at once: reads {median(rate.prefill for rate in measured):,.0f} tokens/s, "
            f"writes {decode[name]:,.1f} (from {min(rate.decode for rate in measured):,.1f} to "
            f"{max(rate.decode for rate in measured):,.1f} over {options.rounds} rounds)",
            flush=True,
        )
    ours, peer = decode[INT8], decode[precision.dtype_name]
    print(json.dumps({"ours": ours, "peer": peer, "ratio": ours / peer, "unit": f"tokens/s, {max(BATCHES)} at once"}))


if __name__ == "__main__":
    main()
