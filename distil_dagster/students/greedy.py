"""What base model and adapter answer together under plain transformers: no engine and no merge between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from distil_dagster.students.merging import end_of_answer, with_adapter
from distil_dagster.students.precision import Precision
from distil_dagster.tasks import Message

PROMPTS_AT_ONCE = 8


def greedy_answers(
    base_model: Path,
    adapter: Path,
    prompts: Sequence[Sequence[Message]],
    *,
    max_output_tokens: int,
    precision: Precision,
) -> Iterator[str]:
    """The most likely answers, in the order of the prompts, each cut off at so many tokens.

    Raises:
        MergeError: if the adapter does not fit the base.
    """
    tokenizer = AutoTokenizer.from_pretrained(base_model, padding_side="left")
    base = AutoModelForCausalLM.from_pretrained(base_model, dtype=precision.dtype)
    model = with_adapter(base, adapter, base_model).to(precision.device).eval()
    end = end_of_answer(tokenizer)
    for start in range(0, len(prompts), PROMPTS_AT_ONCE):
        texts = [
            tokenizer.apply_chat_template(
                [message.as_dict() for message in prompt],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,
            )
            for prompt in prompts[start : start + PROMPTS_AT_ONCE]
        ]
        read = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt").to(precision.device)
        with torch.inference_mode():
            written = model.generate(
                **read, max_new_tokens=max_output_tokens, do_sample=False, eos_token_id=end, pad_token_id=end
            )
        for tokens in written[:, read["input_ids"].shape[1] :]:
            yield str(tokenizer.decode(tokens, skip_special_tokens=True))
