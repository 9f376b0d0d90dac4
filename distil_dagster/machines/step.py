"""Runs a worker on the device that its step is bound to, on the machine of that device.

    python -m distil_dagster.machines.step --device JSON [--processes N] [--exchange JSON] MODULE ARGUMENTS ...

The device is checked before the worker starts and watched while it runs; at the end Dagster is told, through Pipes,
what was used. The worker's own command line, `python -m MODULE ARGUMENTS`, is the same wherever it runs. The exit code
is the worker's, or 128 and the number of the signal that ended it.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dagster_pipes import DAGSTER_PIPES_CONTEXT_ENV_VAR, open_dagster_pipes

from distil_dagster.launch import launch_command
from distil_dagster.machines.errors import MachineError
from distil_dagster.machines.exchange import CarriedFiles, Exchange, carried
from distil_dagster.machines.settings import Device
from distil_dagster.machines.use import DeviceUse, Watch, watched
from distil_dagster.progress import FAILED

SAMPLE_SECONDS = 1.0
SAMPLE_SHARE = 0.005
"""The most of the time that looking may take: the kernel counts the memory of a large process for milliseconds."""
SEND_SECONDS = 5.0
"""How soon a new checkpoint is sent: what was done since the last is lost with this machine."""
SIGNALLED = 128


def step_command(
    device: Device,
    module: str,
    arguments: Sequence[str],
    *,
    processes: int,
    exchange: Exchange | None = None,
    python: str = sys.executable,
) -> list[str]:
    """The command that runs a worker on its device; on another machine with that one's interpreter."""
    carrying = ("--exchange", exchange.model_dump_json()) if exchange else ()
    bound = device.model_dump_json(include=set(Device.model_fields))  # a profile says more of it
    options = ("--device", bound, "--processes", str(processes), *carrying)
    return [python, "-m", "distil_dagster.machines.step", *options, module, *arguments]


def reported_use(messages: Sequence[object]) -> list[DeviceUse]:
    """The uses among the messages that Pipes has brought."""
    return [
        DeviceUse.model_validate(message["device_use"])
        for message in messages
        if isinstance(message, dict) and "device_use" in message
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run a worker; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run a worker on the device that its step is bound to.")
    parser.add_argument("--device", required=True, type=Device.model_validate_json, help="JSON of a Device")
    parser.add_argument("--processes", type=int, default=1, help="how many train together")
    parser.add_argument("--exchange", type=Exchange.model_validate_json, help="JSON of an Exchange, if files travel")
    parser.add_argument("module", help="the worker")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    options = parser.parse_args(arguments)
    try:
        with _files(options.exchange, options.arguments) as files, watched(options.device) as watch:
            own_arguments = files.arguments if files else options.arguments
            command = [*launch_command(options.module, processes=options.processes), *own_arguments]
            exit_code = _run(command, watch, files)
            use = watch.use()
    except MachineError as error:
        print(f"{FAILED}{error}", file=sys.stderr)
        return 1
    _report(use)
    return SIGNALLED - exit_code if exit_code < 0 else exit_code


@contextmanager
def _files(exchange: Exchange | None, arguments: Sequence[str]) -> Iterator[CarriedFiles | None]:
    if exchange is None:
        yield None
    else:
        home = os.environ.get("DISTIL_HOME")
        with carried(exchange, arguments, Path(home) if home else Path.home() / ".cache" / "distil_dagster") as files:
            yield files


def _run(command: Sequence[str], watch: Watch, files: CarriedFiles | None) -> int:
    # Both reach the worker as well, whose end is this process's end.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: None)
    worker = subprocess.Popen(
        [sys.executable, "-m", "distil_dagster.launch", str(os.getpid()), *command],
        env={**os.environ, **watch.environment},
    )
    sent, pause = time.monotonic(), SAMPLE_SECONDS
    while True:
        try:
            exit_code = worker.wait(pause)
            break
        except subprocess.TimeoutExpired:
            began = time.monotonic()
            watch.sample(worker.pid)
            pause = max(SAMPLE_SECONDS, (time.monotonic() - began) / SAMPLE_SHARE)
        if files and time.monotonic() - sent > SEND_SECONDS:
            _send_checkpoints(files)
            sent = time.monotonic()
    if files:
        files.send_back(drafts=exit_code == 0)
    return exit_code


def _send_checkpoints(files: CarriedFiles) -> None:
    """Send what is new; if that fails, the next time is soon, and the work need not end."""
    try:
        files.send_back(drafts=False)
    except OSError as error:
        print(f"the last checkpoint could not be sent and is kept for the next time: {error}", file=sys.stderr)


def _report(use: DeviceUse) -> None:
    if DAGSTER_PIPES_CONTEXT_ENV_VAR in os.environ:
        with open_dagster_pipes() as pipes:
            pipes.report_custom_message({"device_use": use.model_dump()})
    else:
        print(use.model_dump_json(), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
