"""The log of a Ray job, in which the Pipes messages of its worker are lines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import dagster as dg
from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD, PipesDefaultMessageWriter, PipesParams

if TYPE_CHECKING:
    from dagster import PipesMessageHandler


class JobLogReader(dg.PipesMessageReader):
    """Takes the Pipes messages out of a job's log; the rest goes to the log of the step."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._handler: PipesMessageHandler | None = None
        self._taken = 0

    @contextmanager
    def read_messages(self, handler: "PipesMessageHandler") -> Iterator[PipesParams]:
        """Have the worker write its messages to stderr."""
        self._handler = handler
        yield {PipesDefaultMessageWriter.STDIO_KEY: PipesDefaultMessageWriter.STDERR}

    def no_messages_debug_text(self) -> str:
        """Where messages were looked for, should none have come."""
        return "Attempted to read messages from the log of the Ray job."

    def begin(self) -> None:
        """Another job begins, with a log of its own."""
        self._taken = 0

    def take(self, text: str, *, ended: bool) -> None:
        """Read what is new in the whole log so far, up to its last whole line unless the job has ended."""
        end = len(text) if ended else text.rfind("\n") + 1
        for line in text[self._taken : end].splitlines():
            message = _message(line)
            if message is not None and self._handler:
                self._handler.handle_message(message)
            else:
                self._output.write(f"{line}\n")
        self._output.flush()
        self._taken = max(self._taken, end)


def _message(line: str) -> Any:
    """The Pipes message that a line is, or None if it is none."""
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return read if isinstance(read, dict) and PIPES_PROTOCOL_VERSION_FIELD in read else None
