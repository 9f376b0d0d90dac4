"""A real Ray cluster of two node processes on this machine, each with a custom resource that stands for its H100."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

START_TIMEOUT_SECONDS = 15
"""After so many seconds Ray fails a job that waits; as it comes, after 900."""


class Nodes:
    """The two nodes; the head's dashboard listens at `address`."""

    def __init__(self, folder: Path) -> None:
        """Start them, each with a `DISTIL_HOME` of its own under the folder, as two machines have."""
        # Ray puts sockets there, whose paths must be short.
        self._sessions = tempfile.mkdtemp(prefix="ray")
        port, dashboard = free_port(), free_port()
        self.address = f"http://127.0.0.1:{dashboard}"
        head = ("--head", "--port", str(port), "--dashboard-port", str(dashboard), "--temp-dir", self._sessions)
        self.head = _start(folder / "head", *head, "--include-dashboard", "true", "--disable-usage-stats")
        self.second: subprocess.Popen[bytes] | None = None
        try:
            _until_listening(port, self.head)
            self.second = _start(folder / "second", "--address", f"127.0.0.1:{port}")
            _until_listening(dashboard, self.head)
        except BaseException:
            self.stop()
            raise

    def lose_second(self) -> None:
        """End the second node with all that runs on it, as a machine that is switched off."""
        if self.second:
            _kill(self.second)

    def stop(self) -> None:
        """End whatever is left of both."""
        self.lose_second()
        _kill(self.head)
        shutil.rmtree(self._sessions, ignore_errors=True)


def free_port() -> int:
    """A port of this machine that no one listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _start(home: Path, *options: str) -> subprocess.Popen[bytes]:
    home.mkdir(parents=True)
    size = ("--num-cpus", "1", "--num-gpus", "0", "--object-store-memory", str(80 * 2**20))
    ports = ("--dashboard-agent-listen-port", str(free_port()), "--metrics-export-port", str(free_port()))
    where = ("--node-ip-address", "127.0.0.1", "--resources", '{"H100": 1}', "--block")
    with (home.parent / f"{home.name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ray.scripts.scripts", "start", *options, *size, *ports, *where],
            env={
                **os.environ,
                "DISTIL_HOME": str(home),
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
                "RAY_JOB_START_TIMEOUT_SECONDS": str(START_TIMEOUT_SECONDS),
                "OMP_NUM_THREADS": "1",
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the node has ended"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"no one listens at port {port}")


def _kill(node: subprocess.Popen[bytes]) -> None:
    if node.poll() is None:
        started = psutil.Process(node.pid)
        for process in (*started.children(recursive=True), started):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
    node.wait()
