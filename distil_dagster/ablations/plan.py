"""What is to be measured of a profile's ablations on one task, and what can't be; the record of `ablation_adapters`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.ablations.settings import Ablation, FewShotAblation
from distil_dagster.ablations.trainings import FullTraining, NothingToAblate, Training, ablated_training
from distil_dagster.benchmark.few_shot import FewShotSettings


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class PlannedAblation(_Record):
    """One ablation: by what it is measured, or why it isn't."""

    name: str
    difference: str
    """What differs from the full recipe, in words."""
    training: str | None = None
    """The key of its training (`trainings.training_key`); None where nothing is trained."""
    few_shot: FewShotSettings | None = None
    """How the base model is asked; None unless that is the ablation."""
    by_size_alone: bool = False
    """Whether it differs from the full recipe only by the number of corpus rows."""
    not_measured: str | None = None
    """Why it makes no sense for the task; None where it does."""


class AblationPlan(_Record):
    """The ablations of one student on one task, in the profile's order."""

    ablations: tuple[PlannedAblation, ...]


def plan_ablations(
    ablations: Mapping[str, Ablation],
    full: FullTraining,
    *,
    key: Callable[[Training], str],
    unvaried_corpus: Path | None = None,
) -> tuple[AblationPlan, dict[str, Training]]:
    """What each ablation comes to on a task, and the trainings that these need, by their keys.

    Ablations that come to the same training share it. See `ablated_training` for the corpus without mutators.
    """
    planned: list[PlannedAblation] = []
    trainings: dict[str, Training] = {}
    for name, ablation in ablations.items():
        if isinstance(ablation, FewShotAblation):
            few_shot = FewShotSettings.model_validate(ablation.model_dump())
            planned.append(PlannedAblation(name=name, difference=ablation.difference, few_shot=few_shot))
            continue
        try:
            training = ablated_training(ablation, full, unvaried_corpus=unvaried_corpus)
        except NothingToAblate as reason:
            planned.append(PlannedAblation(name=name, difference=ablation.difference, not_measured=str(reason)))
            continue
        found = key(training)
        trainings[found] = training
        planned.append(
            PlannedAblation(
                name=name,
                difference=ablation.difference,
                training=found,
                by_size_alone=ablation.by_size_alone,
            )
        )
    return AblationPlan(ablations=tuple(planned)), trainings
