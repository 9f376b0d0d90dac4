"""What a tracker is told of a score is what its artifacts hold."""

from __future__ import annotations

import json

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore, trace
from distil_dagster.exports.tracked_run import tracked_run
from tests.reports.distilled_student import STUDENT, publish_scores
from tests.reports.test_model_card import publish_costs


def test_every_arm_has_its_accuracy_with_interval_and_n(store: ArtifactStore, scores: Artifact) -> None:
    metrics = tracked_run(store, scores).metrics
    assert [metrics[f"{arm}.accuracy"] for arm in ("base", "seeds_only", "distilled")] == [0.0, 0.45, 0.85]
    assert metrics["distilled.n_questions"] == 20
    assert metrics["distilled.accuracy_low"] == pytest.approx(0.640, abs=0.001)
    assert metrics["distilled.accuracy_high"] == pytest.approx(0.948, abs=0.001)


def test_arms_are_compared(store: ArtifactStore, scores: Artifact) -> None:
    metrics = tracked_run(store, scores).metrics
    assert metrics["distilled_less_seeds_only.difference"] == pytest.approx(0.4)
    assert metrics["distilled_less_seeds_only.low"] < 0.4 < metrics["distilled_less_seeds_only.high"]
    assert 0 < metrics["distilled_less_seeds_only.p_value"] < 0.05


def test_rate_and_dollars_are_those_of_the_student_once_it_is_priced(
    store: ArtifactStore, priced_scores: Artifact
) -> None:
    metrics = tracked_run(store, priced_scores).metrics
    assert metrics["serving.requests_per_second"] == 3.4
    assert metrics["serving.p95_seconds"] == 1.6
    dollars = {name: value for name, value in metrics.items() if name.startswith("dollars")}
    assert dollars == {
        "dollars_per_million.at_70_percent": 11.67,
        "dollars_per_million.at_70_percent_low": 9.5,
        "dollars_per_million.at_70_percent_high": 13.5,
        "dollars_per_million.at_70_percent_with_making": 12.0,
    }


def test_the_share_that_the_traffic_uses_is_called_traffic(store: ArtifactStore, scores: Artifact) -> None:
    publish_costs(store, scores, load="traffic", utilisation=0.123)
    assert tracked_run(store, scores).metrics["dollars_per_million.at_traffic"] == 11.67


def test_nothing_stands_in_for_what_was_not_measured(store: ArtifactStore, scores: Artifact) -> None:
    run = tracked_run(store, scores)
    assert not [name for name in run.metrics if name.startswith(("serving", "dollars"))]
    assert "model_card.md" not in run.texts


def test_costs_of_other_scores_are_left_out(store: ArtifactStore, scores: Artifact) -> None:
    seeds, merged = (store.input_of(scores, asset) for asset in ("seed_set", "merged_model"))
    assert seeds
    publish_costs(store, publish_scores(store, seeds, merged, concurrency=8))
    assert not [name for name in tracked_run(store, scores).metrics if name.startswith("dollars")]


def test_a_student_that_was_not_distilled_is_tracked_by_its_other_arms(store: ArtifactStore, scores: Artifact) -> None:
    seeds = store.input_of(scores, "seed_set")
    assert seeds
    metrics = tracked_run(store, publish_scores(store, seeds, None)).metrics
    assert {name.split(".")[0] for name in metrics} == {"base", "seeds_only", "seeds_only_less_base"}


def test_the_training_is_a_curve_by_steps(store: ArtifactStore, scores: Artifact) -> None:
    assert tracked_run(store, scores).curves == {
        "distilled.loss": [(1, 2.0), (2, 1.0)],
        "distilled.held_back_loss": [(2, 1.1)],
    }


def test_the_recipe_is_told_whole(store: ArtifactStore, scores: Artifact) -> None:
    params = tracked_run(store, scores).params
    assert params["distilled.recipe.lora_r"] == "4"
    assert params["student.base_model.package"] == "carrier-of-weights"
    assert params["benchmark.concurrency"] == "4"
    assert (params["student"], params["task"], params["teacher"]) == (STUDENT, "tiny", "recombination")


def test_every_artifact_behind_it_is_named_and_its_manifest_goes_with_it(
    store: ArtifactStore, priced_scores: Artifact
) -> None:
    run = tracked_run(store, priced_scores)
    behind = {step.artifact.manifest.recipe.asset: step.artifact.manifest for step in trace(store, priced_scores)}
    assert run.tags == {f"fingerprint.{asset}": manifest.fingerprint for asset, manifest in behind.items()}
    manifests = {json.loads(text)["recipe"]["asset"] for path, text in run.texts.items() if path.endswith(".json")}
    assert manifests == {*behind, "cost_table", "model_card"}
    assert run.texts["model_card.md"].startswith("---\nlicense: apache-2.0\n")


def test_equal_artifacts_are_one_run_and_other_costs_another(store: ArtifactStore, priced_scores: Artifact) -> None:
    first = tracked_run(store, priced_scores).identity
    assert tracked_run(store, priced_scores).identity == first
    publish_costs(store, priced_scores, dollars_per_million=12.0)
    assert tracked_run(store, priced_scores).identity != first
