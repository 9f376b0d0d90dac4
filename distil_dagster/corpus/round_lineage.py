"""Which round comes next, told by the manifests of what was made: no state is kept anywhere else.

A corpus of round 0 was made from the seeds; one of a further round names the weak spots that it follows, these the
merged model that was asked, that the adapter, and that the corpus of the round before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.corpus.weak_spots import RoundGain, WeakSpots


def adapter_behind(store: ArtifactStore, spots: Artifact) -> Artifact:
    """The adapter whose student showed these weak spots."""
    merged = store.input_of(spots, "merged_model")
    adapter = store.input_of(merged, "lora_adapter") if merged else None
    assert adapter, "weak spots are those of a merged model, which is made from an adapter"
    return adapter


def corpus_behind(store: ArtifactStore, spots: Artifact) -> Artifact:
    """The corpus that the student trained on, and that holds the rows it was asked."""
    corpus = store.input_of(adapter_behind(store, spots), "synthetic_corpus")
    assert corpus, "weak spots are those of a student that trained on a corpus"
    return corpus


def spots_behind(store: ArtifactStore, corpus: Artifact) -> Artifact | None:
    """The weak spots that the last batch of a corpus follows; None of a corpus of round 0."""
    return store.input_of(corpus, "weak_spots")


def spots_to_follow(
    store: ArtifactStore,
    newest: Artifact,
    *,
    rounds: int,
    corpus_like: Mapping[str, Any],
    seeds: Artifact,
    code_version: str,
    trained_by: Mapping[str, Any],
) -> Artifact | None:
    """The weak spots that the corpus to be made follows; None if it is to be of round 0.

    They are those of the round before the last if the last was made already, so that it is made again. A corpus from
    other seeds, by another teacher or other settings, or a student trained otherwise, is no round before.

    Args:
        store: where all of it is.
        newest: the weak spots in force.
        rounds: how many there may be.
        corpus_like: parameters that the corpus before must have.
        seeds: what it must be made from.
        code_version: that it must be made by.
        trained_by: parameters that the student's adapter must have.

    Raises:
        MissingArtifact: if a version on the way is gone.
    """
    spots: Artifact | None = newest
    while spots is not None and spots.summary(WeakSpots).round >= rounds:
        spots = spots_behind(store, corpus_behind(store, spots))
    if spots is None:
        return None
    corpus = corpus_behind(store, spots).manifest.recipe
    comparable = (
        seeds.as_input in corpus.inputs
        and corpus.code_version == code_version
        and _has(corpus.parameters, corpus_like)
        and _has(adapter_behind(store, spots).manifest.recipe.parameters, trained_by)
    )
    return spots if comparable else None


def spots_before(store: ArtifactStore, adapter: Artifact) -> Artifact | None:
    """The weak spots of the round before an adapter's; None if there are none of this student, trained in this way."""
    corpus = store.input_of(adapter, "synthetic_corpus")
    spots = spots_behind(store, corpus) if corpus else None
    if spots is None or spots.manifest.recipe.partition != adapter.manifest.recipe.partition:
        return None
    same = adapter_behind(store, spots).manifest.recipe.parameters == adapter.manifest.recipe.parameters
    return spots if same else None


def gains(store: ArtifactStore, newest: Artifact) -> list[RoundGain]:
    """What each round up to the newest weak spots brought, the first round first."""
    found: list[RoundGain] = []
    spots: Artifact | None = newest
    while spots is not None:
        gain = spots.summary(WeakSpots).gain
        found += [gain] if gain else []
        spots = spots_behind(store, corpus_behind(store, spots))
    return found[::-1]


def _has(parameters: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(parameters.get(name) == value for name, value in wanted.items())
