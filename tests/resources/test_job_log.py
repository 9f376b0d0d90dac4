"""Messages are found in a job's log whatever the moment at which it is read."""

from __future__ import annotations

import io
import json
from typing import Any, cast

import dagster as dg

from resources.job_log import JobLogReader

MESSAGE = json.dumps({"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "half way"}})
LOG = f'Running\n{MESSAGE}\n{{"a": 1}}\nno newline'


class Handler:
    """Keeps what Dagster's own handler would be given."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.messages.append(message)


def test_a_log_that_is_read_while_it_grows_gives_each_line_once() -> None:
    output, handler = io.StringIO(), Handler()
    reader = JobLogReader(output)
    with reader.read_messages(cast(dg.PipesMessageHandler, handler)):
        for end in range(len(LOG)):
            reader.take(LOG[:end], ended=False)
        reader.take(LOG, ended=True)
    assert handler.messages == [json.loads(MESSAGE)]
    assert output.getvalue().splitlines() == ["Running", '{"a": 1}', "no newline"]


def test_the_log_of_a_second_job_is_read_from_its_beginning() -> None:
    output, handler = io.StringIO(), Handler()
    reader = JobLogReader(output)
    with reader.read_messages(cast(dg.PipesMessageHandler, handler)):
        for _ in range(2):
            reader.begin()
            reader.take(LOG, ended=True)
    assert len(handler.messages) == 2
