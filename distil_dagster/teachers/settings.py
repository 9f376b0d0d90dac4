"""What profiles say about who writes the corpus. Imported by assets, so nothing heavy is here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from distil_dagster.serving.remote import RemoteAsking, RemoteModel
from distil_dagster.serving.settings import VllmServeSettings


class RecombinationSettings(BaseModel):
    """The teacher that needs no model and recombines the seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["recombination"]

    def deciding(self) -> dict[str, object]:
        """What its rows depend on, as plain JSON values."""
        return self.model_dump(mode="json")


class ModelTeacherSettings(RemoteAsking):
    """How a model writes rows, wherever it runs. What a task's `synthgen` says comes on top."""

    label_votes: int = Field(3, ge=0)
    """Blind answers to each row of a classification; the row is kept if all of them give its label (0: not asked)."""
    votes: int = Field(1, ge=0)
    """Blind answers to each row of any other kind."""
    smoke_rows: int = Field(64, ge=0)
    """Rows that are written and judged before all others (0: none are)."""
    most_smoke_failures: float = Field(0.5, ge=0, le=1)
    """The share of them that may be rejected; with more the run stops before it spends on the rest."""
    most_requested: float = Field(2.0, ge=1)
    """Rows asked for at most, as a multiple of `synthgen.generation_target`, which counts rows that pass."""
    send_temperature: bool = True
    """False for reasoning models, which refuse any temperature."""
    structured_output: bool = True
    """Whether a JSON schema is sent along; an endpoint that refuses it is asked without."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Sent along with every request, e.g. `{chat_template_kwargs: {enable_thinking: false}}`."""


class EndpointTeacherSettings(ModelTeacherSettings):
    """A model behind any OpenAI-compatible endpoint."""

    kind: Literal["endpoint"]
    endpoint: RemoteModel

    @field_validator("endpoint")
    @classmethod
    def _temperature_of_the_task(cls, endpoint: RemoteModel) -> RemoteModel:
        if endpoint.temperature is not None:
            raise ValueError(
                "temperature isn't used: synthgen.teacher_temperature of each task decides, or with send_temperature: "
                "false the endpoint itself"
            )
        return endpoint


class VllmTeacherSettings(ModelTeacherSettings):
    """An open-weight model that the pipeline serves itself with vLLM while it writes, on the pool of the GPU."""

    kind: Literal["vllm"]
    model: str = Field(min_length=1)
    """A folder with the weights, or a repository of the hub that is in the local cache."""
    engine: VllmServeSettings = VllmServeSettings()
    max_output_tokens: int = Field(4096, gt=0)
    """Thinking included."""
    concurrency: int = Field(128, gt=0)
    """Requests in flight at most."""


TeacherSettings = Annotated[
    RecombinationSettings | EndpointTeacherSettings | VllmTeacherSettings, Field(discriminator="kind")
]


def within_budget(teacher: TeacherSettings, dollars: float | None) -> TeacherSettings:
    """The teacher with so many dollars to spend; as it is if None.

    Raises:
        ValueError: for one that asks nobody.
    """
    if dollars is None:
        return teacher
    if isinstance(teacher, RecombinationSettings):
        raise ValueError(f"the teacher {teacher.kind} asks nobody and spends nothing: leave budget_dollars out")
    return teacher.model_copy(update={"budget_dollars": dollars})
