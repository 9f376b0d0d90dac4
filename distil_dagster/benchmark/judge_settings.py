"""What profiles say about the LLM judge, and what it found. Imported by assets, so nothing heavy is here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.serving.remote import RemoteAsking, RemoteModel


class JudgeSettings(RemoteModel, RemoteAsking):
    """The model that judges answers where the task has instructions for it."""

    base_url: str
    temperature: float | None = Field(0.0, ge=0, le=2)
    """0, so that a verdict is the same next time; null for reasoning models, which refuse it."""


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agreement(_Found):
    """How often judge and deciding metric say the same, over the rows that have a readable verdict."""

    right_good: int
    """Right by the metric and good by the judge; the other three likewise."""
    right_bad: int
    wrong_good: int
    wrong_bad: int
    raw: float | None
    """The share of rows on which they agree; None if no verdict is readable."""
    kappa: float | None
    """Cohen's kappa (Cohen 1960): 0 is what chance alone gives, 1 is full agreement. None where one of the two says
    the same of all rows in agreement with the other, so that chance alone would agree fully."""


class JudgeSummary(_Found):
    """The judge's verdicts on the rows of one arm or reference. Shares are in 0..1."""

    n: int
    """Rows judged, repeats included."""
    good: int
    bad: int
    unparseable: int
    """Verdicts that could not be read. They are none, not good, and never left out."""
    share_good: float
    """good / n: a lower bound, since an unreadable verdict might have been good."""
    low: float
    """The ends of a 95 % interval of `share_good`."""
    high: float
    share_unparseable: float
    agreement: Agreement

    def __str__(self) -> str:
        """The share with what belongs to it, on one line."""
        kappa = "undefined" if self.agreement.kappa is None else f"{self.agreement.kappa:.2f}"
        return (
            f"{self.share_good:.1%} good ({self.low:.1%} to {self.high:.1%}), {self.unparseable} of {self.n} verdicts "
            f"unreadable, agreement with the metric: kappa {kappa}"
        )


class JudgeReport(_Found):
    """`judge.json`: all arms, judged by the same model with the same words."""

    model: str
    prompt_sha256: str
    """Of the template and the task's instructions, without the row."""
    metric: str
    """The deciding metric that the agreement is with."""
    dollars_spent: float
    """What the verdicts cost when they were asked for, at the price book's prices."""
    usage_suspect: int
    """Verdicts whose usage was not believable, and which are charged for the most they may cost."""
    arms: dict[str, JudgeSummary]
    """By the rows' `arm`."""
