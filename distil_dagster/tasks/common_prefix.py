"""With what all prompts of a task begin: what a server reads once, and a provider may bill as cached input."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from distil_dagster.tasks import Message


def common_prefix(prompts: Sequence[Sequence[Message]]) -> str:
    """The text that all prompts have in common from their beginning on."""
    texts = [_text(prompt) for prompt in prompts]
    # What the first and the last in order have in common, all between them have.
    first, last = min(texts), max(texts)
    different = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(different, len(first))]


def common_prefix_share(prompts: Sequence[Sequence[Message]]) -> float:
    """How much of a mean prompt that is, in characters, in 0..1."""
    return len(common_prefix(prompts)) / max(1.0, fmean(len(_text(prompt)) for prompt in prompts))


def _text(prompt: Sequence[Message]) -> str:
    return "\n".join(f"{message.role}\n{message.content}" for message in prompt)
