"""What profiles say about models behind somebody's endpoint, and the keys to them. Nothing heavy is here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class MissingKeyError(LookupError):
    """The environment variable of an API key isn't set."""


class RemoteModel(BaseModel):
    """A model behind an OpenAI-compatible endpoint, and its price."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    provider: str | None = Field(None, min_length=1)
    """The provider's id in genai-prices (openai, google, anthropic, x-ai, ...), whose prices count unless the
    profile gives its own."""
    model: str = Field(min_length=1)
    """The model id that the endpoint takes."""
    base_url: str | None = None
    """Where the Chat Completions API is, e.g. `https://api.openai.com/v1`; a model without one can only be priced."""
    api_key_env: str | None = Field(None, min_length=1)
    """The environment variable that holds the key; None for an endpoint that wants none."""
    temperature: float | None = Field(None, ge=0, le=2)
    """The endpoint's default if None. Reasoning models refuse any other."""
    max_output_tokens: int = Field(4096, gt=0)
    """Thinking included: a reasoning model that is cut off has said nothing."""
    input_price: float | None = Field(None, ge=0)
    """US dollars per million input tokens, where genai-prices doesn't know the model; likewise the output."""
    output_price: float | None = Field(None, ge=0)

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, base_url: str | None) -> str | None:
        if base_url is None:
            return None
        address = urlsplit(base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"{base_url!r} is no http address")
        if address.username or address.password or address.query:
            raise ValueError("an address may hold no key: it is recorded; name the key's variable in api_key_env")
        return base_url.rstrip("/")

    @model_validator(mode="after")
    def _has_one_price(self) -> Self:
        if (self.input_price is None) != (self.output_price is None):
            raise ValueError("give both input_price and output_price, or none")
        if self.provider is None and self.input_price is None:
            raise ValueError("give provider (an id of genai-prices), or input_price and output_price")
        return self

    def api_key(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """The key, if the endpoint wants one. Raises MissingKeyError, naming the variable."""
        if self.api_key_env is None:
            return None
        key = environment.get(self.api_key_env, "").strip()
        if not key:
            raise MissingKeyError(f"the environment variable {self.api_key_env} with the key to {self.model} isn't set")
        return key


class RemoteAsking(BaseModel):
    """How endpoints that cost money are asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    budget_dollars: float = Field(5.0, ge=0)
    """What one run may spend at most. Answers recorded by earlier runs cost nothing."""
    budget_tokens: int | None = Field(None, ge=0)
    """What one run may use at most, input and output together; None for no limit beside the dollars."""
    concurrency: int = Field(8, gt=0)
    """Requests in flight at most; fewer while the endpoint is busy or failing."""
    attempts: int = Field(8, gt=0)
    """How often a request is sent at most while the endpoint is busy, failing, unreachable or silent."""
    request_timeout_seconds: float = Field(180.0, gt=0)

    def deciding(self) -> dict[str, object]:
        """The settings without patience and money, on which no answer depends, as plain JSON values."""
        return self.model_dump(mode="json", exclude=set(RemoteAsking.model_fields))
