"""The synthetic corpus: rows from a teacher, each kept or rejected for a reason that stays with it."""

from distil_dagster.corpus.curation import FILTERS, CurationSettings, Verdict, curate, test_questions_in
from distil_dagster.corpus.synthesis import CorpusSummary, synthesise

__all__ = ["FILTERS", "CorpusSummary", "CurationSettings", "Verdict", "curate", "synthesise", "test_questions_in"]
