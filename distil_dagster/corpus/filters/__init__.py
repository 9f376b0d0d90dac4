"""The filters of generated rows, one file each. Adding one is a file and a line here."""

from distil_dagster.corpus.filters.copied_seed import copied_seed
from distil_dagster.corpus.filters.exact_duplicate import exact_duplicate
from distil_dagster.corpus.filters.execution import execution
from distil_dagster.corpus.filters.filter import Candidate, Filter, Rejections
from distil_dagster.corpus.filters.invalid_answer import invalid_answer
from distil_dagster.corpus.filters.near_duplicate import near_duplicate
from distil_dagster.corpus.filters.other_answer import other_answer
from distil_dagster.corpus.filters.semantic_duplicate import semantic_duplicate
from distil_dagster.corpus.filters.split_votes import split_votes
from distil_dagster.corpus.filters.test_contamination import test_contamination
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.corpus.filters.too_long import too_long
from distil_dagster.corpus.filters.unbalanced import unbalanced
from distil_dagster.corpus.filters.unreadable import unreadable

__all__ = ["FILTERS", "Candidate", "Filter", "Rejections", "Thresholds"]

FILTERS: dict[str, Filter] = {
    "unreadable": Filter(unreadable),
    "invalid_answer": Filter(invalid_answer),
    "execution": Filter(execution),
    "other_answer": Filter(other_answer),
    "split_votes": Filter(split_votes),
    "too_long": Filter(too_long),
    "exact_duplicate": Filter(exact_duplicate, among_rows=True),
    "copied_seed": Filter(copied_seed),
    "near_duplicate": Filter(near_duplicate, among_rows=True),
    "semantic_duplicate": Filter(semantic_duplicate, among_rows=True, by_default=False),
    "test_contamination": Filter(test_contamination),
    "unbalanced": Filter(unbalanced, among_rows=True),
}
