"""What a profile may say about ablations, and what it is told when it says something else."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from distil_dagster.ablations.settings import Ablations, FewShotAblation, TrainingAblation
from distil_dagster.profile import load_profile

ABLATIONS: TypeAdapter[dict[str, FewShotAblation | TrainingAblation]] = TypeAdapter(Ablations)


def test_what_is_set_in_the_recipe_differs_and_nothing_else() -> None:
    read = ABLATIONS.validate_python({"rank_8": {"recipe": {"lora_r": 8}}, "shots": {"shots": 4}})
    rank, shots = read["rank_8"], read["shots"]
    assert isinstance(rank, TrainingAblation)
    assert rank.recipe_changes == {"lora_r": 8}
    assert rank.difference == "lora_r 8"
    assert not rank.by_size_alone
    assert isinstance(shots, FewShotAblation)
    assert "4 seeds" in shots.difference


def test_a_share_of_the_corpus_is_a_matter_of_size_alone_only_without_other_changes() -> None:
    assert TrainingAblation(corpus_share=0.5).by_size_alone
    assert TrainingAblation(corpus_share=0.5).difference == "50% of the corpus rows"
    assert not TrainingAblation.model_validate({"corpus_share": 0.5, "recipe": {"num_train_epochs": 2}}).by_size_alone
    assert not TrainingAblation(corpus_share=0.5, corpus="unfiltered").by_size_alone


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"nothing": {}}, "must differ from the full recipe"),
        ({"whole_corpus": {"corpus_share": 1.0}}, "must differ from the full recipe"),
        ({"seeds_only": {"corpus_share": 0.5}}, "seeds_only is the name of another row"),
        ({"rank_8": {"recipe": {"rank": 8}}}, "recipe.rank"),
        ({"no shots": {"shots": 4}}, "should match pattern"),
        ({"few": {"shots": 0}}, "greater than 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(content: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ABLATIONS.validate_python(content)


def test_the_profile_of_a_gpu_has_every_ablation_of_the_recipe_and_that_of_two_cores_two_trainings() -> None:
    assert set(load_profile("h100").ablations) == {
        "base_few_shot",
        "half_corpus",
        "quarter_corpus",
        "unfiltered_corpus",
        "without_mutators",
        "rank_8",
        "learning_rate_1e-4",
    }
    assert set(load_profile("embedded").ablations) == {"half_corpus", "quarter_corpus"}
    assert load_profile("h100").learning_rate_sweep == (1e-4, 3e-4, 1e-3)
