"""Requests counted by a tokenizer of the model's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.costs.token_counts import request_by_tokenizer, tokenizer_sha256
from distil_dagster.tasks import Message

PROMPTS = [
    [Message("system", "say one word"), Message("user", question)] for question in ("is it cold", "is it very cold")
]


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    """Every word is a token, and so is what stands between words and lines."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    made = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    made.save(str(tmp_path / "words.json"))
    return tmp_path / "words.json"


def test_a_request_is_its_messages_with_what_stands_around_them(tokenizer: Path) -> None:
    request = request_by_tokenizer(tokenizer, PROMPTS, ["yes", "yes indeed"])

    assert request.input_tokens == pytest.approx(3 + (3 + 3) + (3 + 3.5))
    assert request.output_tokens == pytest.approx(1.5)
    # "system", the instruction, "user", "is it"
    assert request.common_prefix_tokens == 7
    assert request.counted_by == f"its own tokenizer (words.json, SHA-256 {tokenizer_sha256(tokenizer)[:12]})"


def test_a_file_that_is_missing_or_no_tokenizer_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("{}")
    for name in ("nowhere.json", "none.json"):
        with pytest.raises(ValueError, match=rf"{name}.*costs\.tokenizers in the profile"):
            request_by_tokenizer(tmp_path / name, PROMPTS, ["yes"])
