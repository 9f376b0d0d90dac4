"""The table of ablations: what each changes, what it scored, and how that differs from the full recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.ablations.arms import MeasuredArm, UnmeasuredArm
from distil_dagster.benchmark.statistics import Adjusted, PairedComparison, holm, paired_comparison, standing

TABLE, SUMMARY = "ablations.parquet", "summary.json"
WORDS = {
    "ahead": "better than the full recipe",
    "behind": "worse than the full recipe",
    "not distinguishable": "not distinguishable from the full recipe",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class AblationRow(_Record):
    """One line of the table. Shares and differences are in units of 1; None where there is no such number."""

    ablation: str
    difference_in_words: str
    corpus_rows: int | None = None
    """Different rows of the corpus in the training."""
    steps: int | None = None
    examples: int | None = None
    """Sequences seen in training, each time counted."""
    accuracy: float | None = None
    low: float | None = None
    """The ends of the 95 % interval of the accuracy."""
    high: float | None = None
    correct: int | None = None
    n_questions: int | None = None
    difference: float | None = None
    """Accuracy less that of the full recipe, on the same questions."""
    difference_low: float | None = None
    """The ends of the 95 % interval of the difference."""
    difference_high: float | None = None
    only_ablation: int | None = None
    """Questions that only the ablation answers right; likewise the full recipe."""
    only_full_recipe: int | None = None
    p_value: float | None = None
    """Of no difference: McNemar's exact test, or its form for clusters (`statistics.paired_comparison`)."""
    adjusted_p_value: float | None = None
    """By Holm, for all comparisons of the table; it decides."""
    method: str | None = None
    verdict: str
    by_size_alone: bool = False
    """Whether only the number of corpus rows tells it from the full recipe."""


class AblationTable(_Record):
    """The full recipe first, then what is compared with it."""

    metric: str
    question_noun: str
    rows: tuple[AblationRow, ...]

    @property
    def full_recipe(self) -> AblationRow:
        """What the others are compared with."""
        return self.rows[0]

    @property
    def by_size(self) -> tuple[AblationRow, ...]:
        """The rows that differ by the number of corpus rows alone, the fewest first."""
        sized = [row for row in self.rows if row.by_size_alone and row.corpus_rows is not None]
        return tuple(sorted(sized, key=lambda row: row.corpus_rows or 0))


def ablation_table(
    full: MeasuredArm, others: Sequence[MeasuredArm | UnmeasuredArm], *, metric: str, question_noun: str
) -> AblationTable:
    """Compare each arm with the full recipe, question by question.

    The p values are read together, so that they are adjusted for each other (Holm) before a verdict is given.

    Raises:
        ValueError: if an arm was not asked the very questions of the full recipe.
    """
    pairs = {
        arm.name: paired_comparison(arm.outcomes, full.outcomes, full.clusters)
        for arm in others
        if isinstance(arm, MeasuredArm)
    }
    adjusted = holm({name: pair.p_value for name, pair in pairs.items()})
    rows = [_measured(full, verdict="what the others are compared with")]
    for arm in others:
        if isinstance(arm, MeasuredArm):
            rows.append(_compared(arm, pairs[arm.name], adjusted[arm.name]))
        else:
            rows.append(
                AblationRow(
                    ablation=arm.name, difference_in_words=arm.difference, verdict=f"not measured: {arm.reason}"
                )
            )
    return AblationTable(metric=metric, question_noun=question_noun, rows=tuple(rows))


def write_table(table: AblationTable, output: Path) -> None:
    """Write the rows as Parquet and, last, the whole as `summary.json`."""
    import pandas as pd

    pd.DataFrame([row.model_dump() for row in table.rows]).to_parquet(output / TABLE, index=False)
    (output / SUMMARY).write_text(table.model_dump_json(indent=2))


def _compared(arm: MeasuredArm, pair: PairedComparison, adjusted: Adjusted) -> AblationRow:
    return _measured(arm, verdict=WORDS[standing(pair, adjusted)]).model_copy(
        update={
            "difference": pair.difference,
            "difference_low": pair.low,
            "difference_high": pair.high,
            "only_ablation": pair.only_first,
            "only_full_recipe": pair.only_second,
            "p_value": pair.p_value,
            "adjusted_p_value": adjusted.p_value,
            "method": pair.method,
        }
    )


def _measured(arm: MeasuredArm, *, verdict: str) -> AblationRow:
    trained = arm.trained_on
    return AblationRow(
        ablation=arm.name,
        difference_in_words=arm.difference,
        corpus_rows=trained.corpus_rows if trained else None,
        steps=trained.steps if trained else None,
        examples=trained.examples if trained else None,
        accuracy=arm.summary.accuracy,
        low=arm.summary.low,
        high=arm.summary.high,
        correct=arm.summary.correct,
        n_questions=arm.summary.n_questions,
        verdict=verdict,
        by_size_alone=arm.by_size_alone,
    )
