"""Asks the models that look at traces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import ChatRequest, RecordedChat, ResponseFolder
from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import Message
from distil_dagster.traces.reading import TraceError
from distil_dagster.traces.settings import TraceSettings

Prices = Callable[[RemoteModel], TokenPrices]


class Panel:
    """The models of the profile's `traces`; every answer is recorded, and asked for once."""

    def __init__(
        self, settings: TraceSettings, *, responses: Path, prices: Prices, report: Callable[[str], object]
    ) -> None:
        self.settings = settings
        self._responses = ResponseFolder(responses)
        self._prices = prices
        self._report = report

    def answers(self, model: RemoteModel, prompts: Sequence[Sequence[Message]], purpose: str) -> list[str]:
        """What the model says to each prompt, at temperature 0 unless the profile gives it another.

        Raises:
            TraceError: if the model has no address.
            MissingKeyError: if its key isn't set.
            UnansweredError: if one prompt got no answer, or the budget is spent.
        """
        if model.base_url is None:
            raise TraceError(f"{model.model} has no address: set its base_url under traces in the profile")
        chat = RecordedChat(
            ChatEndpoint(model.base_url, model.model, model.api_key()),
            self._responses,
            self._prices(model),
            self.settings,
            budget_setting="traces.budget_dollars",
            report=lambda message: self._report(f"{model.model}, {purpose}: {message}"),
        )
        requests = [
            ChatRequest(
                base_url=model.base_url,
                model=model.model,
                messages=tuple(prompt),
                max_output_tokens=model.max_output_tokens,
                temperature=0.0 if model.temperature is None else model.temperature,
                name=f"{purpose} {number}",
            )
            for number, prompt in enumerate(prompts, start=1)
        ]
        return [answer.text for answer in asyncio.run(chat.ask_all(requests))]


def counted(counts: Mapping[str, int]) -> str:
    """The counts in words, those of nothing left out."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count)
