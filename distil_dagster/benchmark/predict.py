"""A model's answers to examples, asked of any OpenAI-compatible endpoint, and the journal that survives a kill.

Scoring belongs to `scores`. There is no partial result: a benchmark with holes is no benchmark.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from distil_dagster.benchmark.settings import AskingSettings
from distil_dagster.serving.chat import ChatEndpoint, ChatError
from distil_dagster.serving.patience import ask_patiently
from distil_dagster.tasks import Example, Message, Task

if TYPE_CHECKING:
    import httpx


class PredictionError(RuntimeError):
    """An example that the endpoint didn't answer; the message says which and why."""


@dataclass(frozen=True)
class Prediction:
    """What a model answered to one example."""

    example_id: str
    prompt_sha256: str
    text: str
    latency_seconds: float
    """Of the request that was answered, without those before it."""
    input_tokens: int
    output_tokens: int


class Journal:
    """Predictions in the order in which they came, one JSON object a line; reading it continues a run that was killed.

    Belongs to one model and one way of asking it: the file's name must tell them apart. A prediction counts for an
    example only as long as its prompt is the same.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def read(self) -> dict[tuple[str, str], Prediction]:
        """All predictions by example and prompt. A line that a kill has torn is left out, and cut off the file.

        Raises:
            PredictionError: if another line can't be read: then something else has written to the file.
        """
        if not self._path.exists():
            return {}
        lines = self._path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            os.truncate(self._path, sum(map(len, lines[:-1])))
            lines.pop()
        try:
            predictions = [Prediction(**json.loads(line)) for line in lines]
        except (ValueError, TypeError) as error:
            raise PredictionError(f"{self._path} is no journal of predictions ({error}): delete it") from error
        return {(prediction.example_id, prediction.prompt_sha256): prediction for prediction in predictions}

    def append(self, prediction: Prediction) -> None:
        """Add one prediction, safe from a kill of this process once this returns."""
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(prediction), ensure_ascii=False) + "\n")


async def predict(
    endpoint: ChatEndpoint,
    task: Task,
    examples: Sequence[Example],
    settings: AskingSettings,
    *,
    journal: Journal,
    report: Callable[[str], object],
) -> list[Prediction]:
    """The model's answer to every example, in their order. Those in the journal aren't asked again.

    Raises:
        PredictionError: if an example got no answer. What came before is in the journal.
    """
    prompts = {example.id: task.kind.prompt(task, example) for example in examples}
    keys = [(example.id, prompt_sha256(prompts[example.id])) for example in examples]
    predictions = journal.read()
    unanswered = [key for key in keys if key not in predictions]
    slots = asyncio.Semaphore(settings.concurrency)

    async def predict_one(client: httpx.AsyncClient, key: tuple[str, str]) -> None:
        async with slots:
            ask = partial(
                endpoint.ask,
                client,
                prompts[key[0]],
                max_output_tokens=settings.max_output_tokens or task.answer_token_limit,
                timeout_seconds=settings.request_timeout_seconds,
            )
            try:
                answer = await ask_patiently(ask, attempts=settings.attempts)
            except ChatError as error:
                raise PredictionError(f"example {key[0]} got no answer from {endpoint.base_url}: {error}") from error
        predictions[key] = Prediction(*key, **asdict(answer))
        journal.append(predictions[key])
        unanswered.remove(key)
        report(f"{len(keys) - len(unanswered)} of {len(keys)} answers")

    try:
        async with endpoint.client(concurrency=settings.concurrency) as client, asyncio.TaskGroup() as tasks:
            for key in list(unanswered):
                tasks.create_task(predict_one(client, key))
    except* PredictionError as failures:
        raise failures.exceptions[0] from None
    return [predictions[key] for key in keys]


def prompt_sha256(prompt: Sequence[Message]) -> str:
    """The hash of what a model is sent."""
    content: list[Mapping[str, str]] = [message.as_dict() for message in prompt]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
