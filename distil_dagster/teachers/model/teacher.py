"""The teacher that is a model behind an endpoint: it plans, writes, answers blind, and can be scored itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import ChatRequest, RecordedChat, ResponseFolder
from distil_dagster.tasks import Example, Task
from distil_dagster.teachers.emphasis import Emphasis
from distil_dagster.teachers.model.generation import GenerationSettings, Judge, Run
from distil_dagster.teachers.model.plan import Plan
from distil_dagster.teachers.model.planning import Planning
from distil_dagster.teachers.model.writer import Ask, Question, Reply, with_shots
from distil_dagster.teachers.teacher import Assessment, Generation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from distil_dagster.teachers.settings import ModelTeacherSettings

CUT_OFF = "length"


class ModelTeacher:
    """See `distil_dagster.teachers.teacher.Teacher` for the meaning of each method."""

    is_model = True

    def __init__(
        self,
        task: Task,
        endpoint: ChatEndpoint,
        settings: ModelTeacherSettings,
        planning: Planning,
        *,
        responses: ResponseFolder,
        judge: Judge,
        report: Callable[[str], object],
        address: str | None = None,
    ) -> None:
        """`judge` names the filter that each row fails by itself.

        `address` stands in recorded requests for a server whose port is another at every start.
        """
        self.name = endpoint.model
        self._task = task
        self._address = address or endpoint.base_url
        self._settings = settings
        self._planning = planning
        self._judge = judge
        self._report = report
        self._chat = RecordedChat(
            endpoint,
            responses,
            planning.prices,
            settings,
            budget_setting="teacher.budget_dollars",
            report=lambda _: None,
        )

    @property
    def spent_dollars(self) -> float:
        """What this run has spent."""
        return self._chat.spent_dollars

    def plan(self, *, count: int, seed: int, emphasis: Emphasis | None = None) -> Plan:
        """What `generate` would ask for, without asking."""
        return self._planning.plan(count=count, seed=seed, emphasis=emphasis)

    def generate(self, *, count: int, seed: int, emphasis: Emphasis | None = None) -> Generation:
        """Write rows until `count` of them pass, evenly or with an emphasis; see `Run.rows` for the errors."""
        orders = self._planning.orders(count=count, seed=seed, emphasis=emphasis)
        synthgen = self._task.settings.synthgen
        run = GenerationSettings(
            target=count,
            iteration_rows=synthgen.generation_iteration_size,
            smoke_rows=self._settings.smoke_rows,
            most_smoke_failures=self._settings.most_smoke_failures,
            votes=self._planning.votes,
            concurrency=self._settings.concurrency,
        )

        async def generation() -> Generation:
            async with self._asking() as ask:
                return await Run(self._planning.writer, ask, self._judge, run, report=self._tell).rows(orders)

        return asyncio.run(generation())

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        """Ask each example as the students are asked, behind the seeds that `evaluation` shows the teacher."""
        asked = list(examples)
        questions = [
            Question(
                with_shots(self._task, tuple(self._task.kind.prompt(self._task, example)), example.id),
                "test",
                0,
                greedy=True,
            )
            for example in asked
        ]

        async def replies() -> list[Reply]:
            async with self._asking() as ask:
                return await asyncio.gather(*map(ask, questions))

        kind = self._task.kind
        return tuple(
            Assessment(
                example.id,
                reply.text,
                kind.score(self._task, example, reply.text).metrics[kind.deciding_metric] == 1,
            )
            for example, reply in zip(asked, asyncio.run(replies()), strict=True)
        )

    def _tell(self, message: str) -> None:
        self._report(f"{self.name}: {message}, ${self.spent_dollars:.4f} spent")

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Ask]:
        async with self._chat.session() as session:

            async def ask(question: Question) -> Reply:
                answer = await session.ask(self._request(question))
                return Reply(answer.text, answer.finish_reason == CUT_OFF, answer.request_sha256)

            yield ask

    def _request(self, question: Question) -> ChatRequest:
        settings = self._settings
        temperature = 0.0 if question.greedy else self._task.settings.synthgen.teacher_temperature
        return ChatRequest(
            base_url=self._address,
            model=self.name,
            messages=question.messages,
            max_output_tokens=self._planning.max_output_tokens,
            temperature=temperature if settings.send_temperature else None,
            repeat=question.number,
            response_schema=question.schema if settings.structured_output else None,
            extra_body=settings.extra_body or None,
            name=f"{question.purpose} {question.number}",
        )
