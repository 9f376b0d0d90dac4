"""An answer as those who asked see it, read from the completion that is recorded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import Completion
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.usage import Usage, read_usage
from distil_dagster.tasks.rows import canonical_json


@dataclass(frozen=True)
class RecordedAnswer:
    """An answer as it was recorded, and what it cost at the prices of today's run."""

    text: str
    model: str | None
    """The model that the endpoint said it answered with."""
    finish_reason: str | None
    """Why the model stopped, in the endpoint's words; `length` if it was cut off."""
    usage: Usage
    dollars: float
    latency_seconds: float
    request_sha256: str
    response_sha256: str


def recorded_answer(request: ChatRequest, completion: Completion, prices: TokenPrices) -> RecordedAnswer:
    """Read what is told of an answer from its completion."""
    usage = billed_usage(request, completion)
    return RecordedAnswer(
        text=completion.text,
        model=_text_or_none(completion.body.get("model")),
        finish_reason=_text_or_none(completion.body["choices"][0].get("finish_reason")),
        usage=usage,
        dollars=usage.dollars(prices),
        latency_seconds=completion.latency_seconds,
        request_sha256=request.sha256,
        response_sha256=hashlib.sha256(canonical_json(completion.body).encode(errors="replace")).hexdigest(),
    )


def billed_usage(request: ChatRequest, completion: Completion) -> Usage:
    """The tokens that the answer is charged for."""
    return read_usage(
        completion.body,
        messages=request.messages,
        text=completion.text,
        max_output_tokens=request.max_output_tokens,
        response_schema=request.response_schema,
    )


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
