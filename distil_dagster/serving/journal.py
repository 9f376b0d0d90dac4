"""Reading and recording answers while thousands are asked for: what is recorded together is committed together."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from datetime import UTC, datetime

from distil_dagster.serving.chat import Completion, completion_text
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.responses import ResponseFolder, connect
from distil_dagster.serving.unanswered import UnrecordedError
from distil_dagster.tasks.rows import canonical_json

INSERT = "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"

Row = tuple[str, str, str, float, str, str]


class Journal:
    """The recorded answers, open for one event loop."""

    def __init__(
        self,
        folder: ResponseFolder,
        reading: sqlite3.Connection,
        writing: sqlite3.Connection,
        thread: ThreadPoolExecutor,
    ) -> None:
        self._folder = folder
        self._reading = reading
        self._writing = writing
        self._thread = thread
        self._waiting: list[tuple[Row, asyncio.Future[bool]]] = []
        self._commits: asyncio.Task[None] | None = None

    def find(self, sha256: str) -> Completion | None:
        """The answer to the request of this hash; None if there is none yet.

        Raises:
            UnansweredError: if the database or the answer can't be read.
        """
        with self._folder.readable(sha256):
            query = "SELECT response, latency_seconds FROM answers WHERE sha256 = ?"
            row = self._reading.execute(query, (sha256,)).fetchone()
            if row is None:
                return None
            body = json.loads(row[0])
            completion_text(body)
            return Completion(body, float(row[1]))

    async def record(self, request: ChatRequest, completion: Completion) -> Completion:
        """Keep the answer; when this returns, a kill doesn't lose it.

        Returns:
            The answer that is kept: that of another process if it was faster.

        Raises:
            UnrecordedError: if it can't be kept.
        """
        row = (
            request.sha256,
            request.model,
            datetime.now(UTC).isoformat(timespec="seconds"),
            completion.latency_seconds,
            json.dumps(completion.body),
            canonical_json(request.as_dict()),
        )
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        if self._commits is None:
            self._commits = asyncio.create_task(self._commit_all())
        if await kept:
            return completion
        return self.find(request.sha256) or completion

    async def settled(self) -> None:
        """Wait until nothing is being recorded any more."""
        if self._commits is not None:
            await self._commits

    async def _commit_all(self) -> None:
        """Commit what waits, and then what has come meanwhile, beside the event loop."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            rows = [row for row, _ in batch]
            try:
                kept = await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, rows)
            except Exception as error:  # whatever it is: those who wait have to hear of it
                reason = f"{self._folder.path} can't be written ({error}): no answer can be kept"
                for _, waiting in batch:
                    if not waiting.done():
                        waiting.set_exception(UnrecordedError(reason))
            else:
                for (_, waiting), its in zip(batch, kept, strict=True):
                    if not waiting.done():
                        waiting.set_result(its)
        self._commits = None

    def _commit(self, rows: Sequence[Row]) -> list[bool]:
        """Whether each row is new."""
        self._writing.execute("BEGIN IMMEDIATE")
        try:
            kept = [self._writing.execute(INSERT, row).rowcount == 1 for row in rows]
            self._writing.execute("COMMIT")
        except BaseException:
            if self._writing.in_transaction:
                self._writing.execute("ROLLBACK")
            raise
        return kept


@asynccontextmanager
async def open_journal(folder: ResponseFolder) -> AsyncIterator[Journal]:
    """The recorded answers, with a database made for them if there is none.

    Raises:
        UnansweredError: if it can't be made or opened.
    """
    folder.create()
    with ExitStack() as stack:
        with folder.readable("the database"):
            reading, writing = (stack.enter_context(closing(connect(folder.path))) for _ in range(2))
        journal = Journal(folder, reading, writing, stack.enter_context(ThreadPoolExecutor(1, "recorded answers")))
        try:
            yield journal
        finally:
            await journal.settled()
