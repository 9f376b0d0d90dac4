"""What an endpoint says it has used: believed where it can be true, and never to its own disadvantage."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.usage import Usage, most_input_tokens, read_usage
from distil_dagster.tasks import Message

PROMPT = (Message("system", "Answer in one word. " * 10), Message("user", "What is the capital of France?"))
TEXT = "The capital is Paris."
LIMIT = 100
MOST = most_input_tokens(PROMPT)


def read(usage: Any, *, text: str = TEXT) -> Usage:
    return read_usage({"usage": usage}, messages=PROMPT, text=text, max_output_tokens=LIMIT)


def test_a_plain_account_is_taken_as_it_is() -> None:
    assert read({"prompt_tokens": 60, "completion_tokens": 6, "total_tokens": 66}) == Usage(60, 0, 6, 0, None)


def test_cached_and_thinking_tokens_are_parts_of_the_whole() -> None:
    usage = {
        "prompt_tokens": 60,
        "completion_tokens": 46,
        "total_tokens": 106,
        "prompt_tokens_details": {"cached_tokens": 32},
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
    assert read(usage) == Usage(60, 32, 46, 40, None)


def test_thinking_that_is_counted_beside_the_answer_is_billed_too() -> None:
    xai = {
        "prompt_tokens": 60,
        "completion_tokens": 6,
        "total_tokens": 106,
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
    gemini = {"prompt_tokens": 60, "completion_tokens": 6, "total_tokens": 106}
    without_total = {name: value for name, value in xai.items() if name != "total_tokens"}
    for usage in (xai, gemini, without_total):
        assert read(usage) == Usage(60, 0, 46, 40, None)


def test_a_prompt_that_the_provider_lengthens_a_little_is_believed() -> None:
    assert read({"prompt_tokens": 700, "completion_tokens": 6}).suspect is None


@pytest.mark.parametrize("usage", [None, [], "many", {}])
def test_no_account_is_charged_for_the_most(usage: Any) -> None:
    found = read(usage)
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (MOST, LIMIT, 0)
    assert found.suspect


@pytest.mark.parametrize("sent", [-5, 0, 3, None, "60", 60.0, True])
def test_too_few_input_tokens_are_charged_for_the_most(sent: Any) -> None:
    found = read({"prompt_tokens": sent, "completion_tokens": 6})
    assert (found.input_tokens, found.output_tokens) == (MOST, 6)
    assert found.suspect == f"prompt_tokens is {sent!r} for 230 characters"


@pytest.mark.parametrize("received", [-5, 0, 1, None, "6"])
def test_too_few_output_tokens_are_charged_for_the_most(received: Any) -> None:
    found = read({"prompt_tokens": 60, "completion_tokens": received})
    assert (found.input_tokens, found.output_tokens) == (60, LIMIT)
    assert found.suspect


def test_a_model_that_said_nothing_may_have_used_no_output() -> None:
    assert read({"prompt_tokens": 60, "completion_tokens": 0}, text="").suspect is None


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 60, "completion_tokens": 10**9},
        {"prompt_tokens": 10**9, "completion_tokens": 6},
        {"prompt_tokens": 60, "completion_tokens": 6, "total_tokens": 10**9},
    ],
)
def test_far_too_many_tokens_are_doubted_and_still_charged(usage: dict[str, int]) -> None:
    found = read(usage)
    assert found.input_tokens + found.output_tokens > 10**8
    assert found.suspect


def test_more_cached_than_sent_is_doubted_and_nothing_counts_as_cached() -> None:
    found = read({"prompt_tokens": 60, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 61}})
    assert (found.cached_tokens, found.suspect) == (0, "cached_tokens is 61")


def test_negative_thinking_is_doubted_and_the_output_charged_for_the_most() -> None:
    found = read({"prompt_tokens": 60, "completion_tokens": 6, "completion_tokens_details": {"reasoning_tokens": -1}})
    assert (found.output_tokens, found.reasoning_tokens) == (LIMIT, 0)
    assert found.suspect


anything = st.one_of(st.none(), st.integers(-10, 10**6), st.floats(), st.booleans(), st.text(max_size=3))


@given(anything, anything, anything, anything, anything)
def test_whatever_is_reported_the_charge_is_plausible_and_never_below_what_was_credibly_reported(
    sent: Any, received: Any, total: Any, cached: Any, reasoning: Any
) -> None:
    found = read(
        {
            "prompt_tokens": sent,
            "completion_tokens": received,
            "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }
    )
    characters = sum(len(message.content) for message in PROMPT)
    assert found.input_tokens >= characters / 10
    assert found.output_tokens >= len(TEXT) / 10
    assert 0 <= found.cached_tokens <= found.input_tokens
    assert 0 <= found.reasoning_tokens <= found.output_tokens
    for reported, charged in ((sent, found.input_tokens), (received, found.output_tokens)):
        if type(reported) is int:
            assert charged >= reported
    if found.output_tokens > LIMIT or found.input_tokens > MOST:
        assert found.suspect


@given(st.text())
def test_no_tokenizer_of_bytes_makes_more_tokens_than_are_held_for_a_prompt(text: str) -> None:
    assert most_input_tokens([Message("user", text)]) > len(text.encode(errors="surrogatepass"))


def test_a_schema_that_is_sent_along_may_be_billed_as_input() -> None:
    schema = {"type": "object", "properties": {f"name {number}": {"type": "string"} for number in range(50)}}
    usage = {"prompt_tokens": MOST + 100, "completion_tokens": 6}
    assert read(usage).suspect is not None
    sent_along = read_usage(
        {"usage": usage}, messages=PROMPT, text=TEXT, max_output_tokens=LIMIT, response_schema=schema
    )
    assert sent_along == Usage(MOST + 100, 0, 6, 0, None)


def test_an_answer_costs_what_was_used_at_the_prices() -> None:
    assert Usage(1000, 400, 50, 0, None).dollars(TokenPrices(3.0, 15.0, 0.75)) == pytest.approx(
        0.0018 + 0.0003 + 0.00075
    )
