"""A measurement that came out worse than the one before it fails its check, one that differs by chance does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from assets.regressions import no_dearer_than_before, no_slower_than_before, no_worse_than_before
from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.costs.tables import write_table
from distil_dagster.serving.summary import ServingSummary
from tests.reports.distilled_student import RIGHT, TASK, publish, publish_scores, publish_seeds


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path), scratch=tmp_path)


@pytest.fixture
def seeds(store: ArtifactStore, tiny_task_folder: Path) -> Artifact:
    return publish_seeds(store, tiny_task_folder)


def scores(store: ArtifactStore, seeds: Artifact, right: Mapping[str, int], concurrency: int) -> Artifact:
    return publish_scores(store, seeds, None, right={**RIGHT, **right}, concurrency=concurrency)


def rate(store: ArtifactStore, low: float | None, high: float | None) -> Artifact:
    """A serving profile whose sustained rate has this interval; one of a closed loop has none."""
    summary = ServingSummary(
        engine="transformers", engine_version="1", flags=(), device="a CPU", concurrency=1, warm_up_requests=1,
        requests=9, failed=0, seconds=9.0, requests_per_second=low or 1.0, requests_per_second_low=low,
        requests_per_second_high=high, p50_seconds=1.0, p95_seconds=1.0, p99_seconds=1.0, mean_input_tokens=9.0,
        mean_output_tokens=9.0, memory_mib=9.0, memory_measure="pss",
    )  # fmt: skip
    write = lambda output: (output / "summary.json").write_text(summary.model_dump_json())  # noqa: E731
    return publish(store, "serving_profile", write)


def priced(store: ArtifactStore, *dollars: float) -> Artifact:
    """A cost table of contenders a, b, ... at these dollars per million."""
    row = CostRow(
        contender="", kind="self-hosted", utilisation=1.0, dollars_per_million=1.0, requests_per_second=1.0,
        device_dollars_per_hour=1.0, input_price=None, output_price=None, input_tokens=1.0, output_tokens=1.0,
        accuracy=None, accuracy_low=None, accuracy_high=None, accuracy_origin=None, accuracy_source=None,
        origin="measured here", source="",
    )  # fmt: skip
    rows = [replace(row, contender=name, dollars_per_million=cost) for name, cost in zip("abc", dollars, strict=False)]
    write = lambda output: write_table(CostRow, rows, output / "cost_table.parquet")  # noqa: E731
    return publish(store, "cost_table", write, partition={"task": TASK})


def test_a_score_that_is_significantly_lower_fails_and_says_by_how_much(store: ArtifactStore, seeds: Artifact) -> None:
    scores(store, seeds, {}, 1)
    verdict = no_worse_than_before(store, scores(store, seeds, {"seeds_only": 1}, 2))
    assert not verdict.passed
    assert verdict.description == "seeds_only lost 8 and gained 0 of 20 questions"


@pytest.mark.parametrize("right", [7, 9, 15])
def test_one_that_is_lower_by_chance_or_higher_does_not(store: ArtifactStore, seeds: Artifact, right: int) -> None:
    scores(store, seeds, {}, 1)
    assert no_worse_than_before(store, scores(store, seeds, {"seeds_only": right}, 2)).passed


def test_the_first_score_has_nothing_to_be_compared_with(store: ArtifactStore, seeds: Artifact) -> None:
    verdict = no_worse_than_before(store, scores(store, seeds, {}, 1))
    assert verdict.passed
    assert "no version before" in str(verdict.description)


def test_a_rate_whose_interval_lies_below_the_former_one_fails(store: ArtifactStore) -> None:
    assert no_slower_than_before(store, rate(store, 5.0, 6.0)).passed
    verdict = no_slower_than_before(store, rate(store, 4.0, 4.9))
    assert not verdict.passed
    assert verdict.description == "4 requests/s (4 to 4.9), before 5 (5 to 6)"


def test_one_whose_interval_meets_the_former_one_does_not(store: ArtifactStore) -> None:
    rate(store, 5.0, 6.0)
    assert no_slower_than_before(store, rate(store, 4.0, 5.1)).passed


def test_a_rate_that_was_measured_otherwise_is_not_compared(store: ArtifactStore) -> None:
    rate(store, None, None)
    verdict = no_slower_than_before(store, rate(store, 4.0, 5.1))
    assert verdict.passed
    assert "closed loop, 1 at a time" in str(verdict.description)


def test_a_contender_that_costs_over_a_tenth_more_fails_and_is_named(store: ArtifactStore) -> None:
    assert no_dearer_than_before(store, priced(store, 1.0, 2.0)).passed
    assert no_dearer_than_before(store, priced(store, 1.09, 1.0)).passed
    verdict = no_dearer_than_before(store, priced(store, 1.1, 2.0, 9.0))
    assert not verdict.passed
    assert verdict.description == "b from $1.00 to $2.00"
