"""What profiles say about serving, and what a load test found. Imported by assets, so nothing heavy is here."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

VLLM_FLAGS_OF_THE_ENGINE = ("--host", "--port", "--model", "--served-model-name", "--dtype")
VLLM_FLAGS_THAT_HIDE_THE_SERVER = ("--api-key", "--headless", "--ssl-certfile", "--ssl-keyfile", "--uds")
"""With these it would not answer where its starter asks."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TransformersServeSettings(_Section):
    """`transformers serve` with continuous batching (`distil_dagster.serving.transformers_serve`)."""

    device: Literal["cpu", "cuda"] = "cpu"
    page_tokens: int = Field(16, ge=4)
    """Requests share the cache of a common beginning page by page: of small pages they share more."""
    cache_tokens: int = Field(16_384, gt=0)
    """Tokens whose keys and values are kept. A step takes as many requests as fit in it, each counted in full."""
    max_batch_tokens: int = Field(512, gt=0)
    """New tokens of one step at most; a longer prompt is read in several steps."""
    startup_timeout_seconds: float = Field(180.0, gt=0)


class VllmServeSettings(_Section):
    """`vllm serve` (`distil_dagster.serving.vllm_serve`)."""

    python: Path | None = None
    """The interpreter of the environment with vLLM, which pins its own torch and transformers. By default this one."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """The number format of the weights; by default that in which they were saved."""
    flags: tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...] = ()
    """Passed on as they are, a flag and its value as two items: `[--max-model-len, 8192, --enforce-eager]`."""
    startup_timeout_seconds: float = Field(900.0, gt=0)
    """Until the first answer: reading 60 GB of weights and compiling kernels takes minutes."""

    @field_validator("flags")
    @classmethod
    def _only_what_the_user_may_decide(cls, flags: tuple[str, ...]) -> tuple[str, ...]:
        for item in flags:
            name = item.split("=", maxsplit=1)[0]
            if name.startswith("-") and " " in name:
                raise ValueError(f"write the flag and the value of '{item}' as two items")
            # vLLM takes underscores for hyphens, and any beginning of a flag's name that no other has.
            flag = name.replace("_", "-")
            if flag.startswith("--") and any(own.startswith(flag) for own in VLLM_FLAGS_OF_THE_ENGINE):
                raise ValueError(f"the engine sets {name} itself: leave it out")
            if flag.startswith("--") and any(hiding.startswith(flag) for hiding in VLLM_FLAGS_THAT_HIDE_THE_SERVER):
                raise ValueError(f"with {name} the pipeline can't reach the server: leave it out")
        return flags


class ServingSettings(_Section):
    """A load test: a closed loop, in which every answer is followed by the next question at once."""

    engine: TransformersServeSettings = TransformersServeSettings()
    concurrency: int = Field(16, gt=0)
    """Requests in flight at any time."""
    warm_up_requests: int = Field(16, gt=0)
    """Answers that come first and are not measured: the cache fills, and the first burst spreads out."""
    max_seconds: float = Field(30.0, gt=0)
    """How long to measure; less if there are no more questions to ask."""
    max_requests: int | None = Field(None, gt=0)
    """The most questions to ask, those for warming up included; by default all that the task has."""
    max_output_tokens: int | None = Field(None, gt=0)
    """The length at which an answer is cut off; what the task's own answers may need by default."""
    request_timeout_seconds: float = Field(120.0, gt=0)


class ServingSummary(_Section):
    """What a load test measured. Times in seconds."""

    engine: str
    engine_version: str
    flags: tuple[str, ...]
    """The engine's command line, without model and port."""
    device: str
    method: Literal["closed loop"] = "closed loop"
    concurrency: int
    warm_up_requests: int
    requests: int
    """Requests that ended in the measured time, failed ones included."""
    failed: int
    seconds: float
    """The measured time, in which all clients were busy."""
    requests_per_second: float
    """Good answers in the measured time, divided by it."""
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    mean_input_tokens: float
    """As the server counted them; likewise the output."""
    mean_output_tokens: float
    memory_mib: float
    """Largest memory of the server's processes under load."""
    memory_measure: Literal["pss", "rss"]
    """Proportional set size where the kernel knows it (shared pages counted once), else resident set size."""
