"""The checks of `synthetic_corpus`: reasons to doubt a corpus, each with the threshold that the profile sets."""

from collections.abc import Sequence

import dagster as dg

from assets.contamination import contamination_metadata
from assets.partitions import by_task
from distil_dagster.artifacts import Artifact
from distil_dagster.corpus import CorpusSummary
from distil_dagster.corpus.contamination import read_contamination
from distil_dagster.corpus.quality import QualityThresholds


def _spec(name: str, description: str, *, blocking: bool = False) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name, asset="synthetic_corpus", partitions_def=by_task, blocking=blocking, description=description
    )


CORPUS_CHECKS = [
    _spec("no_contamination", "No kept row asks a question of the test set, or nearly one.", blocking=True),
    _spec("valid_answers", "Every kept answer is one that the task's declarations allow.", blocking=True),
    _spec("kept_share", "Of what the teacher wrote, enough passes the filters."),
    _spec("balance", "No tool or class has far more rows than its share, and none has no rows."),
    _spec("distinct", "The kept rows say different things."),
    _spec("agreement", "Asked blind, the teacher mostly answers as the row does."),
]


def corpus_checks(artifact: Artifact, thresholds: QualityThresholds) -> Sequence[dg.AssetCheckResult]:
    """The verdicts, read off the finished artifact."""
    quality = artifact.summary(CorpusSummary).quality
    report = read_contamination(artifact.local())
    largest, without = quality.largest_label_share, len(quality.labels_without_rows)
    return [
        dg.AssetCheckResult(
            check_name="no_contamination",
            passed=not any(report.cell("corpus", "tests", level).rows for level in ("exact", "near")),
            metadata=contamination_metadata(report, "corpus", "tests"),
        ),
        dg.AssetCheckResult(
            check_name="valid_answers",
            passed=quality.invalid_kept == 0,
            metadata={"invalid_rows": quality.invalid_kept},
        ),
        _warning(
            "kept_share",
            _at_least(quality.kept_share, thresholds.min_kept_share),
            {"kept_share": quality.kept_share, "at_least": thresholds.min_kept_share},
        ),
        _warning(
            "balance",
            (largest is None or largest <= thresholds.max_label_ratio)
            and without <= thresholds.max_labels_without_rows,
            {
                "largest_in_equal_shares": largest,
                "at_most": thresholds.max_label_ratio,
                "smallest_in_equal_shares": quality.smallest_label_share,
                "without_rows": ", ".join(quality.labels_without_rows) or "none",
            },
        ),
        _warning(
            "distinct",
            _at_least(quality.distinct_question_share, thresholds.min_distinct_share),
            {
                "distinct_questions": quality.distinct_question_share,
                "distinct_answers": quality.distinct_answer_share,
                "at_least": thresholds.min_distinct_share,
            },
        ),
        _warning(
            "agreement",
            _at_least(quality.agreement, thresholds.min_agreement),
            {"agreement": quality.agreement, "at_least": thresholds.min_agreement},
        ),
    ]


def _at_least(share: float | None, least: float) -> bool:
    """Where there is nothing to take a share of there is nothing to warn of."""
    return share is None or share >= least


def _warning(name: str, passed: bool, figures: dict[str, float | str | None]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            key: round(value, 4) if isinstance(value, float) else value if value is not None else "nothing to compare"
            for key, value in figures.items()
        },
    )
