"""From an artifact back to its rows, by manifests alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distil_dagster.artifacts import Artifact, ArtifactStore, MissingArtifact, trace

Make = Callable[..., Artifact]


def names(store: ArtifactStore, artifact: Artifact) -> list[str]:
    return [step.artifact.manifest.recipe.asset for step in trace(store, artifact)]


def assert_inputs_come_later(store: ArtifactStore, artifact: Artifact) -> None:
    steps = trace(store, artifact)
    place = {step.artifact.manifest.fingerprint: number for number, step in enumerate(steps)}
    depth = {step.artifact.manifest.fingerprint: step.depth for step in steps}
    assert len(place) == len(steps)
    assert [step.depth for step in steps] == sorted(step.depth for step in steps)
    for step in steps:
        for record in step.artifact.manifest.recipe.inputs:
            assert place[record.fingerprint] > place[step.artifact.manifest.fingerprint]
            assert depth[record.fingerprint] > step.depth


def test_an_artifact_without_inputs_is_its_own_trace(store: ArtifactStore, make: Make) -> None:
    (step,) = trace(store, make(store, "seed_set"))
    assert (step.artifact.manifest.recipe.asset, step.depth) == ("seed_set", 0)


def test_a_chain_is_walked_from_the_end_to_the_beginning(store: ArtifactStore, make: Make) -> None:
    seeds = make(store, "seed_set")
    corpus = make(store, "corpus", inputs=[seeds])
    adapter = make(store, "adapter", inputs=[corpus])
    steps = trace(store, adapter)
    assert [(step.artifact.manifest, step.depth) for step in steps] == [
        (adapter.manifest, 0),
        (corpus.manifest, 1),
        (seeds.manifest, 2),
    ]


def test_an_artifact_reached_on_two_ways_appears_once_behind_both(store: ArtifactStore, make: Make) -> None:
    seeds = make(store, "seed_set")
    left = make(store, "left", inputs=[seeds])
    right = make(store, "right", inputs=[seeds])
    top = make(store, "top", inputs=[left, right])
    assert names(store, top) == ["top", "left", "right", "seed_set"]


@pytest.mark.parametrize("seeds_first", [True, False])
def test_the_longer_way_decides_where_an_artifact_stands(store: ArtifactStore, make: Make, seeds_first: bool) -> None:
    seeds = make(store, "seed_set")
    corpus = make(store, "corpus", inputs=[seeds])
    adapter = make(store, "adapter", inputs=[corpus, seeds])
    order = [seeds, adapter] if seeds_first else [adapter, seeds]
    scores = make(store, "scores", inputs=order)
    assert names(store, scores) == ["scores", "adapter", "corpus", "seed_set"]
    assert_inputs_come_later(store, scores)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=st.lists(st.sets(st.integers(0, 6), max_size=3), min_size=1, max_size=7))
def test_no_input_ever_stands_before_what_was_made_from_it(
    store: ArtifactStore, make: Make, edges: list[set[int]]
) -> None:
    made: list[Artifact] = []
    for number, wanted in enumerate(edges):
        inputs = [made[index] for index in sorted(wanted) if index < number]
        made.append(make(store, f"asset{number}", inputs=inputs))
    assert_inputs_come_later(store, made[-1])


def test_it_follows_the_versions_named_and_not_those_in_force(store: ArtifactStore, make: Make) -> None:
    first = make(store, "seed_set", files={"a.txt": "one"})
    corpus = make(store, "corpus", inputs=[first])
    second = make(store, "seed_set", files={"a.txt": "two"})
    assert store.current("seed_set", {}).manifest == second.manifest
    assert [step.artifact.manifest for step in trace(store, corpus)] == [corpus.manifest, first.manifest]


def test_two_versions_of_one_asset_are_two_steps(store: ArtifactStore, make: Make) -> None:
    versions = [make(store, "seed_set", files={"a.txt": text}) for text in ("one", "two")]
    merged = make(store, "merged", inputs=versions)
    assert names(store, merged) == ["merged", "seed_set", "seed_set"]


def test_an_input_that_is_gone_is_named(store: ArtifactStore, make: Make) -> None:
    seeds = make(store, "seed_set", partition={"task": "home"})
    corpus = make(store, "corpus", inputs=[seeds])
    shutil.rmtree(Path(seeds.path.path))
    with pytest.raises(MissingArtifact, match=r"seed_set\[home\] .* is not in the store any more"):
        trace(store, corpus)
