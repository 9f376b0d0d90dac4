"""How a reference is reached, and what is said where it can't be."""

from __future__ import annotations

import pytest

from distil_dagster.benchmark.references import UnmeasurableError, reference_endpoint
from distil_dagster.profile import load_profile
from distil_dagster.serving.remote import MissingKeyError

PROFILE = load_profile("embedded")


def test_every_bundled_reference_has_an_address_and_the_variable_of_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = set()
    for reference in PROFILE.references:
        assert reference.api_key_env
        monkeypatch.setenv(reference.api_key_env, "secret")
        endpoint = reference_endpoint(reference, "smart_home")
        assert (endpoint.model, endpoint.api_key) == (reference.model, "secret")
        hosts.add(endpoint.base_url)
    assert len(hosts) == 4
    assert all(host.startswith("https://") for host in hosts)


@pytest.mark.parametrize(
    ("slug", "task", "sentence"),
    [
        (
            "gpt-5-nano",
            "text2sql",
            r"the environment variable OPENAI_API_KEY with the key to gpt-5-nano isn't set: gpt-5-nano can't be "
            r"measured on text2sql, and 96\.0% published by Distil Labs, .* is shown instead$",
        ),
        (
            "grok-4",
            "trec",
            r"the environment variable XAI_API_KEY with the key to grok-4-0709 isn't set: grok-4 can't be measured on "
            r"trec, and no published figure is known to show instead$",
        ),
    ],
)
def test_a_missing_key_is_one_sentence_that_names_it_and_what_is_shown_instead(
    slug: str, task: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = PROFILE.reference(slug)
    monkeypatch.delenv(str(reference.api_key_env), raising=False)
    with pytest.raises(MissingKeyError, match=sentence):
        reference_endpoint(reference, task)


def test_a_reference_without_an_address_is_only_priced() -> None:
    reference = PROFILE.reference("gpt-5-nano").model_copy(update={"base_url": None})
    with pytest.raises(UnmeasurableError, match="the reference gpt-5-nano has no base_url in the profile"):
        reference_endpoint(reference, "text2sql")
