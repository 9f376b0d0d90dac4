from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.students.batching import Schedule, hold_back, passes
from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row


def rows(count: int, repeats: int = 1) -> list[Row]:
    return [Row(f"question {number}", "{}") for number in range(count)] * repeats


@given(st.integers(2, 60), st.integers(1, 3), st.floats(0.01, 0.99), st.integers(1, 20))
def test_no_row_is_both_trained_on_and_held_back(count: int, repeats: int, share: float, most: int) -> None:
    recipe = FinetuneRecipe(train_eval_split=share, max_held_back_rows=most)
    trained, held_back = hold_back(rows(count, repeats), recipe)
    assert not {row.id for row in trained} & {row.id for row in held_back}
    assert len({row.id for row in trained}) + len(held_back) == count
    assert 1 <= len(held_back) <= most
    assert trained
    assert set(Counter(row.id for row in trained).values()) == {repeats}


def test_which_rows_are_held_back_depends_on_the_seed_and_not_on_their_order() -> None:
    recipe = FinetuneRecipe(random_seed=1)
    _, chosen = hold_back(rows(50), recipe)
    _, reversed_order = hold_back(rows(50)[::-1], recipe)
    _, other_seed = hold_back(rows(50), FinetuneRecipe(random_seed=2))
    assert chosen == reversed_order
    assert chosen != other_seed


def test_a_single_distinct_row_is_too_few() -> None:
    with pytest.raises(ValueError, match="at least 2 different rows"):
        hold_back(rows(1, repeats=5), FinetuneRecipe())


@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 4))
def test_every_sequence_is_seen_once_an_epoch(sequences: int, size: int, epochs: int) -> None:
    schedule = Schedule(sequences, FinetuneRecipe(per_step_examples=size, num_train_epochs=epochs))
    seen = [index for step in range(1, schedule.steps + 1) for index in schedule.indices(step)]
    assert len(seen) == sequences * epochs
    for epoch in range(epochs):
        assert sorted(seen[epoch * sequences : (epoch + 1) * sequences]) == list(range(sequences))


def test_the_epochs_differ_in_their_order() -> None:
    schedule = Schedule(20, FinetuneRecipe(per_step_examples=20, num_train_epochs=2))
    assert schedule.indices(1) != schedule.indices(2)


@pytest.mark.parametrize(
    ("epochs", "max_steps", "steps"), [(1.0, None, 7), (0.5, None, 4), (3, None, 19), (3, 5, 5), (1, 9, 7)]
)
def test_the_steps_follow_from_epochs_and_their_limit(epochs: float, max_steps: int | None, steps: int) -> None:
    recipe = FinetuneRecipe(per_step_examples=16, num_train_epochs=epochs, max_steps=max_steps)
    assert Schedule(100, recipe).steps == steps


@pytest.mark.parametrize("scheduler", ["cosine", "linear", "constant"])
def test_the_learning_rate_rises_during_warm_up_and_never_rises_again(scheduler: str) -> None:
    recipe = FinetuneRecipe(learning_rate=0.1, learning_rate_scheduler=scheduler, warmup_ratio=0.1, per_step_examples=1)
    schedule = Schedule(100, recipe)
    rates = [schedule.learning_rate(step) for step in range(1, schedule.steps + 1)]
    assert rates[:10] == pytest.approx([0.01 * step for step in range(1, 11)])
    assert rates[10] == pytest.approx(0.1)
    assert all(after <= before for before, after in pairwise(rates[9:]))
    assert all(rate > 0 for rate in rates)
    assert rates[-1] == pytest.approx(0.1) if scheduler == "constant" else rates[-1] < 0.003


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.integers(1, 120))
def test_passes_hold_every_sequence_once_and_stay_within_the_limit(lengths: list[int], limit: int) -> None:
    sequences = [EncodedSequence(str(number), (0,) * length, (True,) * length) for number, length in enumerate(lengths)]
    batches = list(passes(sequences, max_tokens=limit))
    assert sorted(sequence.row_id for batch in batches for sequence in batch) == sorted(map(str, range(len(lengths))))
    assert all(len(batch) == 1 or sum(len(sequence.tokens) for sequence in batch) <= limit for batch in batches)
