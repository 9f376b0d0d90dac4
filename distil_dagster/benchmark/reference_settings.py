"""What profiles say about scoring references, and what it found. Imported by assets, so nothing heavy is here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.serving.remote import RemoteAsking


class ReferenceScoringSettings(RemoteAsking):
    """How every reference of a profile is measured. Which questions it is asked is the benchmark's to say."""

    repeats: int = Field(3, gt=0)
    """How often each question is asked: an API answers otherwise from time to time."""


class ReferenceRunSettings(ReferenceScoringSettings):
    """The settings of one run: the arms of the students are asked the same questions."""

    max_questions: int | None = Field(None, gt=0)
    """As `BenchmarkSettings.max_questions`; likewise the seed."""
    sample_seed: int = 0


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RepeatScores(_Found):
    """The accuracy of each repeat of all questions, in 0..1."""

    mean: float
    standard_deviation: float | None
    """With n - 1; None for a single repeat."""
    values: tuple[float, ...]


class ReferenceSummary(_Found):
    """The score of one reference on one task. Shares are in 0..1, dollars are US dollars."""

    reference: str
    """Its slug."""
    display_name: str
    model: str
    """The model id that was asked for."""
    answering_models: tuple[str, ...]
    """The model ids that the endpoint said it answered with: an alias names a dated version here."""
    metric: str
    """The one that decides what is right."""
    question_noun: str
    cluster_noun: str | None
    test_rows: int
    asked_rows: int
    sample_seed: int | None
    """Under which the rows were drawn; None if all test rows were asked about."""
    n_questions: int
    """Different questions; each was asked as often as there are repeats."""
    n_clusters: int
    unanswered: Literal[0] = 0
    """Always none: a run that leaves a question open ends in an error and has no summary."""
    repeats: RepeatScores
    low: float
    """The ends of a 95 % interval of the mean over the repeats: what other questions might change. What other repeats
    might change is `repeats.standard_deviation`; the two don't add up to one."""
    high: float
    metrics: dict[str, float]
    """The mean of each metric over all rows."""
    verdicts: dict[str, int]
    """Of all rows, the most frequent first."""
    valid_share: float
    cut_off: int
    """Rows whose answer ended at `max_output_tokens`: these say little about the model."""
    mean_input_tokens: float
    mean_output_tokens: float
    """Thinking included."""
    mean_reasoning_tokens: float
    """As far as the provider tells."""
    usage_suspect: int
    """Rows whose usage the provider didn't report, or not believably. They are charged for the most they may cost."""
    dollars_spent: float
    """What the answers cost when they were asked, at the price book's prices; nothing was spent on recorded ones."""
    dollars_per_million_requests: float
    """As measured: with the provider's discount for cached input where it gave one."""
    price_source: str

    @property
    def accuracy(self) -> float:
        """The mean over the repeats."""
        return self.repeats.mean
