"""The files of `deploy/` as their readers see them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[2]
DEPLOY = CHECKOUT / "deploy"
COMPOSE, GPU = (DEPLOY / f"docker-compose{kind}.yaml" for kind in ("", ".gpu"))
RUNNING_DAGSTER = ("code_location", "webserver", "daemon")


def read(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping."""
    found = yaml.safe_load(path.read_text())
    assert isinstance(found, dict)
    return found


def variables_of(settings: object) -> set[str]:
    """The environment variables that `{env: NAME}` names, however deep."""
    if isinstance(settings, dict):
        if settings.keys() == {"env"}:
            return {settings["env"]}
        return {name for value in settings.values() for name in variables_of(value)}
    return {name for value in settings for name in variables_of(value)} if isinstance(settings, list) else set()


def image_environment() -> dict[str, str]:
    """What the Dockerfile sets for both images."""
    (block,) = re.findall(r"^ENV (.*?[^\\])$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
    return dict(pair.split("=", 1) for pair in block.replace("\\\n", " ").split())
