"""The size of a task's requests by the tokenizer of a provider, where that is public."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from distil_dagster.costs.api_cost import RequestTokens
from distil_dagster.home import CHECKOUT
from distil_dagster.tasks import Message
from distil_dagster.tasks.common_prefix import common_prefix

TOKENS_PER_MESSAGE = 3
"""What stands around a message, and before an answer, in OpenAI's chat format; others have about as many."""


def tokenizer_sha256(file: Path) -> str:
    """SHA-256 of a tokenizer's file; relative to the checkout. Raises ValueError if it can't be read."""
    return hashlib.sha256(_content(file)).hexdigest()


def request_by_tokenizer(file: Path, prompts: Sequence[Sequence[Message]], answers: Sequence[str]) -> RequestTokens:
    """The mean request, counted with a `tokenizer.json`.

    Args:
        file: the tokenizer; relative to the checkout.
        prompts: of the task's questions.
        answers: the right ones.

    Raises:
        ValueError: if the file is missing or no tokenizer.
    """
    from tokenizers import Tokenizer

    content = _content(file)
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except ValueError as error:
        raise ValueError(f"{file} of costs.tokenizers in the profile is no tokenizer.json: {error}") from error

    def length(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False))

    return RequestTokens(
        input_tokens=fmean(
            TOKENS_PER_MESSAGE + sum(TOKENS_PER_MESSAGE + length(message.content) for message in prompt)
            for prompt in prompts
        ),
        output_tokens=fmean(map(length, answers)),
        counted_by=f"its own tokenizer ({file.name}, SHA-256 {tokenizer_sha256(file)[:12]})",
        common_prefix_tokens=length(common_prefix(prompts)),
    )


def _content(file: Path) -> bytes:
    try:
        return (CHECKOUT / file).read_bytes()
    except OSError as error:
        raise ValueError(f"the tokenizer {file} can't be read: correct costs.tokenizers in the profile") from error
