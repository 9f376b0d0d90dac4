"""The one interface to whatever serves a model, and the life of a server process: started, ready, surely ended.

An engine only knows its command line. Everything else (a free port, the log, readiness, the end) is the same for all of
them and is here. Requests are sent by `chat`, load by `load`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from distil_dagster.serving.chat import ChatEndpoint, ChatError
from distil_dagster.tasks import Message

HOST = "127.0.0.1"
PORT_ATTEMPTS = 3
STOP_GRACE_SECONDS = 3.0
POLL_SECONDS = 0.1
MOST_POLL_SECONDS = 1.0
LOG_TAIL_LINES = 50
READINESS_QUESTION = (Message("user", "Say hello."),)
READINESS_TOKENS = 8
INHERITED = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "HF_HOME",
    "HF_HUB_CACHE",
    "TIKTOKEN_ENCODINGS_BASE",
    "XDG_CACHE_HOME",
)
INHERITED_PREFIX = "VLLM_"
NOT_INHERITED = ("VLLM_API_KEY",)
"""The only variables a server gets from its starter: where programs, devices and caches are, and how vLLM is tuned; no
keys, no token of the hub, no Dagster context."""


class Engine(Protocol):
    """A program that serves one model behind the Chat Completions API."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    @property
    def version(self) -> str:
        """Of the program, and of what decides its speed."""

    @property
    def flags(self) -> tuple[str, ...]:
        """The part of the command line that is the same for every model and port."""

    @property
    def startup_timeout_seconds(self) -> float:
        """How long it may take until the first answer."""

    def command(self, model: Path, /, *, model_name: str, port: int) -> list[str]:
        """The command that serves the model as `model_name` on the port of 127.0.0.1, in the foreground.

        Raises:
            ServerError: if it is known now that it can't.
        """


class ServerError(RuntimeError):
    """A server did not come up; the message ends with one sentence that says why, after the end of its log."""


class _PortTakenError(ServerError):
    pass


@dataclass(frozen=True)
class ServerHandle:
    """A server that has answered."""

    endpoint: ChatEndpoint
    process: subprocess.Popen[bytes]
    log_path: Path


@contextmanager
def running_server(
    engine: Engine, model: Path | str, *, log_path: Path, model_name: str = "student", port: int | None = None
) -> Iterator[ServerHandle]:
    """Serve a model for as long as the context lasts: a folder, or what else the engine takes.

    The server runs in a process group of its own, on the given or else a free port of the loopback address, offline,
    and with nothing of this process's environment but what it needs. It is ready when it has answered a chat request
    as it should: with a chat completion of one token at least, and no more than it may have. When the context ends, its
    whole group is ended. Should this process be killed, the kernel kills the server (Linux only; it does so too when
    the thread that entered the context ends, so enter it in a thread that stays).

    Raises:
        ServerError: if the engine can't serve the model or the given port is taken; or if the server ended or gave no
            answer within the engine's time, or was found ended when the work failed, with the end of its log.
    """
    for attempt in range(1, PORT_ATTEMPTS + 1):
        chosen = _free_port(port or 0)
        process = _start(engine.command(Path(model), model_name=model_name, port=chosen), log_path)
        try:
            endpoint = ChatEndpoint(f"http://{HOST}:{chosen}/v1", model_name)
            try:
                _wait_until_ready(
                    process, endpoint, port=chosen, seconds=engine.startup_timeout_seconds, log_path=log_path
                )
            except _PortTakenError:
                # Between finding a port free and using it another program may have taken it.
                if attempt == PORT_ATTEMPTS:
                    raise
                continue
            try:
                yield ServerHandle(endpoint, process, log_path)
            except Exception as error:
                if process.poll() is not None:
                    raise ServerError(_last_words(process.returncode, "while it was at work", log_path)) from error
                raise
            return
        finally:
            stop_group(process)


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads its group, and all of the group: asked to first, then told to, then killed.

    Returns when they are gone, and with them what they held of the device's memory.
    """
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, stop)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_GRACE_SECONDS)
            break
    # The leader is gone; whatever it left behind is not asked any more.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + STOP_GRACE_SECONDS
    while living_members(process.pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def living_members(group: int) -> set[int]:
    """The processes of a group, without those that are dead, but that nobody has collected yet."""
    living = set()
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                living.add(process.pid)
    return living


def _start(command: list[str], log_path: Path) -> subprocess.Popen[bytes]:
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "distil_dagster.launch", str(os.getpid()), *command],
            env=server_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a server may know of the starter's environment, and that it must not look for anything online."""
    inherited = {
        name: value
        for name, value in environment.items()
        if name in INHERITED or (name.startswith(INHERITED_PREFIX) and name not in NOT_INHERITED)
    }
    package_parent = str(Path(__file__).parents[2])
    offline = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}
    return {**inherited, **offline, "PYTHONPATH": package_parent, "PYTHONUNBUFFERED": "1"}


def _free_port(wanted: int) -> int:
    """The wanted port, or any free one for 0."""
    with socket.socket() as probe:
        # As servers do, or a port would count as taken for a minute after its last connection was closed.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise ServerError(f"port {wanted} of {HOST} can't be used ({error.strerror}): choose another") from error
        return int(probe.getsockname()[1])


def _wait_until_ready(
    process: subprocess.Popen[bytes], endpoint: ChatEndpoint, *, port: int, seconds: float, log_path: Path
) -> None:
    started = time.monotonic()
    deadline = started + seconds
    last_error = "it does not listen on its port"
    while (left := deadline - time.monotonic()) > 0:
        if process.poll() is not None:
            taken = "address already in use" in _log_tail(log_path).lower()
            kind = _PortTakenError if taken else ServerError
            raise kind(_last_words(process.returncode, "before it answered", log_path))
        # Only once the port is this server's: another program could be answering on it.
        if _listens(process.pid, port):
            try:
                asyncio.run(_first_answer(endpoint, min(left, seconds)))
                return
            except ChatError as error:
                last_error = str(error)
        # Looking costs a few ms of the cores that the server starts on: the longer it takes, the more rarely.
        time.sleep(min(MOST_POLL_SECONDS, max(POLL_SECONDS, (time.monotonic() - started) / 50)))
    raise ServerError(
        f"{_log_tail(log_path)}\nthe server gave no answer within {seconds:g} s: {last_error} (log: {log_path})"
    )


async def _first_answer(endpoint: ChatEndpoint, timeout_seconds: float) -> None:
    async with endpoint.client(concurrency=1) as client:
        answer = await endpoint.ask(
            client, READINESS_QUESTION, max_output_tokens=READINESS_TOKENS, timeout_seconds=timeout_seconds
        )
    if not 0 < answer.output_tokens <= READINESS_TOKENS:
        said = f"its answer to a greeting has {answer.output_tokens} tokens, and {READINESS_TOKENS} may be written"
        raise ChatError(said, transient=True)


def _listens(pid: int, port: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                connections = process.net_connections("inet")
                if any(it.status == psutil.CONN_LISTEN and it.laddr.port == port for it in connections):
                    return True
    return False


def _last_words(exit_code: int, when: str, log_path: Path) -> str:
    """The end of the log, and in one sentence how the server ended."""
    how = (
        "was killed, most likely because memory ran out: give the engine less cache, or close other programs; it ended"
        if exit_code == -signal.SIGKILL
        else f"ended with exit code {exit_code}"
    )
    return f"{_log_tail(log_path)}\nthe server {how} {when} (log: {log_path})"


def _log_tail(log_path: Path) -> str:
    return "\n".join(log_path.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
