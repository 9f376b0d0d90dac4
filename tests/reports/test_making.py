"""What it took to make a student is read from the artifacts behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore, Recipe
from distil_dagster.benchmark.judge_settings import JudgeReport
from distil_dagster.corpus import CorpusSummary
from distil_dagster.corpus.quality import CorpusQuality
from distil_dagster.costs.making import MakingStep
from distil_dagster.reports.making import making_steps
from distil_dagster.teachers.scores import TeacherSummary
from tests.reports.asked_reference import REFERENCE

STUDENT = "tiny-20m"
ENDPOINT = {"teacher": {"kind": "endpoint"}}


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


def publish(
    store: ArtifactStore,
    asset: str,
    summary: dict[str, Any] | None = None,
    *,
    inputs: Sequence[Artifact] = (),
    seconds: float | None = None,
    parameters: dict[str, Any] | None = None,
    further: dict[str, dict[str, Any]] | None = None,
) -> Artifact:
    """An artifact with these summaries, made in so many seconds."""
    recipe = Recipe(
        asset=asset,
        partition={"task": "tiny"},
        inputs=tuple(artifact.as_input for artifact in inputs),
        parameters=parameters or {},
        code_version="1",
    )
    with store.workspace(recipe) as workspace:
        for name, content in {"summary.json": summary or {}, **(further or {})}.items():
            path = workspace.draft / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content))
        return store.publish(recipe, workspace, {}, run_id="run", seconds=seconds)


def only(store: ArtifactStore, root: Artifact) -> MakingStep:
    (step,) = [
        step
        for step in making_steps(store, STUDENT, [root], dollars_per_hour=3.6)
        if step.asset == root.manifest.recipe.asset
    ]
    return step


def corpus_summary(dollars: float) -> dict[str, Any]:
    quality = CorpusQuality(
        generated=1,
        kept=1,
        invalid_kept=0,
        smallest_label_share=None,
        largest_label_share=None,
        labels_without_rows=(),
        distinct_question_share=1.0,
        distinct_answer_share=1.0,
        agreement=None,
    )
    summary = CorpusSummary(
        teacher="a-model",
        requested=1,
        exhausted=False,
        funnel={},
        kept_by_label={},
        test_utterances_said=0,
        quality=quality,
        spent_dollars=dollars,
    )
    return summary.model_dump(mode="json")


def test_recorded_time_costs_what_the_device_costs(store: ArtifactStore) -> None:
    step = only(store, publish(store, "merged_model", seconds=100.0))

    assert (step.stage, step.device_seconds, step.api_dollars) == ("training", 100.0, 0.0)
    assert step.device_dollars == pytest.approx(0.1)


def test_what_was_made_before_times_were_recorded_has_none(store: ArtifactStore) -> None:
    step = only(store, publish(store, "serving_profile"))

    assert step.device_seconds is step.device_dollars is None


@pytest.mark.parametrize(("recorded", "expected"), [(None, 90.0), (40.0, 90.0), (120.0, 120.0)])
def test_a_training_that_went_on_after_a_kill_counts_by_its_own_clock_over_all_random_seeds(
    store: ArtifactStore, recorded: float | None, expected: float
) -> None:
    adapter = publish(
        store,
        "lora_adapter",
        {"seconds": 60.0},
        seconds=recorded,
        further={"training_seed_1/summary.json": {"seconds": 30.0}},
    )

    assert only(store, adapter).device_seconds == expected


def test_a_teacher_behind_an_endpoint_costs_money_and_no_time_of_the_device(store: ArtifactStore) -> None:
    step = only(store, publish(store, "synthetic_corpus", corpus_summary(4.5), seconds=100.0, parameters=ENDPOINT))

    assert (step.stage, step.device_seconds, step.api_dollars) == ("teacher", 0.0, 4.5)


@pytest.mark.parametrize(
    ("spent", "parameters", "expected"), [(0.2, ENDPOINT, 0.2), (None, ENDPOINT, None), (None, {}, 0.0)]
)
def test_what_a_teacher_spent_on_the_test_set_is_known_if_it_was_recorded(
    store: ArtifactStore, spent: float | None, parameters: dict[str, Any], expected: float | None
) -> None:
    summary = TeacherSummary(teacher="t", is_model=True, questions=2, answered=1, right=1, spent_dollars=spent)

    assert (
        only(store, publish(store, "teacher_scores", summary.model_dump(), parameters=parameters)).api_dollars
        == expected
    )


def test_a_summary_that_cannot_be_read_any_more_records_nothing(store: ArtifactStore) -> None:
    assert only(store, publish(store, "synthetic_corpus", {"written_by": "an old version"})).api_dollars is None


def test_references_and_judges_count_by_what_they_were_paid(store: ArtifactStore) -> None:
    judge = JudgeReport(
        model="j", prompt_sha256="0", metric="m", dollars_spent=0.5, usage_suspect=0, arms={}
    ).model_dump()

    step = only(
        store,
        publish(
            store, "reference_scores", REFERENCE.model_dump(mode="json"), seconds=100.0, further={"judge.json": judge}
        ),
    )

    assert (step.stage, step.device_seconds, step.api_dollars) == ("benchmark", 0.0, 1.75)


def test_all_that_lies_behind_is_counted_once_in_the_order_of_its_making(store: ArtifactStore) -> None:
    seeds = publish(store, "seed_set", seconds=1.0)
    merged = publish(store, "merged_model", inputs=[seeds], seconds=2.0)
    scores = publish(store, "benchmark_scores", inputs=[seeds, merged], seconds=3.0)
    serving = publish(store, "serving_profile", inputs=[seeds, merged], seconds=4.0)

    steps = making_steps(store, STUDENT, [scores, serving], dollars_per_hour=3.6)

    assert [step.asset for step in steps] == ["merged_model", "benchmark_scores", "serving_profile"]
    assert sum(step.device_seconds or 0 for step in steps) == 9
    assert {step.partition for step in steps} == {"tiny"}
