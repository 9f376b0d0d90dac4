"""The recorded answers of all models, in one SQLite database that outlives the runs.

A database rather than a file per answer, because a corpus takes tens of thousands of them; and SQLite, because several
processes may write to it at once, a kill at any moment leaves it whole, and every tool can read it:

    SELECT response ->> '$.choices[0].message.content' FROM answers WHERE model = '...'

It keeps a write-ahead log, so that readers and the one who writes don't wait for each other. That needs memory which
the processes share: the folder has to be on a disk of the machine, not on a network.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from distil_dagster.serving.unanswered import UnansweredError

DATABASE = "answers.sqlite"
SCHEMA = """
CREATE TABLE answers (
    sha256 TEXT NOT NULL PRIMARY KEY,  -- of the request
    model TEXT NOT NULL,
    answered_at TEXT NOT NULL,         -- ISO 8601, in UTC
    latency_seconds REAL NOT NULL,
    response TEXT NOT NULL,            -- JSON: the body as the endpoint sent it
    request TEXT NOT NULL              -- JSON: ChatRequest.as_dict, of which sha256 is the hash; last, as it is long
)
"""
LOCKED_SECONDS = 60.0
"""How long another process may hold the database before that is an error: a commit takes milliseconds."""


@dataclass(frozen=True)
class RecordedResponse:
    """What was asked and what came, as it was recorded."""

    request: Mapping[str, Any]
    """`ChatRequest.as_dict`."""
    response: Mapping[str, Any]
    """The body of the chat completion."""
    latency_seconds: float
    answered_at: datetime


class ResponseFolder:
    """Where the answers are; the folder is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """The database."""
        return self._folder / DATABASE

    def read(self, sha256: str) -> RecordedResponse | None:
        """What is recorded under the hash of a request; None if nothing is.

        Raises:
            UnansweredError: if the database or the record can't be read: then something else has written to it.
        """
        if not self.path.exists():
            return None
        with self.readable(sha256), closing(connect(self.path)) as database:
            query = "SELECT request, response, latency_seconds, answered_at FROM answers WHERE sha256 = ?"
            row = database.execute(query, (sha256,)).fetchone()
            if row is None:
                return None
            request, response, latency_seconds, answered_at = row
            return RecordedResponse(
                json.loads(request), json.loads(response), float(latency_seconds), datetime.fromisoformat(answered_at)
            )

    def create(self) -> None:
        """Make the database if there is none.

        Raises:
            UnansweredError: if it can't be made.
        """
        if self.path.exists():
            return
        # It appears whole, under a name of its own first: two processes can't both turn on the write-ahead log.
        unfinished = self.path.with_name(f".{DATABASE}-{uuid.uuid4().hex}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                with closing(connect(unfinished)) as database:
                    database.execute("PRAGMA journal_mode = WAL")
                    database.execute(SCHEMA)
                with suppress(FileExistsError):
                    os.link(unfinished, self.path)
            finally:
                unfinished.unlink(missing_ok=True)
        except (OSError, sqlite3.Error) as error:
            raise UnansweredError(f"{self.path} can't be made ({error}), and answers be kept nowhere") from error

    @contextmanager
    def readable(self, sha256: str) -> Iterator[None]:
        """Turn the errors of reading a record into ones that name it."""
        try:
            yield
        except sqlite3.Error as error:
            raise UnansweredError(f"{self.path} can't be read ({error}): move it away to ask again") from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise UnansweredError(
                f"{sha256} in {self.path} is no recorded answer ({reason}): delete it to ask again"
            ) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection for one thread at a time. What it commits survives the end of the process in any form.

    After a power cut the last commits may be missing, but the database is whole.
    """
    database = sqlite3.connect(path, timeout=LOCKED_SECONDS, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA synchronous = NORMAL")
    return database
