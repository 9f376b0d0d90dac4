"""What an endpoint refuses is said otherwise, or not said, and only that."""

from __future__ import annotations

import pytest

from distil_dagster.serving.chat import ChatError
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.dialect import Dialect
from distil_dagster.tasks import Message

REQUEST = ChatRequest("http://127.0.0.1/v1", "m", (Message("user", "q"),), 50, 0.5, response_schema={"type": "object"})


def refusal(reason: str, status: int = 400) -> ChatError:
    return ChatError(f"HTTP {status}: {reason}", transient=status >= 500, status=status)


def learnt(error: ChatError) -> tuple[bool, set[str]]:
    """Whether something was learnt, and the words that the next body has."""
    dialect = Dialect()
    changed = dialect.learn(dialect.body(REQUEST), error)
    return changed, set(dialect.body(REQUEST)) - {"model", "messages", "temperature"}


@pytest.mark.parametrize(
    "error",
    [
        refusal("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."),
        refusal("The provided JSON schema contains features not supported by xgrammar."),
        refusal("guided_json needs a backend", 422),
        refusal("Structured outputs are not supported"),
    ],
)
def test_a_schema_that_is_refused_is_left_out(error: ChatError) -> None:
    assert learnt(error) == (True, {"max_completion_tokens"})


@pytest.mark.parametrize(
    "error",
    [
        refusal("messages: too long"),
        refusal("response_format", 500),
        refusal("response_format", 403),
        ChatError("the connection failed: json_schema", transient=True),
    ],
)
def test_another_failure_says_nothing_of_it(error: ChatError) -> None:
    assert learnt(error) == (False, {"max_completion_tokens", "response_format"})


def test_the_former_name_of_the_limit_is_used_where_the_new_one_is_refused() -> None:
    error = refusal("Unsupported parameter: 'max_completion_tokens'")
    assert learnt(error) == (True, {"max_tokens", "response_format"})


def test_nothing_is_learnt_twice_from_a_body_without_the_word() -> None:
    dialect = Dialect()
    error = refusal("response_format and max_completion_tokens")
    bodies = [dialect.body(REQUEST)]
    while dialect.learn(bodies[-1], error):
        bodies.append(dialect.body(REQUEST))
    assert ["response_format" in body for body in bodies] == [True, True, False]
    assert ["max_tokens" in body for body in bodies] == [False, True, True]
