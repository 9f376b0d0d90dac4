"""What was measured of one ablation, read from the folders that its worker and its training left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.ablations.settings import FULL_RECIPE, SEEDS_ONLY, ZERO_SHOT
from distil_dagster.ablations.trainings import distinct_corpus_rows
from distil_dagster.benchmark.few_shot import FILE as FEW_SHOT_FILE
from distil_dagster.benchmark.few_shot import FewShotSummary
from distil_dagster.benchmark.settings import ArmSummary, BenchmarkSummary
from distil_dagster.benchmark.statistics import Outcomes
from distil_dagster.students.settings import FinetuneSummary
from distil_dagster.tasks import Task
from distil_dagster.tasks.rows import content_sha256
from distil_dagster.tasks.seed_set import read_rows


class TrainedOn(BaseModel):
    """How much an adapter was trained on."""

    model_config = ConfigDict(frozen=True)

    corpus_rows: int
    """Different rows of the corpus; the seeds come on top."""
    steps: int
    examples: int
    """Sequences that it saw, each time counted; fewer than one epoch's if the recipe stops before."""


@dataclass(frozen=True)
class MeasuredArm:
    """An arm and its answers to the test questions."""

    name: str
    difference: str
    """What differs from the full recipe, in words."""
    summary: ArmSummary
    outcomes: Outcomes
    clusters: dict[str, str]
    """The cluster of each question, by its id."""
    trained_on: TrainedOn | None
    """None for a model that was not trained."""
    by_size_alone: bool = False
    """Whether it belongs to the plot of accuracy against corpus size."""


@dataclass(frozen=True)
class UnmeasuredArm:
    """An ablation that makes no sense for the task."""

    name: str
    difference: str
    reason: str


def measured_arm(
    scores: Path,
    arm: str,
    *,
    name: str,
    difference: str,
    trained_on: TrainedOn | None,
    by_size_alone: bool = False,
) -> MeasuredArm:
    """The first training of an arm among the scores of a folder.

    Raises:
        ValueError: if they hold no such arm.
    """
    import pandas as pd

    summary = BenchmarkSummary.model_validate_json((scores / "summary.json").read_text())
    found = summary.arm(arm)
    if found is None:
        raise ValueError(f"the arm {arm} was not asked: {', '.join(each.arm for each in summary.arms)} were")
    if (scores / FEW_SHOT_FILE).exists():
        read = FewShotSummary.model_validate_json((scores / FEW_SHOT_FILE).read_text())
        difference += f" ({len(read.seeds)} fit)"
    rows = pd.read_parquet(scores / "scores.parquet").query("arm == @arm and training_seed == 0")
    return MeasuredArm(
        name=name,
        difference=difference,
        summary=found,
        outcomes=dict(zip(rows["example_id"], rows[summary.metric], strict=True)),
        clusters=dict(zip(rows["example_id"], rows["cluster"], strict=True)),
        trained_on=trained_on,
        by_size_alone=by_size_alone,
    )


def trained_on(adapter: Path, task: Task) -> TrainedOn:
    """What the adapter in this folder was trained on."""
    import pyarrow.parquet as pq

    summary = FinetuneSummary.model_validate_json((adapter / "summary.json").read_text())
    seen = pq.read_table(adapter / "curve.parquet", columns=["examples"])["examples"].to_pylist()
    return TrainedOn(
        corpus_rows=distinct_corpus_rows(task, read_rows(adapter / "rows.parquet")),
        steps=summary.steps,
        examples=max(seen),
    )


def benchmark_arms(
    scores: Path, *, full_recipe: TrainedOn, seeds_only: TrainedOn
) -> tuple[MeasuredArm, tuple[MeasuredArm, ...]]:
    """The full recipe, and what the benchmark itself compares with it: the base model, and the seeds alone.

    Args:
        scores: the folder of the benchmark's scores.
        full_recipe: what the distilled student was trained on.
        seeds_only: what the student of the seeds alone was trained on.
    """
    return (
        measured_arm(scores, "distilled", name=FULL_RECIPE, difference="", trained_on=full_recipe, by_size_alone=True),
        (
            measured_arm(
                scores, "base", name=ZERO_SHOT, difference="base model, no seeds in the prompt", trained_on=None
            ),
            measured_arm(
                scores,
                "seeds_only",
                name=SEEDS_ONLY,
                difference="no corpus, by the profile's recipe for the seeds alone",
                trained_on=seeds_only,
                by_size_alone=True,
            ),
        ),
    )


def answers_key(asked: Mapping[str, object], sources: Sequence[str], *, code_version: str) -> str:
    """SHA-256 of all that decides an arm's answers: how it is asked, and fingerprints of what it is made from."""
    return content_sha256({"asked": asked, "sources": list(sources), "code_version": code_version})
