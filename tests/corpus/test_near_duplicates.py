"""The search for near duplicates: against brute force, at its threshold, in whatever batches."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.corpus.near_duplicates import near_duplicates

texts = st.lists(st.sampled_from("abcdefgh"), max_size=8)


def jaccard(left: Sequence[str], right: Sequence[str]) -> float:
    union = set(left) | set(right)
    return len(set(left) & set(right)) / len(union) if union else 1.0


def one_by_one(candidates: Sequence[Sequence[str]], threshold: float) -> dict[int, int]:
    """Each text compared with each that stays."""
    found: dict[int, int] = {}
    for number, tokens in enumerate(candidates):
        stay = (other for other in range(number) if other not in found)
        original = next((other for other in stay if jaccard(tokens, candidates[other]) >= threshold), None)
        if original is not None:
            found[number] = original
    return found


def families(seed: int) -> tuple[list[list[str]], float]:
    """Texts that are each other's copies but for a few tokens, with a threshold."""
    drawn = random.Random(seed)
    words = [f"word{number}" for number in range(drawn.choice([12, 40, 200]))]
    originals = [drawn.choices(words, k=drawn.randrange(30)) for _ in range(drawn.randrange(1, 20))]
    candidates = []
    for _ in range(drawn.randrange(80)):
        tokens = list(drawn.choice(originals))
        for _ in range(drawn.randrange(4)):
            if tokens and drawn.random() < 0.5:
                tokens.pop(drawn.randrange(len(tokens)))
            else:
                tokens.append(drawn.choice(words))
        candidates.append(tokens)
    return candidates, drawn.choice([0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])


class TestAgainstBruteForce:
    @given(st.lists(texts, max_size=12), st.sampled_from([0.01, 0.5, 0.8, 0.9, 1.0]))
    def test_small_texts(self, candidates: list[list[str]], threshold: float) -> None:
        assert near_duplicates(candidates, threshold) == one_by_one(candidates, threshold)

    @pytest.mark.parametrize("seed", range(60))
    @pytest.mark.parametrize(("texts_at_once", "pairs_at_once"), [(1024, 2**20), (3, 32)])
    def test_families_of_texts_in_batches_of_any_size(
        self, monkeypatch: pytest.MonkeyPatch, seed: int, texts_at_once: int, pairs_at_once: int
    ) -> None:
        monkeypatch.setattr("distil_dagster.corpus.near_duplicates.TEXTS_AT_ONCE", texts_at_once)
        monkeypatch.setattr("distil_dagster.corpus.near_duplicates.PAIRS_AT_ONCE", pairs_at_once)
        candidates, threshold = families(seed)
        assert near_duplicates(candidates, threshold) == one_by_one(candidates, threshold)

    def test_texts_longer_than_their_bitmaps(self) -> None:
        drawn = random.Random(0)
        words = [f"word{number}" for number in range(5_000)]
        original = drawn.sample(words, 400)
        candidates = [original, original[:365], original[:350], [*original, *drawn.sample(words, 30)]]
        assert near_duplicates(candidates, 0.9) == one_by_one(candidates, 0.9) == {1: 0, 3: 0}


class TestNearDuplicates:
    @given(st.lists(texts, max_size=12), st.sampled_from([0.01, 0.5, 0.8, 0.9, 1.0]))
    def test_what_it_finds_is_truly_as_close_as_the_threshold(
        self, candidates: list[list[str]], threshold: float
    ) -> None:
        found = near_duplicates(candidates, threshold)
        kept: list[list[str]] = []
        for number, tokens in enumerate(candidates):
            if number in found:
                original = candidates[found[number]]
                assert original in kept
                assert set(tokens) == set(original) or jaccard(tokens, original) >= threshold
            else:
                assert all(set(tokens) != set(other) for other in kept)
                kept.append(tokens)

    def test_no_texts_have_no_match(self) -> None:
        assert near_duplicates([], 0.9) == {}

    def test_the_first_text_has_no_match(self) -> None:
        assert near_duplicates([["a", "b"]], 0.9) == {}

    def test_order_and_repetition_do_not_count(self) -> None:
        assert near_duplicates([["a", "b", "c"], ["c", "b", "a", "a"]], 0.9) == {1: 0}

    def test_a_text_that_matched_is_no_original(self) -> None:
        tokens = [str(number) for number in range(12)]
        # 10/12 of the second, 8/12 of the first
        assert near_duplicates([tokens[:10], tokens[:11], tokens, tokens[2:]], 0.8) == {1: 0, 2: 0}

    @pytest.mark.parametrize("shared", [18, 19])
    def test_it_overlooks_no_text_as_close_as_the_threshold(self, shared: int) -> None:
        words = random.Random(0)
        candidates = []
        for _ in range(200):
            tokens = [f"{words.random():.6f}" for _ in range(20)]
            candidates += [tokens, tokens[:shared]]
        assert near_duplicates(candidates, 0.9) == {number: number - 1 for number in range(1, 400, 2)}

    @pytest.mark.parametrize(("shared", "total"), [(4, 5), (9, 10), (11, 20), (7, 10), (19, 20), (29, 50), (57, 100)])
    def test_a_similarity_at_the_threshold_is_not_below_it(self, shared: int, total: int) -> None:
        tokens = [str(number) for number in range(total)]
        assert near_duplicates([tokens, tokens[-shared:]], shared / total) == {1: 0}
