"""Which sequences are trained on in which step: a pure function of the recipe, so that a run can resume anywhere."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.tasks import Row


def hold_back(rows: Sequence[Row], recipe: FinetuneRecipe) -> tuple[list[Row], list[Row]]:
    """Split rows into those to train on and those held back to choose the best checkpoint by.

    A row that stands several times is held back as a whole, or its copies would be in both parts.

    Raises:
        ValueError: if there are fewer than two distinct rows.
    """
    ids = sorted({row.id for row in rows})
    if len(ids) < 2:
        raise ValueError(f"training needs at least 2 different rows, one of them held back; there are {len(ids)}")
    count = min(max(1, round(len(ids) * recipe.train_eval_split)), recipe.max_held_back_rows, len(ids) - 1)
    chosen = set(random.Random(f"hold back {recipe.random_seed}").sample(ids, count))
    first_of_its_id = {row.id: row for row in rows}
    return [row for row in rows if row.id not in chosen], [first_of_its_id[row_id] for row_id in sorted(chosen)]


@dataclass(frozen=True)
class Schedule:
    """The order of training: epochs of shuffled sequences, joined and cut into steps of equal size."""

    sequences: int
    recipe: FinetuneRecipe

    @cached_property
    def steps(self) -> int:
        """How many optimiser steps are planned."""
        by_epochs = math.ceil(self._visits / self.recipe.per_step_examples)
        return min(by_epochs, self.recipe.max_steps or by_epochs)

    @property
    def _visits(self) -> int:
        return math.ceil(self.sequences * self.recipe.num_train_epochs)

    def indices(self, step: int) -> list[int]:
        """The sequences of a step, counted from 1; the last step may have fewer."""
        size = self.recipe.per_step_examples
        return [self._sequence(visit) for visit in range((step - 1) * size, min(step * size, self._visits))]

    def _sequence(self, visit: int) -> int:
        epoch, place = divmod(visit, self.sequences)
        return _shuffled(self.sequences, f"epoch {epoch} {self.recipe.random_seed}")[place]

    def learning_rate(self, step: int) -> float:
        """The learning rate of a step: a linear warm-up, then the recipe's decline towards 0 after the last step."""
        warmup = math.ceil(self.steps * self.recipe.warmup_ratio)
        if step <= warmup:
            return self.recipe.learning_rate * step / warmup
        done = (step - 1 - warmup) / max(1, self.steps - warmup)
        share = {"constant": 1.0, "linear": 1 - done, "cosine": 0.5 * (1 + math.cos(math.pi * done))}
        return self.recipe.learning_rate * share[self.recipe.learning_rate_scheduler]


@lru_cache(maxsize=2)
def _shuffled(count: int, seed: str) -> list[int]:
    return random.Random(seed).sample(range(count), count)


def passes(sequences: Sequence[EncodedSequence], *, max_tokens: int) -> Iterator[list[EncodedSequence]]:
    """Split the sequences of a step into forward passes that fit into memory, each of similar lengths.

    A pass has at most `max_tokens` tokens behind the prefix, or one sequence that is longer than that.
    """
    batch: list[EncodedSequence] = []
    tokens = 0
    for sequence in sorted(sequences, key=lambda sequence: len(sequence.tokens)):
        if batch and tokens + len(sequence.tokens) > max_tokens:
            yield batch
            batch, tokens = [], 0
        batch.append(sequence)
        tokens += len(sequence.tokens)
    if batch:
        yield batch
