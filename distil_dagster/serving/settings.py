"""How a model is served and loaded, and what was measured; nothing here imports more than pydantic."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TransformersServeSettings(_Section):
    """The knobs of the embedded engine, `transformers serve` with continuous batching."""

    device: Literal["cpu", "cuda"] = "cpu"
    page_tokens: int = Field(32, gt=0, description="Tokens per page of the KV cache.")
    cache_tokens: int = Field(16_384, gt=0, description="Tokens that the KV cache holds; bounds its memory.")
    max_batch_tokens: int = Field(512, gt=0, description="Tokens per forward pass.")
    startup_timeout_seconds: float = Field(180.0, gt=0)


class ServingSettings(_Section):
    """The load that a served model is put under."""

    engine: TransformersServeSettings = TransformersServeSettings()
    concurrency: int = Field(16, gt=0, description="Requests in flight at any time: a closed loop.")
    warm_up_requests: int = Field(16, gt=0, description="Answers that come first and are not measured.")
    max_seconds: float = Field(30.0, gt=0, description="The longest time to measure for.")
    max_requests: int | None = Field(None, gt=0, description="The most questions to ask, warm-up included.")
    max_output_tokens: int = Field(96, gt=0)
    request_timeout_seconds: float = Field(120.0, gt=0)


class ServingSummary(_Section):
    """What the load test measured."""

    engine: str
    engine_version: str
    flags: tuple[str, ...]
    device: str
    method: str
    concurrency: int
    requests: int
    failed: int
    seconds: float
    requests_per_second: float
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    memory_mib: float
