"""The synthetic corpus: rows from a teacher, each kept or rejected for a reason that stays with it."""

from distil_dagster.corpus.curation import FILTERS, CurationSettings, Verdict, curate
from distil_dagster.corpus.synthesis import CorpusSettings, CorpusSummary, synthesise, task_contamination

__all__ = [
    "FILTERS",
    "CorpusSettings",
    "CorpusSummary",
    "CurationSettings",
    "Verdict",
    "curate",
    "synthesise",
    "task_contamination",
]
