"""Per-class figures: by hand, and as they must relate to each other."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.benchmark.statistics import NO_LABEL, ClassReport, per_class_report

LABELS = ["card", "cash", "fee", "loan"]


def figures(table: pd.DataFrame, row: str) -> list[float]:
    return list(table.T[row])


@pytest.fixture(scope="module")
def report() -> ClassReport:
    targets = ["card", "card", "card", "cash", "cash", "fee"]
    answers = ["card", "card", "cash", "cash", None, "Card?"]
    return per_class_report(targets, answers, LABELS)


class TestByHand:
    def test_figures_of_a_class(self, report: ClassReport) -> None:
        assert figures(report.classes, "card") == pytest.approx([1, 2 / 3, 4 / 5, 3])
        assert figures(report.classes, "cash") == pytest.approx([1 / 2, 1 / 2, 1 / 2, 2])

    def test_what_is_not_there_to_be_counted_is_nan(self, report: ClassReport) -> None:
        assert figures(report.classes, "fee") == pytest.approx([float("nan"), 0, 0, 1], nan_ok=True)
        assert figures(report.classes, "loan") == pytest.approx([float("nan")] * 3 + [0], nan_ok=True)

    def test_invalid_answers_have_a_column(self, report: ClassReport) -> None:
        assert list(report.confusion.columns) == [*LABELS, NO_LABEL]
        assert list(report.confusion.index) == LABELS
        assert report.confusion[NO_LABEL].to_list() == [0, 1, 1, 0]
        assert figures(report.confusion, "card") == [2, 1, 0, 0, 0]

    def test_averages(self, report: ClassReport) -> None:
        # Macro over card, cash and fee; micro: 3 hits, 4 answered with a label, 6 rows.
        assert figures(report.averages, "macro") == pytest.approx([1.5 / 3, (2 / 3 + 1 / 2) / 3, 1.3 / 3])
        assert figures(report.averages, "micro") == pytest.approx([3 / 4, 3 / 6, 2 * 3 / (6 + 4)])

    def test_nothing_but_invalid_answers(self) -> None:
        report = per_class_report(["card", "fee"], [None, "?"], LABELS)
        assert figures(report.averages, "macro") == [0, 0, 0]
        assert figures(report.averages, "micro") == pytest.approx([float("nan"), 0, 0], nan_ok=True)


class TestAnyRows:
    rows = st.lists(
        st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, "other", NO_LABEL, None])), min_size=1, max_size=30
    )

    @settings(deadline=None)
    @given(rows)
    def test_the_confusion_matrix_counts_every_row(self, rows: list[tuple[str, str | None]]) -> None:
        report = per_class_report([row[0] for row in rows], [row[1] for row in rows], LABELS)
        assert report.confusion.to_numpy().sum() == len(rows)
        assert report.classes["support"].to_dict() == {
            label: sum(target == label for target, _ in rows) for label in LABELS
        }

    @settings(deadline=None)
    @given(rows)
    def test_micro_recall_is_the_accuracy(self, rows: list[tuple[str, str | None]]) -> None:
        report = per_class_report([row[0] for row in rows], [row[1] for row in rows], LABELS)
        accuracy = sum(target == answer for target, answer in rows) / len(rows)
        assert report.averages.loc["micro", "recall"] == pytest.approx(accuracy)

    @settings(deadline=None)
    @given(st.lists(st.sampled_from(LABELS), min_size=1, max_size=30))
    def test_a_perfect_classifier_has_ones(self, targets: list[str]) -> None:
        report = per_class_report(targets, targets, LABELS)
        assert report.averages.to_numpy().ravel().tolist() == pytest.approx([1] * 6)


class TestErrors:
    def test_a_target_that_is_no_label_is_named(self) -> None:
        with pytest.raises(ValueError, match="no label: mortgage"):
            per_class_report(["card", "mortgage"], ["card", "card"], LABELS)

    def test_not_as_many_predictions_as_targets(self) -> None:
        with pytest.raises(ValueError, match="2 targets have 1 predictions"):
            per_class_report(["card", "cash"], ["card"], LABELS)

    def test_no_rows(self) -> None:
        with pytest.raises(ValueError, match="no rows"):
            per_class_report([], [], LABELS)

    def test_a_label_that_is_the_name_of_the_column_of_invalid_answers(self) -> None:
        with pytest.raises(ValueError, match="can't be a label"):
            per_class_report(["card"], ["card"], [*LABELS, NO_LABEL])
