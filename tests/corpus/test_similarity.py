"""Token similarity: against brute force, at its thresholds, and where there are no tokens at all."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.corpus.similarity import most_similar, near_pairs, utterance_tokens

texts = st.lists(st.sampled_from("abcdefgh"), max_size=8)
many_texts = st.lists(texts, max_size=8)


def jaccard(left: Sequence[str], right: Sequence[str]) -> float:
    union = set(left) | set(right)
    return len(set(left) & set(right)) / len(union) if union else 0.0


class TestTokens:
    @pytest.mark.parametrize(
        ("text", "tokens"),
        [
            ("Turn ON the lights!", ["turn", "on", "the", "lights"]),
            ("  dim,  to 40% ", ["dim", "to", "40"]),
            ("living_room", ["living", "room"]),
            ("don't", ["don", "t"]),
            ("Straße Küche", ["strasse", "küche"]),
            ("灯 を つけて", ["灯", "を", "つけて"]),
            ("?! … 🙂", []),
            ("", []),
        ],
    )
    def test_words_and_numbers_count_and_nothing_else(self, text: str, tokens: list[str]) -> None:
        assert utterance_tokens(text) == tokens

    @given(st.text())
    def test_case_does_not_count(self, text: str) -> None:
        assert utterance_tokens(text.casefold()) == utterance_tokens(text)


class TestNearPairs:
    @given(many_texts, many_texts, st.floats(0.001, 1))
    def test_near_pairs_are_all_pairs_at_or_above_the_threshold(
        self, left: list[list[str]], right: list[list[str]], threshold: float
    ) -> None:
        found = {
            (int(row), int(column)): float(similarity)
            for batch in near_pairs(left, right, threshold)
            for row, column, similarity in zip(*batch, strict=True)
        }
        every = {
            (row, column): jaccard(left[row], right[column])
            for row, column in itertools.product(range(len(left)), range(len(right)))
        }
        assert found == {pair: similarity for pair, similarity in every.items() if similarity >= threshold}

    @pytest.mark.parametrize(("shared", "total"), [(4, 5), (9, 10), (11, 20), (7, 10), (19, 20), (29, 50), (57, 100)])
    def test_a_similarity_at_the_threshold_is_not_below_it(self, shared: int, total: int) -> None:
        tokens = [str(number) for number in range(total)]
        ((_, _, similarities),) = near_pairs([tokens], [tokens[-shared:]], shared / total)
        assert similarities.tolist() == [shared / total]

    def test_batches_hold_every_pair_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("distil_dagster.corpus.similarity.PROPOSED_AT_ONCE", 10)
        monkeypatch.setattr("distil_dagster.corpus.similarity.COUNTED_AT_ONCE", 3)
        texts = [["a", "b", str(number)] for number in range(7)]
        batches = list(near_pairs(texts, texts[:5], 0.5))
        found = [pair for rows, columns, _ in batches for pair in zip(rows.tolist(), columns.tolist(), strict=True)]
        assert sorted(found) == list(itertools.product(range(7), range(5)))
        assert len(batches) > 7


class TestMostSimilar:
    @given(many_texts, many_texts)
    def test_it_finds_what_brute_force_finds(self, left: list[list[str]], right: list[list[str]]) -> None:
        found = most_similar(left, right)
        assert len(found) == len(left)
        for text, (similarity, index) in zip(left, found, strict=True):
            if right:
                assert similarity == max(jaccard(text, other) for other in right)
                assert similarity == jaccard(text, right[index])
            else:
                assert (similarity, index) == (0.0, -1)

    @pytest.mark.parametrize(("shared", "total"), [(19, 20), (9, 10), (4, 5), (7, 10), (11, 20), (1, 3)])
    def test_a_similarity_at_a_threshold_is_not_below_it(self, shared: int, total: int) -> None:
        tokens = [str(number) for number in range(total)]
        ((similarity, _),) = most_similar([tokens], [tokens[:shared]])
        assert similarity == shared / total

    @pytest.mark.parametrize(("left", "right"), [([[]], [["a"]]), ([["a"]], [[]]), ([[]], [[]])])
    def test_a_text_without_tokens_is_like_no_other(self, left: list[list[str]], right: list[list[str]]) -> None:
        ((similarity, _),) = most_similar(left, right)
        assert similarity == 0.0

    def test_below_the_threshold_there_is_none(self) -> None:
        assert most_similar([["a", "b", "c"]], [["a"], ["a", "b"]], threshold=0.7) == [(0.0, -1)]
        assert most_similar([["a", "b", "c"]], [["a"], ["a", "b"]], threshold=0.6) == [(2 / 3, 1)]

    def test_the_first_of_equals_is_named(self) -> None:
        assert most_similar([["a", "b"]], [["c"], ["a"], ["b"]]) == [(0.5, 1)]

    def test_a_token_said_twice_counts_once(self) -> None:
        assert most_similar([["a", "a", "b"]], [["a", "b", "b"]]) == [(1.0, 0)]
