from __future__ import annotations

import pytest
from pydantic import ValidationError

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks.settings import TuningSettings


@pytest.mark.parametrize(
    ("dtype", "steps", "steps_in_float32", "expected"),
    [
        ("float32", None, 40, 40),
        ("float32", 30, 40, 30),
        ("float32", 50, 40, 40),
        ("bfloat16", 50, 40, 50),
        ("bfloat16", None, 40, None),
        ("float32", None, None, None),
    ],
)
def test_a_recipe_may_take_fewer_steps_where_each_takes_longer(
    dtype: str, steps: int | None, steps_in_float32: int | None, expected: int | None
) -> None:
    recipe = FinetuneRecipe(max_steps=steps, max_steps_in_float32=steps_in_float32)
    assert recipe.on(dtype, tokens_per_step=100).max_steps == expected


def test_what_a_folder_sets_under_tuning_goes_before_the_profile_and_its_defaults_do_not() -> None:
    recipe = FinetuneRecipe(lora_r=16, learning_rate=2e-3, per_step_examples=8, seed_share=0.25)
    assert recipe.tuned(TuningSettings()) == recipe
    tuning = TuningSettings(learning_rate=1e-4, per_device_train_batch_size=2, gradient_accumulation_steps=3)
    changed = {"learning_rate": 1e-4, "per_step_examples": 6}
    assert recipe.tuned(tuning) == recipe.model_copy(update=changed)


@pytest.mark.parametrize(
    ("setting", "value"), [("use_lora", False), ("rlvr_dataset_size", 0.5), ("num_few_shot_examples_student", 2)]
)
def test_a_published_setting_that_is_not_done_here_is_refused_and_not_ignored(setting: str, value: float) -> None:
    with pytest.raises(ValidationError, match="leave it out, or set it to"):
        TuningSettings.model_validate({setting: value})


@pytest.mark.parametrize(("max_tokens", "expected"), [(None, 40), (1000, 10), (9000, 40), (1, 1)])
def test_a_recipe_may_take_fewer_steps_where_the_rows_are_long(max_tokens: int | None, expected: int) -> None:
    recipe = FinetuneRecipe(max_steps=40, max_tokens=max_tokens)
    assert recipe.on("bfloat16", tokens_per_step=100).max_steps == expected
