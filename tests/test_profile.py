"""Profiles are read whole or refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.home import CHECKOUT
from distil_dagster.profile import ProfileError, load_profile


@pytest.mark.parametrize("name", ["embedded", "h100"])
def test_the_bundled_profiles_are_valid(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert len(profile.references) == 10
    assert profile.distilled.lora_r >= profile.seeds_only.lora_r


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"DISTIL_PROFILE may be one of: embedded, h100"):
        load_profile("laptop")


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    text = (CHECKOUT / "profiles" / "embedded.yaml").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(text + "colour: blue\n")
    with pytest.raises(ProfileError, match=r"colour: Extra inputs are not permitted"):
        load_profile(str(path))


def test_the_environment_chooses_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTIL_PROFILE", "h100")
    assert load_profile().name == "h100"
