"""Models behind somebody's endpoint, as a profile may list them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from distil_dagster.serving.remote import MissingKeyError, RemoteAsking, RemoteModel


def remote(**changes: Any) -> RemoteModel:
    return RemoteModel.model_validate({"provider": "openai", "model": "gpt-5-nano", **changes})


def test_a_slash_at_the_end_of_an_address_makes_no_difference() -> None:
    assert remote(base_url="http://127.0.0.1:8000/v1/").base_url == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"base_url": "api.openai.com/v1"}, "'api.openai.com/v1' is no http address"),
        ({"base_url": "ftp://127.0.0.1/v1"}, "is no http address"),
        ({"base_url": "https://user:secret@host/v1"}, "an address may hold no key"),
        ({"base_url": "https://host/v1?key=secret"}, "an address may hold no key"),
        ({"input_price": 1.0}, "give both input_price and output_price"),
        ({"provider": None}, "give provider .*, or input_price and output_price"),
        ({"input_price": -1.0, "output_price": 1.0}, "greater than or equal to 0"),
        ({"temperature": -0.1}, "greater than or equal to 0"),
        ({"colour": "blue"}, "Extra inputs"),
    ],
)
def test_what_can_not_be_asked_or_priced_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        remote(**changes)


def test_a_key_is_read_from_its_variable() -> None:
    assert remote(api_key_env="SOME_KEY").api_key({"SOME_KEY": " secret\n"}) == "secret"
    assert remote(api_key_env=None).api_key({}) is None


@pytest.mark.parametrize("environment", [{}, {"SOME_KEY": ""}, {"SOME_KEY": " "}])
def test_a_key_that_is_not_set_is_an_error_that_names_its_variable(environment: dict[str, str]) -> None:
    with pytest.raises(MissingKeyError, match="the environment variable SOME_KEY with the key to gpt-5-nano isn't set"):
        remote(api_key_env="SOME_KEY").api_key(environment)


def test_no_answer_depends_on_the_budgets() -> None:
    assert RemoteAsking(budget_dollars=1.0, budget_tokens=10**9).deciding() == RemoteAsking().deciding() == {}
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        RemoteAsking(budget_tokens=-1)
