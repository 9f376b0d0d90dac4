"""How sure a score is, whether two differ, and what follows. Knows plain numbers, neither tasks nor files."""

from distil_dagster.benchmark.statistics.clustered import Interval, clustered_interval
from distil_dagster.benchmark.statistics.paired import PairedComparison, paired_comparison
from distil_dagster.benchmark.statistics.per_class import NO_LABEL, ClassReport, per_class_report
from distil_dagster.benchmark.statistics.repeats import RepeatSummary, SeedSpread, between_seeds, repeat_summary
from distil_dagster.benchmark.statistics.rows import Outcomes
from distil_dagster.benchmark.statistics.standing import Adjusted, Standing, holm, standing
from distil_dagster.benchmark.statistics.verdict import (
    Verdict,
    distillation_verdict,
    unpaired_difference,
    verdict_from_rows,
)

__all__ = [
    "NO_LABEL",
    "Adjusted",
    "ClassReport",
    "Interval",
    "Outcomes",
    "PairedComparison",
    "RepeatSummary",
    "SeedSpread",
    "Standing",
    "Verdict",
    "between_seeds",
    "clustered_interval",
    "distillation_verdict",
    "holm",
    "paired_comparison",
    "per_class_report",
    "repeat_summary",
    "standing",
    "unpaired_difference",
    "verdict_from_rows",
]
