"""What profiles say about a benchmark, and what it found. Imported by assets, so nothing heavy is here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.serving.settings import TransformersServeSettings


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskingSettings(_Section):
    """How an endpoint is asked."""

    concurrency: int = Field(32, gt=0)
    """Requests in flight at most."""
    max_output_tokens: int = Field(96, gt=0)
    request_timeout_seconds: float = Field(180.0, gt=0)
    attempts: int = Field(5, gt=0)
    """How often a request is sent at most while the endpoint is busy, failing or unreachable."""


class BenchmarkSettings(AskingSettings):
    """How the arms of a student are measured."""

    engine: TransformersServeSettings = TransformersServeSettings()
    max_questions: int | None = Field(None, gt=0)
    """Ask so many questions at most, those of whole conversations drawn under the seed; all by default."""
    sample_seed: int = 0


class ArmSummary(_Section):
    """The score of one arm. Shares are in 0..1, `low` and `high` the ends of Wilson's 95 % interval."""

    arm: str
    correct: int
    """Turns answered right by the deciding metric."""
    n_turns: int
    n_conversations: int
    accuracy: float
    """correct / n_turns."""
    low: float
    """Turns of one conversation are not independent, so the interval over turns is somewhat too narrow."""
    high: float
    conversations_right: int
    """Conversations in which every turn is right."""
    conversation_accuracy: float
    conversation_low: float
    conversation_high: float
    binary_tool_call: float
    """Mean over turns; likewise the staged metric."""
    staged_tool_call: float
    valid_share: float
    """Share of the outputs that are a valid answer: readable, and allowed by the task's declarations."""
    mean_input_tokens: float
    """As the server counted them; likewise the output."""
    mean_output_tokens: float


class BenchmarkSummary(_Section):
    """The arms of a student on one task, all asked the same questions."""

    metric: str
    """The one that decides what is right."""
    test_conversations: int
    """Test rows of the task. Fewer were asked about if the arms' `n_conversations` is smaller."""
    sample_seed: int | None
    """Under which those were drawn; None if all test rows were asked about."""
    arms: tuple[ArmSummary, ...]

    def arm(self, name: str) -> ArmSummary:
        """The arm of this name. Raises KeyError if there is none."""
        for arm in self.arms:
            if arm.arm == name:
                return arm
        raise KeyError(name)
