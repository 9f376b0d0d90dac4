"""The settings that the pages show are settings: profiles and parts of them, price books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from distil_dagster.costs.own_prices import OwnPrices
from distil_dagster.profile import Profile, ProfileError, load_profile
from tests.docs.pages import PAGES, blocks, indented_blocks

SHOWN = [
    (page, text) for page in PAGES for text in (*blocks(page.read_text(), "yaml"), *indented_blocks(page.read_text()))
]


def settings_in(text: str) -> dict[str, Any] | None:
    """What the block says if it is settings; None for formulas, file trees, output and lines of code."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    known = {"extends", "models", *Profile.model_fields}
    return content if isinstance(content, dict) and set(content) <= known else None


SETTINGS = [(page, content) for page, text in SHOWN if (content := settings_in(text)) is not None]


@pytest.mark.parametrize(("page", "content"), SETTINGS, ids=[f"{page.stem}-{min(shown)}" for page, shown in SETTINGS])
def test_shown_settings_are_valid(page: Path, content: dict[str, Any], tmp_path: Path) -> None:
    if "models" in content:
        OwnPrices.model_validate(content)
        return
    bases = [content["extends"]] if "extends" in content else ["embedded", "h100"]
    faults = []
    for base in bases:
        profile = tmp_path / f"on_{base}.yaml"
        profile.write_text(yaml.safe_dump({**content, "extends": base}))
        try:
            load_profile(str(profile))
        except ProfileError as error:
            faults.append(error)
    assert len(faults) < len(bases), faults


def test_every_yaml_block_is_recognised() -> None:
    for page in PAGES:
        for text in blocks(page.read_text(), "yaml"):
            assert settings_in(text) is not None, f"{page.name}: {text}"


def test_settings_are_found_on_the_pages_that_show_them() -> None:
    assert {page.stem for page, _ in SETTINGS} >= {"costs", "h100", "teachers", "traces", "vllm"}
