"""The compose files: valid by the specification's schema, and at one with the images and with Dagster's own files.

No Docker engine is asked: that the images build and the containers start is not tested here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from tests.deploy.deployment import (
    CHECKOUT,
    COMPOSE,
    DEPLOY,
    GPU,
    RUNNING_DAGSTER,
    image_environment,
    read,
    variables_of,
)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = read(COMPOSE)["services"]
    return found


@pytest.mark.parametrize("path", [COMPOSE, GPU])
def test_a_file_is_valid_by_the_compose_specification(path: Path) -> None:
    schemas = pytest.importorskip(
        "check_jsonschema.builtin_schemas", reason="check-jsonschema, which carries the schema, is not installed"
    )
    schema = schemas.get_builtin_schema("vendor.compose-spec")
    jsonschema.validate(read(path), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"services": {"postgres": {"imagee": "postgres"}}}, schema)


def test_every_variable_that_dagster_reads_is_set_where_it_runs(services: dict[str, Any]) -> None:
    wanted = variables_of(read(DEPLOY / "dagster.yaml"))
    assert wanted >= {"DISTIL_POSTGRES_HOST", "DISTIL_POSTGRES_PASSWORD", "DISTIL_DAGSTER"}
    for name in RUNNING_DAGSTER:
        assert wanted <= services[name]["environment"].keys() | image_environment().keys()


def test_dagster_is_told_the_database_that_postgres_makes(services: dict[str, Any]) -> None:
    made, told = services["postgres"]["environment"], services["daemon"]["environment"]
    for ours, theirs in (("USER", "USER"), ("PASSWORD", "PASSWORD"), ("DB", "DB")):
        assert told[f"DISTIL_POSTGRES_{ours}"] == made[f"POSTGRES_{theirs}"]
    assert told["DISTIL_POSTGRES_HOST"] in services


def test_no_password_is_in_the_files() -> None:
    for path in (COMPOSE, GPU):
        assert not re.search(r"PASSWORD: (?!\$\{DISTIL_POSTGRES_PASSWORD:\?)", path.read_text())


def test_files_with_passwords_and_keys_stay_out_of_images_and_out_of_git(services: dict[str, Any]) -> None:
    (keys,) = services["code_location"]["env_file"]
    secret = {f"deploy/{name}" for name in (".env", keys["path"])}
    for ignored in (DEPLOY / "Dockerfile.dockerignore", CHECKOUT / ".gitignore"):
        assert secret <= set(ignored.read_text().splitlines())


def test_only_the_web_server_is_published_and_only_to_this_machine(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"webserver": ["127.0.0.1:${DISTIL_PORT:-3000}:3000"]}


def test_the_workspace_leads_to_the_code_location(services: dict[str, Any]) -> None:
    (location,) = read(DEPLOY / "workspace.yaml")["load_from"]
    server = location["grpc_server"]
    command = services[server["host"]]["command"]
    assert command[command.index("--port") + 1] == str(server["port"])
    for name in ("webserver", "daemon"):
        assert (CHECKOUT / services[name]["command"][-1]) == DEPLOY / "workspace.yaml"
    local = read(CHECKOUT / "workspace.yaml")["load_from"][0]["python_module"]
    assert server["location_name"] == local["location_name"]
    assert local["module_name"] in command


def parsed(command: Sequence[str]) -> dict[str, Any]:
    """The command's options, as the program that it names reads them. Raises click.UsageError."""
    from dagster._cli import cli as dagster_cli
    from dagster._daemon.cli import cli as daemon_cli
    from dagster_webserver.cli import cli as webserver_cli

    program, *arguments = command
    found: click.Command = {
        "dagster": dagster_cli,
        "dagster-daemon": daemon_cli,
        "dagster-webserver": webserver_cli,
    }[program]
    while isinstance(found, click.Group) and arguments and not arguments[0].startswith("-"):
        found = found.commands[arguments.pop(0)]
    return found.make_context(program, arguments).params


def test_dagster_understands_every_command(services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    server = parsed(services["code_location"]["command"])
    assert (server["host"], server["port"]) == ("0.0.0.0", 4000)
    assert parsed(services["webserver"]["command"])["port"] == 3000
    assert parsed(services["daemon"]["command"])["workspace"] == ("deploy/workspace.yaml",)
    assert parsed(services["code_location"]["healthcheck"]["test"][1:])["port"] == server["port"]


def test_the_gpu_goes_to_the_code_location_alone(services: dict[str, Any]) -> None:
    laid_over = read(GPU)["services"]
    assert laid_over.keys() <= services.keys()
    devices = {name: service["deploy"]["resources"] for name, service in laid_over.items() if "deploy" in service}
    (device,) = devices.pop("code_location")["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert not devices


@pytest.mark.parametrize("path", [COMPOSE, GPU])
def test_all_of_dagster_reads_the_same_profile(path: Path) -> None:
    services = read(path)["services"]
    (profile,) = {services[name]["environment"]["DISTIL_PROFILE"] for name in RUNNING_DAGSTER}
    (default,) = re.findall(r":-(.*)\}", profile)
    assert (CHECKOUT / "profiles" / f"{default}.yaml").exists()


def test_the_instance_differs_from_that_of_the_checkout_only_in_where_things_lie() -> None:
    here, there = read(CHECKOUT / "dagster.yaml"), read(DEPLOY / "dagster.yaml")
    assert here.pop("storage").keys() == {"sqlite"}
    assert there.pop("storage").keys() == {"postgres"}
    here.pop("code_servers")  # a local one's start; this one is started by compose
    assert there == here


def test_the_image_finds_its_folders_and_extras() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    environment = image_environment()
    for name in ("DAGSTER_HOME", "DISTIL_HOME", "DISTIL_DAGSTER"):
        assert name in environment
        assert re.search(rf"install -d -o distil .*\${name}\b", dockerfile)
    assert "cp deploy/dagster.yaml $DAGSTER_HOME/" in dockerfile
    assert Path(environment["DISTIL_DAGSTER"]).parent == Path(environment["DISTIL_HOME"])
    extras = {name for group in re.findall(r"\.\[([a-z,]+)\]", dockerfile) for name in group.split(",")}
    known = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras <= known.keys()
    targets = {service["build"]["target"] for service in read(COMPOSE)["services"].values() if "build" in service}
    assert targets == set(re.findall(r"^FROM \S+ AS (\w+)$", dockerfile, re.MULTILINE))
