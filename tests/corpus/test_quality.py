"""The figures of a corpus, and the thresholds that they are held against."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from distil_dagster.corpus.curation import Verdict
from distil_dagster.corpus.quality import CorpusQuality, QualityThresholds, corpus_quality
from distil_dagster.tasks import Row, Task, load_task
from tests.corpus.parts import STOP, as_generated, generated, lights, plain


@pytest.fixture
def labels(tiny_classification_folder: Path) -> Task:
    return load_task(tiny_classification_folder)


def kept(*rows: Row) -> list[Verdict]:
    return [Verdict(as_generated(row)) for row in rows]


def test_what_is_kept_is_a_share_of_what_was_generated(task: Task) -> None:
    rejected = Verdict(plain(task, 9), "too_long", "too long")
    quality = corpus_quality(task, [*kept(*(plain(task, number).row for number in range(3))), rejected])
    assert (quality.generated, quality.kept, quality.kept_share) == (4, 3, 0.75)


def test_labels_are_counted_against_an_equal_share_of_those_declared(labels: Task) -> None:
    rows = [Row(f"text {number}", "card_lost") for number in range(6)]
    rows += [Row(f"word {number}", label) for label in ("top_up", "other") for number in range(2)]
    quality = corpus_quality(labels, kept(*rows))
    assert quality.largest_label_share == 3.0
    assert quality.smallest_label_share == 1.0
    assert quality.labels_without_rows == ("card_swallowed", "pin_blocked")


def test_tools_are_labels(task: Task) -> None:
    rows = [generated(task, (f"be quiet {number}", STOP)).row for number in range(3)]
    quality = corpus_quality(task, kept(*rows, generated(task, ("lights on", lights("hall"))).row))
    assert quality.labels_without_rows == ("set_timer",)
    assert quality.largest_label_share == pytest.approx(2.25)
    assert quality.smallest_label_share == pytest.approx(0.75)


def test_where_answers_have_no_labels_there_is_no_balance(tiny_open_book_folder: Path) -> None:
    texts = load_task(tiny_open_book_folder)
    quality = corpus_quality(texts, kept(*texts.seeds))
    assert quality.smallest_label_share is quality.largest_label_share is None
    assert quality.labels_without_rows == ()


def test_wordings_that_differ_by_case_and_punctuation_are_one(task: Task) -> None:
    said = ["lights on", "Lights on!", "lights off", "lights, on"]
    calls = [lights("hall"), lights("hall"), lights("hall", power="off"), lights("study")]
    quality = corpus_quality(
        task, kept(*(generated(task, (text, call)).row for text, call in zip(said, calls, strict=True)))
    )
    assert quality.distinct_question_share == 0.5
    assert quality.distinct_answer_share == 0.75


def test_wordings_are_those_of_all_turns(task: Task) -> None:
    opening = ("lights on", lights("hall"))
    rows = [generated(task, opening, (text, STOP)).row for text in ("stop", "enough")]
    assert corpus_quality(task, kept(*rows)).distinct_question_share == 1.0


def test_agreement_is_that_of_the_rows_whose_votes_were_compared(task: Task) -> None:
    votes = [True, True, False, None]
    verdicts = [Verdict(plain(task, number), votes_agree=agree) for number, agree in enumerate(votes)]
    assert corpus_quality(task, verdicts).agreement == pytest.approx(2 / 3)
    assert corpus_quality(task, verdicts[3:]).agreement is None


def test_a_kept_row_that_the_kind_refuses_is_counted_and_in_no_other_figure(labels: Task) -> None:
    quality = corpus_quality(labels, kept(Row("gone", "card_lost"), Row("gone", "card_gone"), Row("", "other")))
    assert quality.invalid_kept == 2
    assert quality.distinct_question_share == 1.0
    assert quality.largest_label_share == 5.0


def test_a_corpus_of_nothing_has_no_shares(task: Task) -> None:
    quality = corpus_quality(task, [])
    assert (quality.kept_share, quality.distinct_question_share, quality.agreement) == (None, None, None)
    assert quality.labels_without_rows == ("set_lights", "set_timer", "stop")
    assert CorpusQuality.model_validate_json(quality.model_dump_json()) == quality


class TestThresholds:
    def test_unknown_ones_are_an_error(self) -> None:
        with pytest.raises(ValidationError, match="min_kept_shares"):
            QualityThresholds.model_validate({"min_kept_shares": 0.3})

    @pytest.mark.parametrize("name", ["min_kept_share", "min_distinct_share", "min_agreement"])
    def test_a_share_above_all_is_an_error(self, name: str) -> None:
        with pytest.raises(ValidationError):
            QualityThresholds.model_validate({name: 1.1})
