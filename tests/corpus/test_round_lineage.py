"""Which round comes next is told by what was made, whoever made it and in whichever order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore, Recipe
from distil_dagster.corpus.round_lineage import gains, spots_before, spots_to_follow
from distil_dagster.corpus.weak_spots import RoundGain, WeakSpots

TASK, STUDENT = {"task": "a"}, {"task": "a", "student": "s"}
CORPUS = {"teacher": {"kind": "recombination"}, "count": 60}
TRAINING = {"student": {"licence": "x"}, "recipe": {"lora_r": 4}}


class Home:
    """A store with the rounds of one task and student."""

    def __init__(self, folder: Path) -> None:
        self.store = ArtifactStore(str(folder), scratch=folder)
        self.seeds = self.make("seed_set", TASK, text="seeds")

    def make(
        self,
        asset: str,
        partition: Mapping[str, str],
        inputs: Sequence[Artifact] = (),
        parameters: Mapping[str, Any] | None = None,
        text: str = "",
    ) -> Artifact:
        recipe = Recipe(
            asset=asset,
            partition=dict(partition),
            inputs=tuple(artifact.as_input for artifact in inputs),
            parameters=dict(parameters or {}),
            code_version="1",
        )
        with self.store.workspace(recipe) as workspace:
            (workspace.draft / "summary.json").write_text(text)
            return self.store.publish(recipe, workspace, {}, run_id="a run")

    def round(self, spots: Artifact | None = None, *, training: Mapping[str, Any] = TRAINING) -> Artifact:
        """Make the corpus that follows these weak spots, its student, and what that shows."""
        number = WeakSpots.model_validate_json((spots.local() / "summary.json").read_text()).round + 1 if spots else 0
        further = {"further_rows": 20} if spots else {}
        corpus = self.make("synthetic_corpus", TASK, [self.seeds, *([spots] if spots else [])], CORPUS | further)
        adapter = self.make("lora_adapter", STUDENT, [self.seeds, corpus], training)
        merged = self.make("merged_model", STUDENT, [self.seeds, adapter])
        return self.make("weak_spots", STUDENT, [merged, corpus], text=shown(number).model_dump_json())

    def following(self, newest: Artifact, *, rounds: int, **other: Any) -> Artifact | None:
        said: dict[str, Any] = {
            "corpus_like": CORPUS,
            "seeds": self.seeds,
            "code_version": "1",
            "trained_by": TRAINING,
        } | other
        return spots_to_follow(self.store, newest, rounds=rounds, **said)

    def adapter_of(self, spots: Artifact) -> Artifact:
        return self.store.current("lora_adapter", spots.manifest.recipe.partition)


def shown(number: int) -> WeakSpots:
    gain = RoundGain(
        round=number,
        question_noun="question",
        n=20,
        before=0.5,
        after=0.6,
        difference=0.1,
        low=-0.1,
        high=0.3,
        p_value=0.6,
        method="",
    )
    return WeakSpots(
        student="s",
        round=number,
        question_noun="question",
        asked=20,
        right=12,
        accuracy=0.6,
        low=0.4,
        high=0.8,
        error_share=0.4,
        designs=(),
        mutators=(),
        gain=gain if number else None,
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_after_a_round_the_next_follows_what_it_showed(home: Home) -> None:
    first = home.round()
    assert home.following(first, rounds=2) == first
    second = home.round(first)
    assert home.following(second, rounds=2) == second


def test_after_the_last_round_it_is_the_last_that_is_made_again(home: Home) -> None:
    first = home.round()
    second = home.round(first)
    assert home.following(second, rounds=1) == first
    assert home.following(home.round(second), rounds=2) == second


def test_fewer_rounds_than_were_made_lead_back_to_the_last_that_is_wanted(home: Home) -> None:
    first = home.round()
    third = home.round(home.round(first))
    assert home.following(third, rounds=1) == first


@pytest.mark.parametrize(
    "other",
    [
        {"corpus_like": CORPUS | {"count": 61}},
        {"corpus_like": CORPUS | {"teacher": {"kind": "endpoint"}}},
        {"corpus_like": CORPUS | {"held_back": {"share": 0.1}}},
        {"code_version": "2"},
        {"trained_by": TRAINING | {"recipe": {"lora_r": 8}}},
    ],
)
def test_what_was_made_otherwise_is_no_round_before(home: Home, other: dict[str, Any]) -> None:
    assert home.following(home.round(), rounds=1, **other) is None


def test_other_seeds_begin_anew(home: Home) -> None:
    spots = home.round()
    home.seeds = home.make("seed_set", TASK, text="other seeds")
    assert home.following(spots, rounds=1) is None


def test_a_round_is_compared_with_the_one_before_it(home: Home) -> None:
    first = home.round()
    assert spots_before(home.store, home.adapter_of(first)) is None
    assert spots_before(home.store, home.adapter_of(home.round(first))) == first


def test_a_student_that_is_trained_otherwise_is_not_compared(home: Home) -> None:
    second = home.round(home.round(), training=TRAINING | {"recipe": {"lora_r": 8}})
    assert spots_before(home.store, home.adapter_of(second)) is None


def test_the_gains_of_all_rounds_are_told_in_their_order(home: Home) -> None:
    newest = home.round(home.round(home.round()))
    assert [gain.round for gain in gains(home.store, newest)] == [1, 2]
