"""What a student answers in the middle of its training: sampled from its own predictions, as it is at that step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import torch
from peft import PeftModel
from transformers import DynamicCache, GenerationConfig, PreTrainedModel

from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.shared_prefix import ATTENTION

QUESTIONS_AT_ONCE = 16
"""Bounds the memory for keys and values, of which each question has its own copy of the prefix's."""


def questions(sequences: Sequence[EncodedSequence]) -> tuple[EncodedSequence, ...]:
    """One sequence per answer, which ends with it and has only it supervised; a dialogue of three turns makes three."""
    return tuple(question for sequence in sequences for question in _questions(sequence))


def _questions(sequence: EncodedSequence) -> Iterator[EncodedSequence]:
    end = 0
    for supervised, stretch in groupby(sequence.supervised):
        start, end = end, end + len(list(stretch))
        if supervised:
            yield answered(sequence.row_id, sequence.tokens[:start], sequence.tokens[start:end])


def answered(row_id: str, question: Sequence[int], answer: Sequence[int]) -> EncodedSequence:
    """A question with an answer that is supervised."""
    supervised = (False,) * len(question) + (True,) * len(answer)
    return EncodedSequence(row_id, (*question, *answer), supervised)


def own_answers(
    model: PeftModel,
    prefix: Sequence[int],
    asked: Sequence[EncodedSequence],
    *,
    max_output_tokens: int,
    seed: int,
) -> list[EncodedSequence]:
    """The questions with the student's answers in place of those they have, in no particular order.

    Every token is drawn from the prediction itself: at a temperature of 1, and no unlikely one is ruled out. An answer
    without an end is cut off.

    Args:
        model: base and adapter; the model must have been loaded with `attn_implementation=ATTENTION`.
        prefix: the tokens before each question.
        asked: what `questions` returns.
        max_output_tokens: the length at which an answer is cut off.
        seed: of the draw. The same weights, questions and seed give the same answers.
    """
    torch.manual_seed(seed)
    found: list[EncodedSequence] = []
    with torch.no_grad(), _attention_of_a_server(model) as base:
        by_length = sorted(asked, key=lambda question: len(question.tokens))
        for first in range(0, len(by_length), QUESTIONS_AT_ONCE):
            found += _answers(base, prefix, by_length[first : first + QUESTIONS_AT_ONCE], max_output_tokens)
    return found


def _answers(
    model: PreTrainedModel, prefix: Sequence[int], asked: Sequence[EncodedSequence], max_output_tokens: int
) -> Iterator[EncodedSequence]:
    texts = [question.tokens[: -question.supervised_tokens] for question in asked]
    end = asked[0].tokens[-1]
    longest = max(map(len, texts))
    tokens = [[*prefix, *[end] * (longest - len(text)), *text] for text in texts]
    seen = [[1] * len(prefix) + [0] * (longest - len(text)) + [1] * len(text) for text in texts]
    written = model.generate(
        torch.tensor(tokens, device=model.device),
        attention_mask=torch.tensor(seen, device=model.device),
        past_key_values=_read(model, prefix, copies=len(asked)),
        generation_config=GenerationConfig(
            max_new_tokens=max_output_tokens,
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            repetition_penalty=1.0,
            eos_token_id=end,
            pad_token_id=end,
        ),
    )
    for question, text, answer in zip(asked, texts, written[:, len(prefix) + longest :].tolist(), strict=True):
        # Behind its end an answer is filled up with ends.
        length = answer.index(end) + 1 if end in answer else len(answer)
        yield answered(question.row_id, text, answer[:length])


def _read(model: PreTrainedModel, prefix: Sequence[int], *, copies: int) -> DynamicCache:
    cache = DynamicCache(config=model.config)
    if prefix:
        ids = torch.tensor([prefix], device=model.device)
        model.get_decoder()(input_ids=ids, past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(copies)
    return cache


@contextmanager
def _attention_of_a_server(model: PeftModel) -> Iterator[PreTrainedModel]:
    """The base model with the adapter in its layers, and an attention that reads padded batches and a cache."""
    base = model.get_base_model()
    base.set_attn_implementation("sdpa")
    try:
        yield base
    finally:
        base.set_attn_implementation(ATTENTION)
