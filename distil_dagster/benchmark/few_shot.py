"""Seeds of the task as dialogue turns before each question: what a model does with examples and no training."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.tasks import Example, Message, Row, Task

FILE = "few_shot.json"
"""Beside the scores: which seeds stood in the prompt."""


class SeedsDoNotFit(ValueError):  # noqa: N818 - reads as what it is where it is raised
    """Not even one seed fits into the prompt; the message names the setting to change."""


class FewShotSettings(BaseModel):
    """How many seeds go into the prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shots: int = Field(gt=0)
    """Seeds at most."""
    max_prompt_tokens: int = Field(2048, gt=0)
    """The longest prompt, in tokens of the model's own tokenizer: seeds that do not fit are left out."""
    random_seed: int = 123
    """Under which the seeds are drawn."""


class FewShotSummary(BaseModel):
    """Which seeds stood in the prompt."""

    model_config = ConfigDict(frozen=True)

    seeds: tuple[str, ...]
    """The ids of the rows, in the order in which the model read them."""
    longest_prompt_tokens: int
    """Of the longest question, seeds included."""


def fitting_seeds(
    task: Task, examples: Sequence[Example], settings: FewShotSettings, *, model_folder: Path
) -> tuple[list[Row], FewShotSummary]:
    """The seeds that stand before every question: drawn under the seed, as many as fit before the longest question.

    All questions get the same, so that answers differ by the question alone, and a server computes the seeds once.

    Raises:
        SeedsDoNotFit: if not even one does.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_folder)

    def length(example: Example, seeds: Sequence[Row]) -> int:
        prompt = [message.as_dict() for message in task.kind.prompt(task, with_seeds(task, example, seeds))]
        text = tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    longest = max(examples, key=lambda example: length(example, ()))
    fitting: list[Row] = []
    for row in random.Random(f"few shot {settings.random_seed}").sample(task.seeds, len(task.seeds)):
        if len(fitting) < settings.shots and length(longest, [*fitting, row]) <= settings.max_prompt_tokens:
            fitting.append(row)
    if not fitting:
        raise SeedsDoNotFit(
            f"no seed of {task.name} fits into a prompt of {settings.max_prompt_tokens} tokens: raise max_prompt_tokens"
        )
    summary = FewShotSummary(seeds=tuple(row.id for row in fitting), longest_prompt_tokens=length(longest, fitting))
    return fitting, summary


def with_seeds(task: Task, example: Example, seeds: Sequence[Row]) -> Example:
    """The example with the dialogues of these seeds before its own chat; its question and its answer stay."""
    said = (message for row in seeds for message in _dialogue(task, row))
    return replace(example, messages=(*said, *example.messages))


def _dialogue(task: Task, row: Row) -> list[Message]:
    return [message for message in task.kind.transcript(task, row) if message.role != "system"]
