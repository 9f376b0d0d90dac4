"""Two versions of a score side by side: what they were made from, and which questions flipped."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.reports.score_difference import (
    latest_two,
    print_difference,
    score_difference,
    version_of,
)
from distil_dagster.tasks.seed_set import read_seed_set
from tests.reports.distilled_student import (
    OF_STUDENT,
    RIGHT,
    publish_merged,
    publish_scores,
    publish_seeds,
    write_weights,
)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


@pytest.fixture
def seeds(store: ArtifactStore, tiny_task_folder: Path) -> Artifact:
    return publish_seeds(store, tiny_task_folder)


@pytest.fixture
def merged(store: ArtifactStore, seeds: Artifact) -> Artifact:
    return publish_merged(store, seeds, write_weights)


def test_questions_that_flipped_are_named_with_both_answers(
    store: ArtifactStore, seeds: Artifact, merged: Artifact
) -> None:
    before = publish_scores(store, seeds, merged)
    after = publish_scores(store, seeds, merged, right={**RIGHT, "seeds_only": 7, "distilled": 18})
    difference = score_difference(store, before, after)
    examples = [example.id for example in read_seed_set(seeds.local()).test_examples]
    assert [(flip.arm, flip.example_id, flip.right_now) for flip in difference.flips] == [
        ("seeds_only", examples[7], False),
        ("seeds_only", examples[8], False),
        ("distilled", examples[17], True),
    ]
    assert difference.flips[2].predictions == ("no call", difference.flips[2].target)
    arms = {arm.arm: arm for arm in difference.arms}
    assert [(arms[name].right, arms[name].gained, arms[name].lost) for name in RIGHT] == [
        ((0, 0), 0, 0),
        ((9, 7), 0, 2),
        ((17, 18), 1, 0),
    ]
    assert arms["distilled"].difference == pytest.approx(0.05)
    assert difference.questions_in_one_only == 0


def test_only_what_differs_is_told_of_the_artifacts_behind(
    store: ArtifactStore, seeds: Artifact, merged: Artifact
) -> None:
    before = publish_scores(store, seeds, merged)
    after = publish_scores(store, seeds, merged, concurrency=8)
    (changed,) = score_difference(store, before, after).artifacts
    assert changed.artifact == before.manifest.label
    assert changed.parameters == {"benchmark.concurrency": ("4", "8")}
    assert changed.code_versions == ("1", "1")
    assert changed.reasons == ["benchmark.concurrency 4 → 8"]


def test_artifacts_that_only_one_was_made_from_are_told(
    store: ArtifactStore, seeds: Artifact, merged: Artifact
) -> None:
    before = publish_scores(store, seeds, None)
    after = publish_scores(store, seeds, merged)
    difference = score_difference(store, before, after)
    assert [changed.artifact.split("[")[0] for changed in difference.artifacts] == [
        "benchmark_scores",
        "merged_model",
        "lora_adapter",
        "synthetic_corpus",
        "teacher_scores",
    ]
    assert difference.artifacts[1].reasons == ["only in the second"]
    assert [arm.arm for arm in difference.arms] == ["base", "seeds_only"]


def test_it_is_printed_with_what_changed_and_what_flipped(
    store: ArtifactStore, seeds: Artifact, merged: Artifact
) -> None:
    before = publish_scores(store, seeds, merged)
    after = publish_scores(store, seeds, merged, right={**RIGHT, "distilled": 5}, concurrency=8)
    output = io.StringIO()
    print_difference(score_difference(store, before, after), console=Console(file=output, width=200))
    printed = output.getvalue()
    assert "benchmark.concurrency 4 → 8" in printed
    assert "distilled: 17 → 5 of 20 right" in printed
    assert "right → wrong" in printed
    assert "and 2 more" in printed


def test_versions_are_found_by_how_their_fingerprint_begins(store: ArtifactStore, seeds: Artifact) -> None:
    with pytest.raises(ValueError, match="there is no version of benchmark_scores"):
        latest_two(store, "benchmark_scores", OF_STUDENT)
    before = publish_scores(store, seeds, None)
    with pytest.raises(ValueError, match="there is 1 version of benchmark_scores"):
        latest_two(store, "benchmark_scores", OF_STUDENT)
    after = publish_scores(store, seeds, None, concurrency=8)
    identity = before.manifest.fingerprint
    assert version_of(store, "benchmark_scores", OF_STUDENT, identity[:8]).manifest == before.manifest
    assert [each.manifest.fingerprint for each in latest_two(store, "benchmark_scores", OF_STUDENT)] == [
        identity,
        after.manifest.fingerprint,
    ]
    with pytest.raises(ValueError, match=rf"2 versions .* begin with ''; there are: {identity[:16]}"):
        version_of(store, "benchmark_scores", OF_STUDENT, "")
