"""Recipes and fingerprints: the identity of an artifact, whatever machine or file it passes through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from distil_dagster.artifacts import FileRecord, InputRecord, Manifest, Recipe
from distil_dagster.artifacts.manifest import artifact_label, fingerprint, partition_key

names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
partitions = st.dictionaries(st.sampled_from(["task", "student", "reference"]), names, max_size=2)
inputs = st.builds(InputRecord, asset=names, partition=partitions, fingerprint=names)
recipes = st.builds(
    Recipe,
    asset=names,
    partition=partitions,
    inputs=st.lists(inputs, max_size=2).map(tuple),
    parameters=st.dictionaries(names, json_values, max_size=3),
    code_version=names,
)
files = st.lists(st.builds(FileRecord, path=names, bytes=st.integers(0), sha256=names), max_size=3).map(tuple)

SMALL = Recipe(asset="corpus", partition={"task": "home"}, inputs=(), parameters={"a": 1, "b": 2}, code_version="1")


@given(recipes, files)
def test_a_manifest_reads_back_with_the_same_identity(recipe: Recipe, records: tuple[FileRecord, ...]) -> None:
    manifest = Manifest(
        recipe=recipe,
        counts={"rows": 1},
        files=records,
        fingerprint=fingerprint(recipe, records),
        created_at=datetime.now(UTC),
        run_id="run",
        environment={},
    )
    read = Manifest.model_validate_json(manifest.model_dump_json(indent=2))
    assert read == manifest
    assert read.recipe.key == recipe.key
    assert fingerprint(read.recipe, read.files) == manifest.fingerprint


def test_a_manifest_from_before_times_were_recorded_can_still_be_read() -> None:
    manifest = Manifest(
        recipe=SMALL,
        counts={},
        files=(),
        fingerprint=fingerprint(SMALL, ()),
        created_at=datetime.now(UTC),
        run_id="run",
        environment={},
        seconds=1.5,
    )
    content = manifest.model_dump(mode="json")
    del content["seconds"]

    assert Manifest.model_validate(content) == manifest.model_copy(update={"seconds": None})


@pytest.mark.parametrize(
    "change",
    [
        {"asset": "other"},
        {"partition": {"task": "office"}},
        {"inputs": (InputRecord(asset="seed_set", partition={}, fingerprint="f"),)},
        {"parameters": {"a": 1, "b": 3}},
        {"parameters": {"a": True, "b": 2}},
        {"code_version": "2"},
    ],
)
def test_everything_in_a_recipe_counts(change: dict[str, Any]) -> None:
    assert SMALL.model_copy(update=change).key != SMALL.key


def test_the_order_of_parameters_and_dimensions_does_not_count() -> None:
    two = SMALL.model_copy(update={"partition": {"task": "home", "student": "small"}})
    turned = two.model_copy(update={"parameters": {"b": 2, "a": 1}, "partition": {"student": "small", "task": "home"}})
    assert turned.key == two.key


def test_the_fingerprint_covers_names_and_contents_and_not_time_or_run() -> None:
    file = FileRecord(path="a.txt", bytes=3, sha256="x")
    identity = fingerprint(SMALL, (file,))
    assert identity == fingerprint(SMALL.model_copy(), (file.model_copy(),))
    for changed in ({"path": "b.txt"}, {"sha256": "y"}):
        assert fingerprint(SMALL, (file.model_copy(update=changed),)) != identity
    assert fingerprint(SMALL, ()) != identity


def test_a_manifest_with_a_key_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Recipe.model_validate({**SMALL.model_dump(), "seed": 1})


@pytest.mark.parametrize(
    ("partition", "key", "label"),
    [
        ({}, "", "leaderboard"),
        ({"task": "home"}, "home", "leaderboard[home]"),
        ({"task": "home", "student": "small"}, "small|home", "leaderboard[small|home]"),
        ({"task": "home", "reference": "gpt-5-nano"}, "gpt-5-nano|home", "leaderboard[gpt-5-nano|home]"),
    ],
)
def test_partitions_are_written_as_dagster_writes_them(partition: dict[str, str], key: str, label: str) -> None:
    assert partition_key(partition) == key
    assert artifact_label("leaderboard", partition) == label
