"""The questions of a load test: the task's own, each once, as the bodies that go over the wire."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.tasks import Message, Row, Task

ORDER_SEED = 0


def distinct_prompts(task: Task, written_rows: Sequence[Row] = ()) -> list[tuple[Message, ...]]:
    """Every prompt that the task can ask, each once: those of the tests, of the seeds, and of rows written for it.

    Distinct, because a server answers a repeated prompt from its cache; in a shuffled but fixed order, so that long and
    short ones come evenly.
    """
    parts = (task.tests, task.seeds, tuple(written_rows))
    return list(dict.fromkeys(prompt for rows in parts for prompt in _shuffled(_prompts(task, rows))))


@dataclass(frozen=True)
class PromptFile:
    """A file with one request body per line, which the processes of the client read."""

    path: Path
    count: int
    sha256: str


def write_prompt_file(
    prompts: Sequence[Sequence[Message]], path: Path, endpoint: ChatEndpoint, *, max_output_tokens: int, needed: int
) -> PromptFile:
    """Write the prompts as the bodies that ask the endpoint.

    Raises:
        LoadTestError: if there are fewer than `needed`.
    """
    if len(prompts) < needed:
        raise LoadTestError(
            f"{len(prompts):,} distinct prompts are too few for a load test, which needs {needed:,}: write a larger "
            f"corpus, or lower serving.min_distinct_prompts if the server's cache is small"
        )
    lines = [json.dumps(endpoint.greedy_request(prompt, max_output_tokens=max_output_tokens)) for prompt in prompts]
    text = "\n".join(lines).encode()
    path.write_bytes(text)
    return PromptFile(path, len(lines), hashlib.sha256(text).hexdigest())


def _prompts(task: Task, rows: Sequence[Row]) -> list[tuple[Message, ...]]:
    return [tuple(task.kind.prompt(task, example)) for row in rows for example in task.kind.expand(row)]


def _shuffled(prompts: list[tuple[Message, ...]]) -> list[tuple[Message, ...]]:
    return random.Random(ORDER_SEED).sample(prompts, len(prompts))
