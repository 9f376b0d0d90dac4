"""Similarities of short texts, as relations and against cases worked out by hand."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.answer_forms.text_metrics import answer_f1, exact_match, normalised_answer, rouge_l

words = st.sampled_from(["the", "a", "An", "Red", "red", "fox", "fox!", "x-ray", "yes", "No", "noanswer", "7", "…", ""])
texts = st.text() | st.lists(words, max_size=7).map(" ".join)


def common_subsequence(left: list[str], right: list[str]) -> int:
    @cache
    def length(i: int, j: int) -> int:
        if i == len(left) or j == len(right):
            return 0
        if left[i] == right[j]:
            return 1 + length(i + 1, j + 1)
        return max(length(i + 1, j), length(i, j + 1))

    return length(0, 0)


class TestNormalisedAnswer:
    @given(texts)
    def test_normalising_again_changes_nothing(self, text: str) -> None:
        assert normalised_answer(normalised_answer(text)) == normalised_answer(text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("The  Beatles!", "beatles"),
            ("an A-Team, the\tbest", "ateam best"),
            ("Theatre another", "theatre another"),
            ("U.S.A.", "usa"),
            ("the", ""),
            ("Zoë's café", "zoës café"),
        ],
    )
    def test_cases_by_hand(self, text: str, expected: str) -> None:
        assert normalised_answer(text) == expected


class TestExactMatch:
    @given(texts)
    def test_a_text_matches_itself(self, text: str) -> None:
        assert exact_match(text, text)

    @given(texts, texts)
    def test_it_does_not_matter_which_text_is_the_reference(self, left: str, right: str) -> None:
        assert exact_match(left, right) == exact_match(right, left)

    def test_words_in_another_order_do_not_match(self) -> None:
        assert exact_match("the red fox", "Red fox.")
        assert not exact_match("red fox", "fox red")


class TestAnswerF1:
    @given(texts, texts)
    def test_it_lies_between_zero_and_one_and_is_symmetric(self, left: str, right: str) -> None:
        value = answer_f1(left, right)
        assert 0 <= value <= 1
        assert value == answer_f1(right, left)

    @given(texts, texts)
    def test_it_is_one_exactly_where_the_bags_of_words_are_equal(self, left: str, right: str) -> None:
        bags = [Counter(normalised_answer(text).split()) for text in (left, right)]
        assert (answer_f1(left, right) == 1) == (bags[0] == bags[1])

    @given(texts, texts)
    def test_an_exact_match_is_worth_one(self, left: str, right: str) -> None:
        if exact_match(left, right):
            assert answer_f1(left, right) == 1

    @pytest.mark.parametrize(
        ("reference", "prediction", "expected"),
        [
            ("red fox", "the quick red fox", 0.8),
            ("red red fox", "red", 0.5),
            ("red", "red red red", 0.5),
            ("red", "blue", 0.0),
            ("", "red", 0.0),
            ("the", "A.", 1.0),
            ("yes", "Yes.", 1.0),
            ("yes", "yes it is", 0.0),
            ("no one", "no", 0.0),
            ("noanswer", "", 0.0),
            ("oh yes", "yes indeed", 0.5),
        ],
    )
    def test_cases_by_hand(self, reference: str, prediction: str, expected: float) -> None:
        assert answer_f1(reference, prediction) == pytest.approx(expected)


class TestRougeL:
    @given(texts, texts)
    def test_it_lies_between_zero_and_one_and_is_symmetric(self, left: str, right: str) -> None:
        value = rouge_l(left, right)
        assert 0 <= value <= 1
        assert value == rouge_l(right, left)

    @given(texts)
    def test_a_text_has_all_of_itself(self, text: str) -> None:
        assert rouge_l(text, text) == 1

    @given(*[st.lists(st.sampled_from(["a", "b", "ab", "c", "7"]), min_size=1, max_size=8)] * 2)
    def test_it_is_the_f_measure_of_the_longest_common_subsequence(self, left: list[str], right: list[str]) -> None:
        length = common_subsequence(left, right)
        recall, precision = length / len(left), length / len(right)
        expected = 2 * recall * precision / (recall + precision) if length else 0
        assert rouge_l(" ".join(left), ", ".join(right)) == pytest.approx(expected)

    def test_the_order_of_words_counts_but_not_case_and_punctuation(self) -> None:
        assert rouge_l("Police killed the gunman.", "police kill the gunman") == 0.75
        assert rouge_l("police killed the gunman", "the gunman kill police") == 0.5
        assert rouge_l("Stop, now!", "stop now") == 1

    def test_a_text_without_words_has_nothing_in_common_with_one_that_has(self) -> None:
        assert rouge_l("", "x") == 0
        assert rouge_l("…", "") == 1
