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
        self._chats: dict[RemoteModel, RecordedChat] = {}

    @property
    def spent_dollars(self) -> float:
        """What all models together have cost so far; answers recorded before cost nothing."""
        return sum(chat.spent_dollars for chat in self._chats.values())

    def answers(self, model: RemoteModel, prompts: Sequence[Sequence[Message]], names: Sequence[str]) -> list[str]:
        """What the model says to each prompt, at temperature 0 unless the profile gives it another.

        Args:
            model: one of the profile's.
            prompts: the messages of each.
            names: what errors call each prompt, so that a line that can't be asked about can be taken out.

        Raises:
            TraceError: if the model has no address.
            MissingKeyError: if its key isn't set.
            UnansweredError: if one prompt got no answer, or the budget is spent.
        """
        if not prompts:
            return []
        if model.base_url is None:
            raise TraceError(f"{model.model} has no address: set its base_url under traces in the profile")
        requests = [
            ChatRequest(
                base_url=model.base_url,
                model=model.model,
                messages=tuple(prompt),
                max_output_tokens=model.max_output_tokens,
                temperature=0.0 if model.temperature is None else model.temperature,
                name=name,
            )
            for prompt, name in zip(prompts, names, strict=True)
        ]
        return [answer.text for answer in asyncio.run(self._chat(model, model.base_url).ask_all(requests))]

    def _chat(self, model: RemoteModel, base_url: str) -> RecordedChat:
        """One for each model, so that its budget is that of the whole import."""
        if model not in self._chats:
            self._chats[model] = RecordedChat(
                ChatEndpoint(base_url, model.model, model.api_key()),
                self._responses,
                self._prices(model),
                self.settings,
                budget_setting="traces.budget_dollars",
                report=lambda message: self._report(f"{model.model}: {message}"),
            )
        return self._chats[model]


def counted(counts: Mapping[str, int]) -> str:
    """The counts in words, those of nothing left out."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count)
