"""The table on answers made by hand, so that every number in it can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.ablations.arms import MeasuredArm, TrainedOn, UnmeasuredArm
from distil_dagster.ablations.table import AblationTable, ablation_table, write_table
from distil_dagster.benchmark.settings import ArmSummary


def arm(name: str, right: Sequence[int], *, corpus_rows: int | None = None, by_size_alone: bool = False) -> MeasuredArm:
    """An arm that answers these of its questions right (1) or wrong (0); each question stands alone."""
    correct = sum(right)
    summary = ArmSummary(
        arm=name,
        correct=correct,
        n_questions=len(right),
        n_clusters=len(right),
        accuracy=correct / len(right),
        low=0.1,
        high=0.9,
        clusters_right=correct,
        cluster_accuracy=correct / len(right),
        cluster_low=0.1,
        cluster_high=0.9,
        metrics={},
        verdicts={},
        valid_share=1.0,
        mean_input_tokens=1.0,
        mean_output_tokens=1.0,
    )
    return MeasuredArm(
        name=name,
        difference=f"what {name} changes",
        summary=summary,
        outcomes={f"q{number}": float(outcome) for number, outcome in enumerate(right)},
        clusters={f"q{number}": f"q{number}" for number in range(len(right))},
        trained_on=None if corpus_rows is None else TrainedOn(corpus_rows=corpus_rows, steps=7, examples=56),
        by_size_alone=by_size_alone,
    )


FULL = arm("full_recipe", [1] * 16 + [0] * 4, corpus_rows=400, by_size_alone=True)


def table(*arms: MeasuredArm | UnmeasuredArm) -> AblationTable:
    return ablation_table(FULL, arms, metric="exact", question_noun="question")


def test_the_difference_is_that_of_the_same_questions_with_mcnemars_p_value() -> None:
    # Of 20 questions: 6 that only the full recipe answers right, 1 that only the ablation does.
    ablated = arm("half_corpus", [0] * 6 + [1] * 10 + [1] + [0] * 3, corpus_rows=200)
    (_, row) = table(ablated).rows
    assert (row.correct, row.n_questions, row.accuracy) == (11, 20, 0.55)
    assert row.difference == pytest.approx(-0.25)
    assert (row.only_ablation, row.only_full_recipe) == (1, 6)
    # McNemar's exact p: twice the chance of at most 1 of 7 tosses, 2 * (1 + 7) / 2**7.
    assert row.p_value == pytest.approx(0.125)
    assert row.difference_low is not None
    assert row.difference_high is not None
    assert row.difference_low < -0.25 < row.difference_high
    assert row.verdict == "not distinguishable from the full recipe"
    assert (row.corpus_rows, row.steps, row.examples) == (200, 7, 56)


def test_a_verdict_pays_for_all_comparisons_of_the_table() -> None:
    # 6 questions lost and none won: p is 2 / 2**6 = 0.031, which is enough alone, and not among three comparisons.
    worse = arm("rank_8", [0] * 6 + [1] * 10 + [0] * 4)
    (_, alone) = table(worse).rows
    assert alone.p_value == pytest.approx(0.03125)
    assert alone.verdict == "worse than the full recipe"
    same = [arm(name, [1] * 16 + [0] * 4) for name in ("a", "b")]
    among = table(worse, *same).rows[1]
    assert among.adjusted_p_value == pytest.approx(3 * 0.03125)
    assert among.verdict == "not distinguishable from the full recipe"
    assert among.difference == alone.difference


def test_an_arm_that_is_better_is_said_to_be() -> None:
    full = arm("full_recipe", [0] * 10 + [1] * 10)
    (_, row) = ablation_table(full, [arm("rank_64", [1] * 20)], metric="exact", question_noun="turn").rows
    assert row.verdict == "better than the full recipe"


def test_what_makes_no_sense_keeps_its_line_and_its_reason() -> None:
    rows = table(UnmeasuredArm("without_mutators", "no mutators", "there were none"), arm("rank_8", [1] * 20)).rows
    assert [row.ablation for row in rows] == ["full_recipe", "without_mutators", "rank_8"]
    assert rows[1].verdict == "not measured: there were none"
    assert rows[1].accuracy is rows[1].difference is rows[1].p_value is None


def test_an_arm_that_was_asked_other_questions_is_an_error() -> None:
    with pytest.raises(ValueError, match="no outcome for q19"):
        table(arm("rank_8", [1] * 19))


def test_the_sizes_come_in_their_order() -> None:
    seeds, half = (
        arm("seeds_only", [0] * 20, corpus_rows=0, by_size_alone=True),
        arm("half_corpus", [1] * 20, corpus_rows=200, by_size_alone=True),
    )
    other = arm("unfiltered_corpus", [1] * 20, corpus_rows=500)
    sizes = table(half, other, seeds).by_size
    assert [row.corpus_rows for row in sizes] == [0, 200, 400]


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    made = table(arm("rank_8", [1] * 20), UnmeasuredArm("without_mutators", "no mutators", "there were none"))
    write_table(made, tmp_path)
    assert AblationTable.model_validate_json((tmp_path / "summary.json").read_text()) == made
    assert pd.read_parquet(tmp_path / "ablations.parquet")["ablation"].tolist() == [
        "full_recipe",
        "rank_8",
        "without_mutators",
    ]
