"""Taking the code fence off an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.fences import without_fence

unfenced = st.text().map(str.strip).filter(lambda text: "`" not in text)


class TestWithoutFence:
    @given(unfenced, st.sampled_from(["", " ", "\n\n"]))
    def test_text_without_a_fence_only_loses_the_blanks_around_it(self, text: str, blanks: str) -> None:
        assert without_fence(f"{blanks}{text}{blanks}") == text

    @given(unfenced, st.sampled_from(["", "json", "sql", "SQL", "python", "c++"]), st.sampled_from(["```", "````"]))
    def test_the_content_of_a_fence_comes_back_whatever_its_language(self, text: str, word: str, fence: str) -> None:
        assert without_fence(f" {fence}{word}\n{text}\n{fence}\n") == text

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('```json {"a": 1}```', '{"a": 1}'),
            ('```{"a": 1}```', '{"a": 1}'),
            ("```sql SELECT 1```", "SELECT 1"),
            ("```SELECT 1```", "SELECT 1"),
            ("```json\n```", ""),
        ],
    )
    def test_a_fence_on_one_line_loses_only_a_language_that_is_known(self, text: str, expected: str) -> None:
        assert without_fence(text) == expected

    @pytest.mark.parametrize("text", ["Here:\n```\nx\n```", "```\nx\n```\nThat's it.", "```json\nx", "x\n```", "```"])
    def test_a_fence_that_does_not_enclose_the_whole_text_stays(self, text: str) -> None:
        assert without_fence(text) == text

    def test_a_fence_inside_a_longer_one_is_content(self) -> None:
        assert without_fence("````\n```\nx\n```\n````") == "```\nx\n```"
