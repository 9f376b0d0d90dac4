"""Which rows an ablation is trained on, when it makes no sense, and when two trainings are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from distil_dagster.ablations.settings import TrainingAblation
from distil_dagster.ablations.trainings import (
    FullTraining,
    NothingToAblate,
    Training,
    ablated_training,
    distinct_corpus_rows,
    training_key,
)
from distil_dagster.tasks import Row, Task
from tests.ablations.conftest import RECIPE, RECIPE_OF_24, full_training, timer, write_corpus


def corpus_rows(full: FullTraining, training: Training) -> set[str]:
    return {row.id for row in training.rows} - {row.id for row in full.task.seeds}


class TestShareOfTheCorpus:
    def test_half_the_rows_are_drawn_and_the_seeds_stay(self, full: FullTraining) -> None:
        half = ablated_training(TrainingAblation(corpus_share=0.5), full)
        assert len(corpus_rows(full, half)) == 20
        assert distinct_corpus_rows(full.task, half.rows) == 20
        assert half.rows[:50] == full.training.rows[:50] == (*full.task.seeds, *full.task.seeds)

    def test_a_quarter_is_a_part_of_the_half_which_is_a_part_of_what_the_full_recipe_draws(
        self, task: Task, corpus: Path
    ) -> None:
        full = full_training(task, corpus, RECIPE_OF_24)
        half = ablated_training(TrainingAblation(corpus_share=0.5), full)
        quarter = ablated_training(TrainingAblation(corpus_share=0.25), full)
        assert [len(corpus_rows(full, each)) for each in (full.training, half, quarter)] == [24, 12, 6]
        assert corpus_rows(full, quarter) < corpus_rows(full, half) < corpus_rows(full, full.training)

    def test_the_recipe_is_otherwise_that_of_the_full_training(self, full: FullTraining) -> None:
        half = ablated_training(TrainingAblation(corpus_share=0.5), full)
        assert half.recipe.model_copy(update={"max_corpus_turns": None, "seed_share": RECIPE.seed_share}) == RECIPE


class TestUnfilteredCorpus:
    def test_it_has_the_rows_that_filters_rejected(self, full: FullTraining) -> None:
        unfiltered = ablated_training(TrainingAblation(corpus="unfiltered"), full)
        assert len(corpus_rows(full, unfiltered)) == 60

    def test_a_row_that_asks_what_a_test_asks_never_comes_back_whatever_filter_rejected_it_first(
        self, task: Task, tmp_path: Path
    ) -> None:
        leak = timer(100)
        leaky = replace(task, tests=(*task.tests, Row(leak.question, leak.answer)))
        full = full_training(leaky, write_corpus(leaky, tmp_path / "leaky"), RECIPE)
        unfiltered = ablated_training(TrainingAblation(corpus="unfiltered"), full)
        assert leak.id not in corpus_rows(full, unfiltered)
        assert timer(103).id in corpus_rows(full, unfiltered)

    def test_where_only_what_must_be_rejected_was_there_is_nothing_to_ablate(self, task: Task, tmp_path: Path) -> None:
        leaks = tuple(timer(number) for number in range(100, 160, 3))
        leaky = replace(task, tests=(*task.tests, *leaks))
        corpus = write_corpus(leaky, tmp_path / "leaky", rejected_by="test_contamination")
        full = full_training(leaky, corpus, RECIPE)
        with pytest.raises(NothingToAblate, match="rejected no row"):
            ablated_training(TrainingAblation(corpus="unfiltered"), full)


class TestWithoutMutators:
    def test_a_corpus_that_was_written_without_any_says_so(self, full: FullTraining) -> None:
        with pytest.raises(NothingToAblate, match="no row of the corpus under a mutator"):
            ablated_training(TrainingAblation(corpus="without_mutators"), full)

    def test_the_rows_are_drawn_from_the_corpus_without_them(self, full: FullTraining, tmp_path: Path) -> None:
        unvaried = write_corpus(full.task, tmp_path / "unvaried")
        training = ablated_training(
            TrainingAblation(corpus="without_mutators", corpus_share=0.5), full, unvaried_corpus=unvaried
        )
        assert training.corpus == unvaried
        assert len(corpus_rows(full, training)) == 20


class TestTheSameTraining:
    def test_a_change_to_what_the_recipe_says_anyway_is_nothing_to_ablate(self, full: FullTraining) -> None:
        with pytest.raises(NothingToAblate, match="the training of the full recipe"):
            ablated_training(TrainingAblation.model_validate({"recipe": {"lora_r": 4}}), full)

    def key(self, full: FullTraining, training: Training, **others: str) -> str:
        said = {"student": {"base_model": "a"}, "device": "cpu", "code_version": "1", **others}
        return training_key(full.task, training, **said)  # type: ignore[arg-type]

    def test_another_corpus_with_the_same_rows_is_the_same_training(self, full: FullTraining, tmp_path: Path) -> None:
        moved = replace(full.training, corpus=tmp_path / "elsewhere")
        assert self.key(full, moved) == self.key(full, full.training)

    def test_more_test_rows_are_the_same_training(self, full: FullTraining) -> None:
        longer = replace(full, task=replace(full.task, tests=full.task.tests[:-1]))
        assert self.key(longer, full.training) == self.key(full, full.training)

    def test_another_row_order_recipe_instruction_student_or_code_is_another(self, full: FullTraining) -> None:
        training = full.training
        job = replace(full.task.job, description="Do something else.")
        told_otherwise = replace(full, task=replace(full.task, job=job))
        keys = [
            self.key(full, training),
            self.key(full, replace(training, rows=training.rows[:-1])),
            self.key(full, replace(training, rows=training.rows[::-1])),
            self.key(full, replace(training, recipe=RECIPE.model_copy(update={"learning_rate": 1e-4}))),
            self.key(told_otherwise, training),
            self.key(full, training, device="cuda"),
            self.key(full, training, code_version="2"),
            self.key(full, training, student="another"),
        ]
        assert len(set(keys)) == len(keys)
