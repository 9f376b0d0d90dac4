"""Files travel whole, only those that a step needs, and a worker that is started again finds its last checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.machines.errors import MachineError
from distil_dagster.machines.exchange import CarriedFiles, Exchange


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's folder with a step at work."""
    for path, text in (
        ("work/thing-1/draft-7-a/rows", "rows"),
        ("work/thing-1/checkpoints/.half", "never finished"),
        ("cache/base_models/large", "weights"),
        ("artifacts/seeds/folder/config.yaml", "task"),
        ("artifacts/other/rows", "not named"),
    ):
        file = tmp_path / "home" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "home"


@pytest.fixture
def arguments(home: Path) -> list[str]:
    """A worker's arguments."""
    return [
        *("--seeds", f"{home}/artifacts/seeds/folder"),
        *("--arm", f"full={home}/artifacts/seeds/folder"),
        *("--cache", f"{home}/cache/base_models"),
        *("--checkpoints", f"{home}/work/thing-1/checkpoints"),
        *("--output", f"{home}/work/thing-1/draft-7-a"),
        *("--rate", "0.1"),
    ]


def on_another_machine(exchange: Exchange, arguments: list[str], folder: Path) -> CarriedFiles:
    return CarriedFiles(exchange, folder / "step", arguments, folder)


@pytest.mark.parametrize("protocol", ["file://{}/exchange/1", "memory://{}/exchange/1"])
def test_what_the_arguments_name_is_there_under_other_paths(
    home: Path, arguments: list[str], tmp_path: Path, protocol: str
) -> None:
    exchange = Exchange(address=protocol.format(tmp_path), home=str(home)).send(arguments)
    node = tmp_path / "node"
    files = on_another_machine(exchange, arguments, node)
    assert files.arguments == [
        *("--seeds", f"{node}/step/artifacts/seeds/folder"),
        *("--arm", f"full={node}/step/artifacts/seeds/folder"),
        *("--cache", f"{node}/cache/base_models"),
        *("--checkpoints", f"{node}/step/work/thing-1/checkpoints"),
        *("--output", f"{node}/step/work/thing-1/draft-7-a"),
        *("--rate", "0.1"),
    ]
    there = sorted(path.relative_to(node / "step").as_posix() for path in (node / "step").rglob("*") if path.is_file())
    assert there == ["artifacts/seeds/folder/config.yaml", "work/thing-1/draft-7-a/rows"]
    assert (node / "step" / "work" / "thing-1" / "checkpoints").is_dir()
    exchange.clear()


def test_a_second_attempt_finds_the_last_checkpoint_and_nothing_of_a_half_done_draft(
    home: Path, arguments: list[str], tmp_path: Path
) -> None:
    exchange = Exchange(address=f"file://{tmp_path}/exchange/1", home=str(home)).send(arguments)
    lost = on_another_machine(exchange, arguments, tmp_path / "lost")
    work = tmp_path / "lost" / "step" / "work" / "thing-1"
    (work / "checkpoints" / "last").write_text("step 1")
    lost.send_back(drafts=False)
    (work / "checkpoints" / "last").write_text("step 20")
    (work / "draft-7-a" / "half").write_text("half")
    lost.send_back(drafts=False)
    on_another_machine(exchange, arguments, tmp_path / "next")
    again = tmp_path / "next" / "step" / "work" / "thing-1"
    assert (again / "checkpoints" / "last").read_text() == "step 20"
    assert [file.name for file in (again / "draft-7-a").iterdir()] == ["rows"]


def test_only_what_has_changed_is_sent(home: Path, arguments: list[str], tmp_path: Path) -> None:
    exchange = Exchange(address=f"file://{tmp_path}/exchange/1", home=str(home)).send(arguments)
    files = on_another_machine(exchange, arguments, tmp_path / "node")
    rows = tmp_path / "exchange" / "1" / "work" / "thing-1" / "draft-7-a" / "rows"
    rows.unlink()
    (tmp_path / "node" / "step" / "work" / "thing-1" / "draft-7-a" / "adapter").write_text("adapter")
    files.send_back(drafts=True)
    assert [file.name for file in rows.parent.iterdir()] == ["adapter"]


def test_a_path_outside_the_home_cant_travel(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    exchange = Exchange(address=f"file://{tmp_path}/exchange/1", home=str(home))
    with pytest.raises(MachineError, match="elsewhere lies outside DISTIL_HOME"):
        exchange.send(["--seeds", f"{tmp_path}/elsewhere"])
