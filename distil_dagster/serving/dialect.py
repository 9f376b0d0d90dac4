"""The words in which an endpoint takes a request: not all that speak the Chat Completions API speak the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distil_dagster.serving.chat import ChatError
from distil_dagster.serving.chat_request import LIMIT_PARAMETERS, ChatRequest

UNUSABLE = (400, 422)
"""The refusals of a request for what stands in it."""
SCHEMA_WORDS = ("response_format", "json_schema", "json schema", "guided", "structured output", "structured_output")
"""How endpoints call what they can't do with a schema, in lower case."""


class Dialect:
    """What the endpoint has refused so far is said otherwise, or not said, from then on."""

    def __init__(self) -> None:
        self._limit_parameter = LIMIT_PARAMETERS[0]
        self._takes_schemas = True

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """The body of the request."""
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [message.as_dict() for message in request.messages],
            self._limit_parameter: request.max_output_tokens,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.response_schema is not None and self._takes_schemas:
            schema = {"name": "answer", "schema": request.response_schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body | dict(request.extra_body or {})

    def learn(self, body: Mapping[str, Any], error: ChatError) -> bool:
        """Whether the endpoint refused a word of the body that `body` won't say again."""
        today, former = LIMIT_PARAMETERS
        if today in body and today in str(error) and not error.transient:
            self._limit_parameter = former
            return True
        reason = str(error).lower()
        if "response_format" in body and error.status in UNUSABLE and any(word in reason for word in SCHEMA_WORDS):
            self._takes_schemas = False
            return True
        return False
