"""The run of a teacher that is a model: calls in iterations, blind votes on each row, and when to stop.

Iterations overlap, so that the endpoint always has as much to do as it takes. Whatever comes first, the rows are those
of the iterations in their order, up to the first at which enough rows have passed: a run that is repeated gives the
same.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from distil_dagster.serving.unanswered import (
    BudgetExhaustedError,
    EndpointRefusedError,
    UnansweredError,
    UnrecordedError,
)
from distil_dagster.teachers.model.plan import Order
from distil_dagster.teachers.model.writer import Ask, Draft, Question, Reply, Writer, unreadable
from distil_dagster.teachers.teacher import GeneratedRow, Generation, Origin, Vote

Judge = Callable[[Sequence[GeneratedRow]], Sequence[str | None]]
"""Names, for each row, the first filter that a row fails by itself; None if it passes them all."""

SHOWN_FAILURES = 3
MOST_UNANSWERED = 10
"""Requests in a row without an answer after which the endpoint counts as gone."""


class LostError(RuntimeError):
    """One request got no answer."""


class SmokeFailedError(RuntimeError):
    """Too many of the first rows were rejected for the rest to be worth its price."""


@dataclass(frozen=True)
class GenerationSettings:
    """How a run goes, from the profile's and the task's settings."""

    target: int
    """Rows that pass."""
    iteration_rows: int
    smoke_rows: int
    most_smoke_failures: float
    votes: int
    concurrency: int


class Run:
    """One run; `ask` reaches the teacher."""

    def __init__(
        self,
        writer: Writer,
        ask: Ask,
        judge: Judge,
        settings: GenerationSettings,
        *,
        report: Callable[[str], object],
    ) -> None:
        self._writer = writer
        self._ask = ask
        self._judge = judge
        self._settings = settings
        self._report = report
        self._unanswered_in_a_row = 0

    async def rows(self, orders: Sequence[Order]) -> Generation:
        """The rows of these calls, as many as it takes until enough have passed.

        Raises:
            SmokeFailedError: if too many of the first rows are rejected.
            UnansweredError: if the budget is spent, or the endpoint answers nothing any more.
        """
        settings = self._settings
        iterations = _iterations(orders, settings)
        rows: list[GeneratedRow] = []
        passed = 0
        wordings: set[str] = set()
        running: deque[asyncio.Task[list[GeneratedRow]]] = deque()
        upcoming = iter(iterations)
        try:
            while passed < settings.target:
                self._start(running, upcoming, rows=len(rows), passed=passed)
                if not running:
                    break
                found = await running.popleft()
                verdicts = await asyncio.to_thread(self._judge, found)
                smoke = not rows and settings.smoke_rows > 0
                rows += found
                for row, rejected_by in zip(found, verdicts, strict=True):
                    wording = " ".join(f"{row.row.context or ''} {row.row.question}".casefold().split())
                    if rejected_by is None and wording not in wordings:
                        passed += 1
                        wordings.add(wording)
                if smoke:
                    self._require_smoke(found, verdicts)
                self._report(f"{passed:,} of {settings.target:,} rows pass, {len(rows):,} written")
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return Generation(tuple(rows), settings.target, passed < settings.target)

    def _start(
        self,
        running: deque[asyncio.Task[list[GeneratedRow]]],
        upcoming: Iterator[list[Order]],
        *,
        rows: int,
        passed: int,
    ) -> None:
        """Keep as many iterations running as the endpoint needs to be busy, and no more than the target may need.

        It goes by the iterations judged so far and not by which of the others are done, so that a run that is repeated
        starts the same. Those that turn out not to be needed are given up; what they have asked is recorded.
        """
        settings = self._settings
        share = passed / rows if rows else 1.0
        # The smoke rows are judged before anything else is asked for.
        alone = not rows and settings.smoke_rows > 0
        while not (alone and running):
            under_way = len(running) * settings.iteration_rows
            promised = passed + share * len(running) * settings.iteration_rows
            if under_way > 2 * settings.concurrency + settings.iteration_rows or (
                running and promised >= settings.target
            ):
                return
            orders = next(upcoming, None)
            if orders is None:
                return
            running.append(asyncio.create_task(self._iteration(orders)))

    async def _iteration(self, orders: Sequence[Order]) -> list[GeneratedRow]:
        found = await asyncio.gather(*(self._call(order) for order in orders))
        return [row for rows in found for row in rows]

    async def _call(self, order: Order) -> list[GeneratedRow]:
        try:
            drafts = await self._writer.write(self._answer, order)
        except LostError as error:
            origin = Origin(design=order.cell.design.name, mutators=order.cell.mutators)
            return [unreadable(origin, f"no answer: {error}")] * order.count
        return await asyncio.gather(*(self._voted(draft) for draft in drafts))

    async def _voted(self, draft: Draft | GeneratedRow) -> GeneratedRow:
        if isinstance(draft, GeneratedRow):
            return draft
        questions = [Question(draft.blind, "vote", -number) for number in range(1, self._settings.votes + 1)]
        try:
            replies = await asyncio.gather(*map(self._answer, questions))
        except LostError as error:
            return unreadable(draft.generated.origin, f"no blind answer: {error}")
        votes = tuple(Vote(reply.text, reply.request) for reply in replies)
        return replace(draft.generated, origin=replace(draft.generated.origin, votes=votes))

    async def _answer(self, question: Question) -> Reply:
        """The reply; a request that is lost now and then costs its rows, many in a row are the end of the run."""
        try:
            reply = await self._ask(question)
        except (BudgetExhaustedError, EndpointRefusedError, UnrecordedError):
            raise
        except UnansweredError as error:
            self._unanswered_in_a_row += 1
            if self._unanswered_in_a_row > max(MOST_UNANSWERED, self._settings.concurrency):
                raise
            raise LostError(str(error)) from error
        self._unanswered_in_a_row = 0
        return reply

    def _require_smoke(self, rows: Sequence[GeneratedRow], verdicts: Sequence[str | None]) -> None:
        rejected = Counter(verdict for verdict in verdicts if verdict is not None)
        share = rejected.total() / len(rows)
        if share <= self._settings.most_smoke_failures:
            return
        counts = ", ".join(f"{name} {count}" for name, count in rejected.most_common())
        reasons = list(dict.fromkeys(row.unreadable for row in rows if row.unreadable))[:SHOWN_FAILURES]
        quoted = "".join(f"; for example: {reason}" for reason in reasons)
        raise SmokeFailedError(
            f"{rejected.total()} of the first {len(rows)} rows are rejected ({share:.0%}; {counts}), more than the "
            f"{self._settings.most_smoke_failures:.0%} that teacher.most_smoke_failures allows: nothing further was "
            f"asked for{quoted}"
        )


def _iterations(orders: Sequence[Order], settings: GenerationSettings) -> list[list[Order]]:
    """The calls in batches: the smoke rows first, then iterations of the size that the task says."""
    rows_per_call = orders[0].count
    sizes = [settings.smoke_rows] if settings.smoke_rows else []
    batches: list[list[Order]] = []
    position = 0
    while position < len(orders):
        size = sizes.pop() if sizes else settings.iteration_rows
        calls = max(1, -(-size // rows_per_call))
        batches.append(list(orders[position : position + calls]))
        position += calls
    return batches
