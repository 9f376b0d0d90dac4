"""What is measured of a profile's ablations, and what is said of those that make no sense."""

from __future__ import annotations

from distil_dagster.ablations.plan import plan_ablations
from distil_dagster.ablations.settings import FewShotAblation, TrainingAblation
from distil_dagster.ablations.trainings import FullTraining, Training, training_key


def test_every_ablation_is_planned_in_the_profiles_order_and_said_of_what_cannot_be_had(full: FullTraining) -> None:
    def key(training: Training) -> str:
        return training_key(full.task, training, student="a student", device="cpu", code_version="1")

    plan, trainings = plan_ablations(
        {
            "few_shot": FewShotAblation(shots=3),
            "half_corpus": TrainingAblation(corpus_share=0.5),
            "without_mutators": TrainingAblation(corpus="without_mutators"),
            "the_half_again": TrainingAblation.model_validate({"corpus_share": 0.5, "recipe": {"lora_r": 4}}),
            "rank_4": TrainingAblation.model_validate({"recipe": {"lora_r": 4}}),
        },
        full,
        key=key,
    )
    few_shot, half, without_mutators, again, rank = plan.ablations
    assert few_shot.few_shot is not None
    assert few_shot.few_shot.shots == 3
    assert (few_shot.training, half.few_shot) == (None, None)
    assert half.by_size_alone
    assert (without_mutators.training, rank.training) == (None, None)
    assert "under a mutator" in (without_mutators.not_measured or "")
    assert "training of the full recipe" in (rank.not_measured or "")
    # The same rows by the same recipe are trained on once, whatever the two ablations are called.
    assert again.training == half.training
    assert list(trainings) == [half.training]
