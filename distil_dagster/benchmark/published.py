"""Accuracies that others have published of references: shown where nothing is measured, and always as published."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedFigure(_Section):
    """One published accuracy."""

    task: str
    """The task of ours that is made after the one it was measured on."""
    reference: str
    """The slug of the profiles."""
    accuracy: float = Field(ge=0, le=1)
    source: str
    """The publication."""
    measured: str
    """By which metric and on what."""

    def __str__(self) -> str:
        """The figure with its label, as it is shown."""
        return f"{self.accuracy:.1%} published by {self.source} ({self.measured})"


class _Source(_Section):
    title: str


class _Published(_Section):
    sources: dict[str, _Source]
    figures: tuple[PublishedFigure, ...]


@cache
def published_figures() -> tuple[PublishedFigure, ...]:
    """All figures known, each with its source's full title."""
    text = files("distil_dagster.benchmark").joinpath("published.yaml").read_text(encoding="utf-8")
    content = _Published.model_validate(yaml.safe_load(text))
    return tuple(
        figure.model_copy(update={"source": content.sources[figure.source].title}) for figure in content.figures
    )


def published_figure(task: str, reference: str) -> PublishedFigure | None:
    """What was published of a reference on a task, or None."""
    return next(
        (figure for figure in published_figures() if (figure.task, figure.reference) == (task, reference)), None
    )
