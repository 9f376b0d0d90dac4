from __future__ import annotations

import pytest

from distil_dagster.students.settings import FinetuneRecipe


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


@pytest.mark.parametrize(("max_tokens", "expected"), [(None, 40), (1000, 10), (9000, 40), (1, 1)])
def test_a_recipe_may_take_fewer_steps_where_the_rows_are_long(max_tokens: int | None, expected: int) -> None:
    recipe = FinetuneRecipe(max_steps=40, max_tokens=max_tokens)
    assert recipe.on("bfloat16", tokens_per_step=100).max_steps == expected
