"""Runs a program of another Python environment, and ends what it has started when it ends.

    python -m distil_dagster.serving.other_environment PYTHON ARGUMENTS ...

`PYTHON` takes this process over, so it keeps the pid. A second process stays beside it and ends the rest of the group
as soon as it is gone: vLLM's engine runs in a child that outlives a killed server and keeps the GPU's memory
(https://github.com/vllm-project/vllm/issues/55510).
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.2
GRACE_SECONDS = 8.0
"""What is left is asked first: vLLM gives its shared memory back, hundreds of MB that else stay until a reboot."""


def environment_of(python: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The given variables as they should be for an interpreter: as if its environment had been activated.

    It must not find this environment's packages, nor modules that happen to be in the current folder, but the programs
    that were installed beside it: vLLM compiles kernels with such a `ninja`.
    """
    kept = {name: value for name, value in given.items() if name != "PYTHONPATH"}
    programs = str(python.absolute().parent)
    return {**kept, "PATH": programs + os.pathsep + given.get("PATH", os.defpath), "PYTHONSAFEPATH": "1"}


def _end_group_after(leader: int) -> None:
    # Both reach the whole group, and are meant for the leader.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.getppid() == leader:
        time.sleep(POLL_SECONDS)
    # Only now: until then this process should take little memory beside the server.
    from distil_dagster.serving.engine import living_members

    # There is no such group if a shell has started this.
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while living_members(leader) - {os.getpid()} and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    starter = os.getpid()
    if os.fork() == 0:
        _end_group_after(starter)
    else:
        command = sys.argv[1:]
        os.execve(command[0], command, environment_of(Path(command[0]), os.environ))
