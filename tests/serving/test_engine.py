"""The life of a server process: ready when it answers, and gone when its starter is, whatever happens to either."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from distil_dagster.serving import engine as engine_module
from distil_dagster.serving.engine import ServerError, ServerHandle, running_server, server_environment
from distil_dagster.tasks import Message

CHECKOUT = Path(__file__).parents[2]
SCRIPTED = str(CHECKOUT / "tests" / "serving" / "scripted_server.py")


@dataclass(frozen=True)
class ScriptedEngine:
    """Starts the scripted server, with a fault if one is named."""

    fault: str = ""
    startup_timeout_seconds: float = 30.0
    name: str = "scripted"
    version: str = "1"
    flags: tuple[str, ...] = ()

    def command(self, model_folder: Path, *, model_name: str, port: int) -> list[str]:
        return [sys.executable, SCRIPTED, str(port), self.fault]


def ask(server: ServerHandle, text: str) -> str:
    async def question() -> str:
        async with server.endpoint.client(concurrency=1) as client:
            answer = await server.endpoint.ask(client, [Message("user", text)], max_output_tokens=5, timeout_seconds=10)
            return answer.text

    return asyncio.run(question())


def group_of(pid: int) -> list[psutil.Process]:
    """Every process of the group that this one leads; those that nobody has collected yet are dead, though listed."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return members


def assert_group_ends(pid: int) -> None:
    deadline = time.monotonic() + 30
    while group_of(pid):
        assert time.monotonic() < deadline, f"{group_of(pid)} live on"
        time.sleep(0.02)


def test_a_server_answers_in_a_group_of_its_own_and_is_gone_afterwards(tmp_path: Path) -> None:
    with running_server(ScriptedEngine(), tmp_path, log_path=tmp_path / "logs" / "server.log") as server:
        assert ask(server, "hello") == "hello"
        assert os.getpgid(server.process.pid) == server.process.pid != os.getpgid(0)
    assert not group_of(server.process.pid)
    assert "scripted server starts" in server.log_path.read_text()


def test_a_server_is_ready_when_it_answers_not_when_it_listens(tmp_path: Path) -> None:
    with running_server(ScriptedEngine("warms up"), tmp_path, log_path=tmp_path / "log") as server:
        assert ask(server, "hello") == "hello"


@pytest.mark.parametrize("fault", ["", "ignores signals", "has a child"])
def test_a_server_is_ended_with_its_children_when_the_work_fails(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "STOP_GRACE_SECONDS", 0.5)
    groups: list[list[psutil.Process]] = []

    def fail() -> None:
        with running_server(ScriptedEngine(fault), tmp_path, log_path=tmp_path / "log") as server:
            groups.append(group_of(server.process.pid))
            raise RuntimeError("the work failed")

    with pytest.raises(RuntimeError, match="the work failed"):
        fail()
    (group,) = groups
    assert len(group) == (2 if fault == "has a child" else 1)
    assert_group_ends(group[0].pid)


def test_a_server_that_ends_early_is_an_error_with_its_last_words_at_once(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=r"no weights in this folder\n.* ended with exit code 1 before it answered"),
        running_server(ScriptedEngine("ends", startup_timeout_seconds=600), tmp_path, log_path=tmp_path / "log"),
    ):
        pytest.fail("a dead server is not ready")


def test_of_a_long_log_the_error_has_the_last_50_lines(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError) as raised,
        running_server(ScriptedEngine("says much and ends"), tmp_path, log_path=tmp_path / "log"),
    ):
        pytest.fail("a dead server is not ready")
    *tail, sentence = str(raised.value).splitlines()
    assert tail == [f"line {number}" for number in range(30, 80)]
    assert "ended with exit code 1 before it answered" in sentence


def test_a_server_that_the_system_kills_at_its_start_is_said_to_lack_memory(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=r"\nthe server was killed, most likely because memory ran out: .* before it"),
        running_server(ScriptedEngine("is killed"), tmp_path, log_path=tmp_path / "log"),
    ):
        pytest.fail("a dead server is not ready")


def test_a_server_that_ends_at_work_is_the_error_and_not_the_answer_that_failed_for_it(tmp_path: Path) -> None:
    def work() -> None:
        with running_server(ScriptedEngine(), tmp_path, log_path=tmp_path / "log") as server:
            server.process.kill()
            server.process.wait()
            ask(server, "hello")

    with pytest.raises(ServerError, match=r"scripted server starts as .*\n.*memory ran out: .* while it was at work"):
        work()


def test_a_server_whose_answer_is_longer_than_it_may_be_is_not_ready(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=r"no answer within 2 s: its answer to a greeting has 27 tokens, and 8 may be"),
        running_server(ScriptedEngine("rambles", startup_timeout_seconds=2), tmp_path, log_path=tmp_path / "log"),
    ):
        pytest.fail("it does not do what it is asked")


def test_a_server_that_gives_no_answer_in_time_is_an_error_and_ended(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=r"scripted server starts as .*\n.*no answer within 1 s"),
        running_server(ScriptedEngine("hangs", startup_timeout_seconds=1), tmp_path, log_path=tmp_path / "log"),
    ):
        pytest.fail("a silent server is not ready")
    assert_group_ends(int((tmp_path / "log").read_text().split()[4]))


def test_a_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free_port = engine_module._free_port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], free_port(0)])
        monkeypatch.setattr(engine_module, "_free_port", lambda wanted: next(ports))
        with running_server(ScriptedEngine(), tmp_path, log_path=tmp_path / "log") as server:
            assert ask(server, "hello") == "hello"
            assert str(taken.getsockname()[1]) not in server.endpoint.base_url


def test_a_port_that_was_asked_for_is_used_and_is_an_error_where_it_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServerError, match=rf"^port {port} of 127.0.0.1 can't be used \(.*\): choose another$"),
            running_server(ScriptedEngine(), tmp_path, log_path=tmp_path / "log", port=port),
        ):
            pytest.fail("another program listens there")
    with running_server(ScriptedEngine(), tmp_path, log_path=tmp_path / "log", port=port) as server:
        assert server.endpoint.base_url == f"http://127.0.0.1:{port}/v1"
        assert ask(server, "hello") == "hello"


def test_a_server_gets_no_secrets_and_no_network() -> None:
    given = {"PATH": "/bin", "OPENAI_API_KEY": "secret", "DAGSTER_PIPES_CONTEXT": "x", "OMP_NUM_THREADS": "2"}
    environment = server_environment(given)
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["PATH"] == "/bin"
    assert environment["OMP_NUM_THREADS"] == "2"
    assert not {"OPENAI_API_KEY", "DAGSTER_PIPES_CONTEXT"} & set(environment)


STARTER = """
import signal, sys, time
from pathlib import Path
from distil_dagster.serving.engine import running_server
from tests.serving.test_engine import ScriptedEngine

# A shell's background job has its interrupts ignored, and a child inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
folder = Path(sys.argv[1])
with running_server(ScriptedEngine(), folder, log_path=folder / "log") as server:
    print(server.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked to")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_when_its_starter_is_ended_by_any_signal(tmp_path: Path, end: signal.Signals) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with starter:
        try:
            assert starter.stdout is not None
            server = int(starter.stdout.readline())
            assert group_of(server)
            starter.send_signal(end)
            starter.wait(30)
        finally:
            starter.kill()
    assert_group_ends(server)
