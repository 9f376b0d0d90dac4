"""One question to one model: all that its answer depends on, and the hash under which the answer is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from distil_dagster.serving.usage import most_input_tokens
from distil_dagster.tasks import Message
from distil_dagster.tasks.rows import canonical_json

LIMIT_PARAMETERS = ("max_completion_tokens", "max_tokens")
"""Today's name of the limit, and the former one, which some endpoints still want."""
OWN_PARAMETERS = frozenset({"model", "messages", "temperature", "response_format", "n", "stream", *LIMIT_PARAMETERS})
"""What a request says itself, or what would bring more than the one whole answer that is read and paid for."""


@dataclass(frozen=True)
class ChatRequest:
    """One question to one model. Equal requests have the same answer; to have another one, count `repeat` up.

    Raises:
        ValueError: if `extra_body` says what the request says itself.
    """

    base_url: str
    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    temperature: float | None
    """The endpoint's default if None."""
    repeat: int = 0
    response_schema: Mapping[str, Any] | None = field(default=None, hash=False)
    """The JSON schema that the answer has to follow, where the endpoint can see to that; not to be changed later."""
    extra_body: Mapping[str, Any] | None = field(default=None, hash=False)
    """Sent along as it is, e.g. `{"chat_template_kwargs": {"enable_thinking": False}}`; not to be changed later."""
    name: str = field(default="", compare=False)
    """What errors call it."""

    def __post_init__(self) -> None:
        """Refuse an extra body that contradicts the request."""
        if own := sorted(OWN_PARAMETERS.intersection(self.extra_body or ())):
            raise ValueError(f"extra_body may not hold {', '.join(own)}: the request says that itself")

    def as_dict(self) -> dict[str, Any]:
        """All that the answer depends on."""
        content: dict[str, Any] = {
            "base_url": self.base_url,
            "model": self.model,
            "messages": [message.as_dict() for message in self.messages],
            "max_output_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "repeat": self.repeat,
        }
        if self.response_schema is not None:
            content["response_schema"] = self.response_schema
        if self.extra_body is not None:
            content["extra_body"] = self.extra_body
        return content

    @cached_property
    def sha256(self) -> str:
        """The hash under which the answer is kept."""
        return hashlib.sha256(canonical_json(self.as_dict()).encode()).hexdigest()

    @property
    def most_input_tokens(self) -> int:
        """The most tokens that the endpoint may bill as input."""
        return most_input_tokens(self.messages, self.response_schema)
