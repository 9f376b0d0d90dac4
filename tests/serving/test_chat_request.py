"""What a request's answer depends on, and the hash that stands for it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.usage import most_input_tokens
from distil_dagster.tasks import Message
from distil_dagster.tasks.rows import canonical_json

MESSAGES = (Message("system", "be brief"), Message("user", "déjà vu?"))
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}}
NO_THINKING = {"chat_template_kwargs": {"enable_thinking": False}}


def request(**changes: Any) -> ChatRequest:
    fields = {"base_url": "http://127.0.0.1:8000/v1", "model": "some/model", "messages": MESSAGES}
    fields |= {"max_output_tokens": 50, "temperature": 0.7, "repeat": 2}
    return ChatRequest(**(fields | changes))


def test_answers_that_are_recorded_already_keep_their_hashes() -> None:
    assert request().sha256 == "7d71f6d3b02dcbe82274b5af9bcaec6896d31ff2f8598ba96ea1a4d50f5850b3"
    plain = ChatRequest("http://127.0.0.1:8000/v1", "some/model", (Message("user", "q"),), 50, None)
    assert plain.sha256 == "e253b10c07f4e5502a98688372f31183a89e1d3669785a54ffc751a14c1da454"


def test_the_hash_is_that_of_the_request_as_it_is_recorded() -> None:
    asked = request(response_schema=SCHEMA, extra_body=NO_THINKING)
    assert asked.sha256 == hashlib.sha256(canonical_json(asked.as_dict()).encode()).hexdigest()


def test_a_schema_and_an_extra_body_make_another_request() -> None:
    variants = [
        request(),
        request(response_schema=SCHEMA),
        request(response_schema={}),
        request(extra_body=NO_THINKING),
        request(response_schema=SCHEMA, extra_body=NO_THINKING),
        request(extra_body=SCHEMA),
    ]
    assert len({variant.sha256 for variant in variants}) == len(set(variants)) == len(variants)


def test_equal_requests_are_one_in_a_set_whatever_they_are_called() -> None:
    same = [
        request(response_schema=dict(SCHEMA), extra_body=dict(NO_THINKING), name=name) for name in ("one", "another")
    ]
    assert len(set(same)) == 1
    assert same[0].sha256 == same[1].sha256


@pytest.mark.parametrize("own", ["model", "messages", "max_tokens", "max_completion_tokens", "stream", "n"])
def test_an_extra_body_may_not_contradict_the_request(own: str) -> None:
    with pytest.raises(ValueError, match=f"extra_body may not hold {own}: the request says that itself"):
        request(extra_body={own: 2, "top_p": 0.9})


def test_a_schema_may_be_billed_as_input() -> None:
    plain = most_input_tokens(MESSAGES)
    assert request().most_input_tokens == plain
    assert request(response_schema=SCHEMA).most_input_tokens == plain + len(canonical_json(SCHEMA))
