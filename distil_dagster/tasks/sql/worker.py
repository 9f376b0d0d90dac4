"""The process in which queries run: `python -m distil_dagster.tasks.sql.worker FD PARENT`, see `QueryProcess`.

SQLite can't be interrupted inside one of its C functions, such as a LIKE of many wildcards, and a crash of SQLite would
take its process with it; so queries never run in the process that asks.
"""

import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection

from distil_dagster.tasks.sql.judging import find_problems, judge_prediction
from distil_dagster.tasks.sql.suite import suite_of
from distil_dagster.tasks.sql.verdicts import BadReference

ADDRESS_SPACE_BYTES = 1 << 30
PREPARING_SECONDS = 5.0
"""CPU time for making the databases of a reference and running it there."""
ANSWERING_SECONDS = 2.0
"""CPU time for a prediction: its second, and what it takes to make databases for its literals."""


def serve(connection: Connection) -> None:
    """Answer `(question, schema, first query, second query)` until the other side hangs up.

    The question is `match`, `reference problems` or `problems`.

    Each answer but for a bad reference comes in two parts, so that who waits knows which query was at fault.
    """
    while True:
        try:
            question, schema, query, prediction = connection.recv()
        except EOFError:
            return
        _allow(PREPARING_SECONDS)
        if question != "match":
            connection.send(("answer", find_problems(schema, query, as_reference=question == "reference problems")))
        else:
            try:
                suite = suite_of(schema, query)
            except BadReference as error:
                connection.send(("bad reference", str(error)))
            else:
                connection.send(("prepared", None))
                _allow(ANSWERING_SECONDS)
                connection.send(("answer", judge_prediction(suite, prediction)))
        _allow(0)


def _allow(seconds: float) -> None:
    """Let the kernel end this process after so much more CPU time; 0 for never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_process() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, which then hangs up
    # Not every system knows every limit; SQLite's own limits come first.
    for limit, value in (
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _end_with(parent: int) -> None:
    """End this process soon after its parent has gone, even if a query is running or others hold the connection."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Serve on the inherited socket."""
    descriptor, parent = map(int, sys.argv[1:])
    _limit_process()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    connection = Connection(descriptor)
    connection.send(("ready", None))
    with suppress(BrokenPipeError, ConnectionResetError):
        serve(connection)


if __name__ == "__main__":
    main()
