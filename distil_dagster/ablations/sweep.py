"""Which learning rate suits a corpus: the one whose training leaves the lowest loss on the rows held back from it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from distil_dagster.students.settings import FinetuneSummary


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class SweepPoint(_Record):
    """One training: the full recipe but for its learning rate."""

    learning_rate: float
    of_the_recipe: bool
    """Whether it is the full recipe's own training."""
    held_back_loss: float
    """Mean loss per supervised token of the held-back rows, in nats, of the adapter that was kept."""
    last_loss: float
    """Of the rows of the last step."""
    steps: int
    seconds: float

    @classmethod
    def of(cls, learning_rate: float, summary: FinetuneSummary, *, of_the_recipe: bool) -> SweepPoint:
        """The point that a training makes."""
        return cls(
            learning_rate=learning_rate,
            of_the_recipe=of_the_recipe,
            held_back_loss=summary.kept_held_back_loss,
            last_loss=summary.last_loss,
            steps=summary.steps,
            seconds=summary.seconds,
        )


class SweepSummary(_Record):
    """All rates tried, the lowest first, and the one to take."""

    points: tuple[SweepPoint, ...]
    chosen: float
    reason: str


def swept(points: Sequence[SweepPoint]) -> SweepSummary:
    """Choose the rate with the lowest held-back loss; of equals, the lowest rate.

    All points must have been trained on the same rows with the same rows held back, and there must be one. The test set
    has no say in it.
    """
    ordered = sorted(points, key=lambda point: point.learning_rate)
    best = min(ordered, key=lambda point: point.held_back_loss)
    reason = f"{best.learning_rate:g} has the lowest held-back loss of {len(ordered)} rates, {best.held_back_loss:.4f}"
    own = next((point for point in ordered if point.of_the_recipe), None)
    if best.of_the_recipe:
        reason += "; it is the recipe's own"
    elif own:
        reason += f"; the recipe's own {own.learning_rate:g} has {own.held_back_loss:.4f}"
    if len(ordered) > 1 and best in (ordered[0], ordered[-1]):
        edge, beyond = ("lowest", "lower") if best is ordered[0] else ("highest", "higher")
        reason += f". It is the {edge} rate tried: a {beyond} one may be better"
    return SweepSummary(points=tuple(ordered), chosen=best.learning_rate, reason=reason)
