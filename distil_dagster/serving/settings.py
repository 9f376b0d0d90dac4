"""What profiles say about serving. Imported by assets, so nothing heavy is here; findings are in `summary`."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

VLLM_FLAGS_OF_THE_ENGINE = ("--host", "--port", "--model", "--served-model-name", "--dtype")
VLLM_FLAGS_THAT_HIDE_THE_SERVER = ("--api-key", "--headless", "--ssl-certfile", "--ssl-keyfile", "--uds")
"""With these it would not answer where its starter asks."""
VLLM_KEY_VARIABLE = "VLLM_API_KEY"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TransformersServeSettings(_Section):
    """`transformers serve` with continuous batching (`distil_dagster.serving.transformers_serve`)."""

    kind: Literal["transformers"] = "transformers"
    device: Literal["cpu", "cuda"] = "cpu"
    page_tokens: int = Field(16, ge=4)
    """Requests share the cache of a common beginning page by page: of small pages they share more."""
    cache_tokens: int = Field(16_384, gt=0)
    """Tokens whose keys and values are kept. A step takes as many requests as fit in it, each counted in full."""
    max_batch_tokens: int = Field(512, gt=0)
    """New tokens of one step at most; a longer prompt is read in several steps."""
    startup_timeout_seconds: float = Field(180.0, gt=0)


_VllmVariable = Annotated[str, Field(pattern="^VLLM_[A-Z0-9_]+$")]


class VllmServeSettings(_Section):
    """`vllm serve` (`distil_dagster.serving.vllm_serve`)."""

    python: Path | None = None
    """The interpreter of the environment with vLLM, which pins its own torch and transformers. By default this one; a
    path that isn't absolute begins in the checkout."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """The number format of the weights; by default that in which they were saved, but two bytes for four: weights saved
    as float32 are served as such only if this says so."""
    flags: tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...] = ()
    """Passed on as they are, a flag and its value as two items: `[--max-model-len, 8192, --enforce-eager]`."""
    variables: dict[_VllmVariable, Annotated[str, Field(coerce_numbers_to_str=True)]] = {}
    """Of the server's environment, for what vLLM has no flag for: `{VLLM_CPU_OMP_THREADS_BIND: 0-1}`."""
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

    @field_validator("variables")
    @classmethod
    def _no_key(cls, variables: dict[str, str]) -> dict[str, str]:
        if VLLM_KEY_VARIABLE in variables:
            raise ValueError(f"with {VLLM_KEY_VARIABLE} the pipeline can't reach the server: leave it out")
        return variables


class VllmStudentSettings(VllmServeSettings):
    """`vllm serve` with a student, which is asked to answer as it was trained to: at once, and greedily."""

    kind: Literal["vllm"]
    constrain_labels: bool = False
    """Whether the server lets a student of a classification write nothing but one of the task's labels. Off by default:
    the embedded engine and the frontier models can't be held to it, so figures would not compare."""


def _kind_of_engine(engine: Any) -> str:
    return str(engine.get("kind", "transformers") if isinstance(engine, dict) else engine.kind)


StudentEngineSettings = Annotated[
    Annotated[TransformersServeSettings, Tag("transformers")] | Annotated[VllmStudentSettings, Tag("vllm")],
    Discriminator(_kind_of_engine),
]
"""What serves a student; `transformers` where `kind` is left out."""


class DevicePeak(_Section):
    """The two speeds of a device that bound what it can serve."""

    teraflops: float = Field(gt=0)
    """Arithmetic, in the number format in which students are served."""
    gigabytes_per_second: float = Field(gt=0)
    """Between the arithmetic units and the device's memory."""
    source: str
    """Who says so."""


class ServiceLevel(_Section):
    """A promise of latency, from the moment a request is due to the last byte of its answer. Limits in seconds."""

    name: str
    p50_seconds: float | None = Field(None, gt=0)
    p95_seconds: float | None = Field(None, gt=0)
    p99_seconds: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if not self.limits:
            raise ValueError(
                f"the service level {self.name} promises nothing: set p50_seconds, p95_seconds or p99_seconds"
            )
        return self

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by `p50`, `p95` and `p99`."""
        limits = {"p50": self.p50_seconds, "p95": self.p95_seconds, "p99": self.p99_seconds}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def promise(self) -> str:
        """Such as `p95 within 0.64 s, p99 within 0.87 s`."""
        return ", ".join(f"{name} within {limit:g} s" for name, limit in self.limits.items())


class ServingSettings(_Section):
    """A load test: the rate sustained at each service level under Poisson arrivals, and a closed loop beside it."""

    engine: StudentEngineSettings = TransformersServeSettings()
    service_levels: tuple[ServiceLevel, ...] = Field(
        (ServiceLevel(name="patient", p95_seconds=5.0, p99_seconds=10.0),), min_length=1
    )
    """The sustained rate at the first is the student's rate in all tables."""
    warm_up_seconds: float = Field(3.0, gt=0)
    """Of each run, at its rate and with the real mix of prompts; not measured."""
    window_seconds: float = Field(20.0, gt=0)
    """Of each run, measured."""
    tail_seconds: float = Field(1.0, ge=0)
    """For which requests go on arriving behind the window, so that its last ones are served under load."""
    headline_seconds: float | None = Field(None, gt=0)
    """The window of one more run at the rate found for the first service level, which it has to pass."""
    runs: int = Field(1, gt=0)
    """Of every rate, with other arrivals. A rate passes if each run does."""
    tolerance: float = Field(0.12, gt=0)
    """How far the lowest rate that fails may be above the highest that passes, as a share of it."""
    client_processes: int = Field(1, gt=0)
    """Among which a rate is split. What they issue at most is measured first: it must be twice the rate of a point."""
    min_distinct_prompts: int = Field(200, gt=0)
    """So many that the server's cache has forgotten a prompt when it comes again."""
    offline_requests: int = Field(32, gt=0)
    """Sent all at once, which shows the most that the server gets done."""
    single_stream_requests: int = Field(5, gt=0)
    """Sent one by one, which shows the least latency."""
    concurrency: int = Field(16, gt=0)
    """Of the closed loop: requests in flight at any time."""
    warm_up_requests: int = Field(16, gt=0)
    """Of the closed loop: answers that come first and are not measured."""
    max_seconds: float = Field(10.0, gt=0)
    """Of the closed loop: how long to measure; less if there are no more questions to ask."""
    max_requests: int | None = Field(None, gt=0)
    """Of the closed loop: the most questions to ask, those for warming up included; by default all there are."""
    max_output_tokens: int | None = Field(None, gt=0)
    """The length at which an answer is cut off; what the task's own answers may need by default."""
    request_timeout_seconds: float = Field(120.0, gt=0)
    """After which a request is given up; in percentiles it counts as having taken so long, as all failed ones do."""
