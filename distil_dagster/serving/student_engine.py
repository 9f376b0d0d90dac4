"""From the profile's words to what serves a student, and to what each request says besides the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distil_dagster.serving.engine import Engine
from distil_dagster.serving.settings import StudentEngineSettings, TransformersServeSettings
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.serving.vllm_serve import VllmServe
from distil_dagster.tasks import Task

CACHE_FLAGS = ("--kv-cache-memory-bytes", "--gpu-memory-utilization", "--num-gpu-blocks-override")
LONGEST_FLAG = "--max-model-len"
AS_TRAINED = ("--generation-config", "vllm", "--default-chat-template-kwargs", '{"enable_thinking": false}')
"""Greedy answers without the repetition penalty that a base model may recommend, and without thinking, as in training;
the embedded engine answers so, too."""


def student_engine(settings: StudentEngineSettings) -> Engine:
    """The engine of the settings."""
    if isinstance(settings, TransformersServeSettings):
        return TransformersServe(settings)
    return VllmServe(settings, own_flags=AS_TRAINED)


def cache_size(settings: StudentEngineSettings, tokens: int) -> int:
    """Tokens of the smallest cache with room for so many that the engine starts with."""
    if isinstance(settings, TransformersServeSettings):
        pages = -(-max(tokens, settings.max_batch_tokens) // settings.page_tokens)
        return pages * settings.page_tokens
    return max(tokens, int(_value(settings.flags, LONGEST_FLAG) or 0))


def with_cache(settings: StudentEngineSettings, tokens: int, *, bytes_per_token: int) -> StudentEngineSettings:
    """The engine with a cache for so many tokens, a number that `cache_size` gave."""
    if isinstance(settings, TransformersServeSettings):
        return settings.model_copy(update={"cache_tokens": tokens})
    size = tokens * bytes_per_token
    kept = _without(settings.flags, CACHE_FLAGS)
    return settings.model_copy(update={"flags": (*kept, "--kv-cache-memory-bytes", str(size))})


def _value(flags: Sequence[str], name: str) -> str | None:
    for item, following in zip(flags, (*flags[1:], ""), strict=True):
        if item == name:
            return following
        if item.startswith(f"{name}="):
            return item.partition("=")[2]
    return None


def _without(flags: Sequence[str], names: Sequence[str]) -> list[str]:
    kept: list[str] = []
    upcoming = iter(flags)
    for item in upcoming:
        if item in names:
            next(upcoming, None)
        elif item.partition("=")[0] not in names:
            kept.append(item)
    return kept


def request_extras(settings: StudentEngineSettings, task: Task) -> Mapping[str, Any]:
    """What the engine is to be sent along with each question of the task: the labels, if it is to keep to them."""
    if isinstance(settings, TransformersServeSettings) or not (settings.constrain_labels and task.classes):
        return {}
    return {"structured_outputs": {"choice": list(task.classes)}}
