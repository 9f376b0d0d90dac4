"""What profiles say about a benchmark, and what it found. Imported by assets, so nothing heavy is here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.serving.settings import StudentEngineSettings, TransformersServeSettings


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskingSettings(_Section):
    """How an endpoint is asked."""

    concurrency: int = Field(32, gt=0)
    """Requests in flight at most."""
    max_output_tokens: int | None = Field(None, gt=0)
    """The length at which an answer is cut off; what the task's own answers may need by default."""
    request_timeout_seconds: float = Field(180.0, gt=0)
    attempts: int = Field(5, gt=0)
    """How often a request is sent at most while the endpoint is busy, failing or unreachable."""


class BenchmarkSettings(AskingSettings):
    """How the arms of a student are measured."""

    engine: StudentEngineSettings = TransformersServeSettings()
    max_questions: int | None = Field(None, gt=0)
    """Ask so many questions at most, those of whole test rows drawn under the seed; all by default."""
    sample_seed: int = 0


class ArmSummary(_Section):
    """The score of one arm. Shares are in 0..1; `low` and `high` are the ends of a 95 % interval."""

    arm: str
    correct: int
    """Questions answered right by the deciding metric."""
    n_questions: int
    n_clusters: int
    """Conversations or schemas that the questions belong to; as many as questions where each stands alone."""
    accuracy: float
    """correct / n_questions."""
    low: float
    """By a bootstrap of whole clusters where there are such, else Wilson's: see `statistics.clustered_interval`."""
    high: float
    clusters_right: int
    """Clusters in which every question is right."""
    cluster_accuracy: float
    cluster_low: float
    """Wilson's, over clusters."""
    cluster_high: float
    metrics: dict[str, float]
    """The mean of each metric over the questions, strict, lenient and staged ones."""
    verdicts: dict[str, int]
    """How many answers were right, invalid, or wrong in which way; the most frequent first."""
    valid_share: float
    """Share of the outputs that are a valid answer: readable, and allowed by the task's declarations."""
    mean_input_tokens: float
    """As the server counted them; likewise the output."""
    mean_output_tokens: float


class ArmComparison(_Section):
    """Two arms on the same questions, the first less the second; see `statistics.PairedComparison`."""

    first: str
    second: str
    n: int
    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    difference: float
    low: float
    high: float
    p_value: float
    method: str


class ArmSpread(_Section):
    """An arm over several trainings that differ by their random seed alone."""

    arm: str
    values: tuple[float, ...]
    """The accuracy of each training; the first is the one that is served."""
    mean: float
    standard_deviation: float
    """Of the trainings on these questions, with n - 1."""
    low: float
    """What other questions would change: the 95 % interval of the mean over these trainings."""
    high: float


class BenchmarkSummary(_Section):
    """The arms of a student on one task, all asked the same questions."""

    metric: str
    """The one that decides what is right."""
    question_noun: str
    """What one question is called: a turn, a question."""
    cluster_noun: str | None
    """What questions of one cluster share: a conversation, a schema; None where each stands alone."""
    test_rows: int
    """Test rows of the task."""
    asked_rows: int
    """How many of them were asked about."""
    sample_seed: int | None
    """Under which those were drawn; None if all test rows were asked about."""
    arms: tuple[ArmSummary, ...]
    """Of the first training of each."""
    comparisons: tuple[ArmComparison, ...]
    spreads: tuple[ArmSpread, ...]
    """Of the arms that were trained more than once."""

    def arm(self, name: str) -> ArmSummary | None:
        """The arm of this name, or None if it was not measured."""
        return next((arm for arm in self.arms if arm.arm == name), None)

    def comparison(self, first: str, second: str) -> ArmComparison | None:
        """The comparison of these two arms, or None if one of them was not measured."""
        return next((pair for pair in self.comparisons if (pair.first, pair.second) == (first, second)), None)

    @property
    def best_arm(self) -> ArmSummary:
        """The arm that took the most training: distilled if there is one."""
        return self.arms[-1]
