"""The run: enough rows, the same each time, votes on each, and an end where going on makes no sense."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from distil_dagster.serving.unanswered import BudgetExhaustedError, UnansweredError
from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.model.generation import GenerationSettings, Run, SmokeFailedError
from distil_dagster.teachers.model.plan import Order, deal
from distil_dagster.teachers.model.writer import Question, Reply
from distil_dagster.teachers.model.writers import writer_for
from distil_dagster.teachers.teacher import GeneratedRow, Generation
from tests.teachers.model.conftest import asking
from tests.teachers.model.scripted_model import ScriptedModel

SETTINGS = GenerationSettings(
    target=40, iteration_rows=16, smoke_rows=8, most_smoke_failures=0.5, votes=2, concurrency=4
)


def passing(rows: Sequence[GeneratedRow]) -> list[str | None]:
    """Every row that can be read passes."""
    return ["unreadable" if row.unreadable else None for row in rows]


@dataclass
class Asked:
    """The stand-in behind a wire that is slow now and then, and counts."""

    task: Task
    broken: Sequence[range] = ()
    """Which requests, by their number, get no answer."""
    error: UnansweredError = field(default_factory=lambda: UnansweredError("the line is dead"))
    questions: list[Question] = field(default_factory=list)

    async def __call__(self, question: Question) -> Reply:
        number = len(self.questions)
        self.questions.append(question)
        await asyncio.sleep(0.001 * (number * 7 % 5))
        if any(number in numbers for numbers in self.broken):
            raise self.error
        return await asking(ScriptedModel(self.task))(question)


def run(ask: Asked, settings: GenerationSettings = SETTINGS, *, calls: int = 40) -> Generation:
    writer = writer_for(ask.task)
    orders: list[Order] = deal(writer.designs, ((),), calls=calls, rows_per_call=4, seed="1")
    return asyncio.run(Run(writer, ask, passing, settings, report=lambda _: None).rows(orders))


@pytest.fixture
def single(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


def test_rows_of_every_kind_are_written_and_voted_on(task: Task) -> None:
    generation = run(Asked(task))
    assert len(generation.rows) >= 40
    assert not generation.exhausted
    for row in generation.rows:
        assert row.unreadable is None
        assert len(row.origin.votes) == 2
        assert len({vote.request for vote in row.origin.votes}) == 2


def test_it_goes_on_until_the_target_and_not_much_further(single: Task) -> None:
    ask = Asked(single)
    generation = run(ask)
    # 8 smoke rows and two iterations of 16 make the 40: no row more, and none in flight that nobody needs.
    assert len(generation.rows) == 40
    assert len([question for question in ask.questions if question.purpose == "write"]) == 10


def test_whatever_answer_comes_first_the_rows_are_the_same(single: Task) -> None:
    first = run(Asked(single))
    assert first == run(Asked(single), SETTINGS) == run(Asked(single, broken=[range(10**6, 10**6 + 1)]))


def test_rows_that_fail_are_made_up_for(single: Task) -> None:
    generation = run(Asked(single, broken=[range(30, 36)]))
    unreadable = [row for row in generation.rows if row.unreadable]
    assert unreadable
    assert len(generation.rows) - len(unreadable) >= 40
    assert all("the line is dead" in (row.unreadable or "") for row in unreadable)


def test_when_the_calls_are_used_up_the_run_says_that_it_has_no_more(single: Task) -> None:
    generation = run(Asked(single), calls=5)
    assert (len(generation.rows), generation.requested, generation.exhausted) == (20, 40, True)


def test_rows_of_the_same_words_count_once(single: Task) -> None:
    async def one_row(question: Question) -> Reply:
        reply = await asking(lambda _: '{"examples": [{"user": "stop it", "parameters": {}}]}')(question)
        return Reply('{"name": "stop", "parameters": {}}', False, reply.request) if question.number < 0 else reply

    writer = writer_for(single)
    stop = [design for design in writer.designs if design.name == "stop()"]
    orders = deal(stop, ((),), calls=10, rows_per_call=1, seed="1")
    generation = asyncio.run(Run(writer, one_row, passing, SETTINGS, report=lambda _: None).rows(orders))
    assert len(generation.rows) == 10
    assert generation.exhausted


class TestSmoke:
    def test_a_bad_beginning_ends_the_run_before_anything_else_is_asked(self, single: Task) -> None:
        ask = Asked(single, broken=[range(1000)])
        with pytest.raises(SmokeFailedError, match=r"8 of the first 8 rows .*the line is dead"):
            run(ask)
        assert len(ask.questions) == 2

    def test_a_few_failures_are_let_pass(self, single: Task) -> None:
        assert len(run(Asked(single, broken=[range(1)])).rows) >= 40


class TestEndOfTheRun:
    def test_a_spent_budget_ends_it(self, single: Task) -> None:
        ask = Asked(single, broken=[range(20, 1000)], error=BudgetExhaustedError("the budget of $1 is spent"))
        with pytest.raises(BudgetExhaustedError, match=r"\$1"):
            run(ask)
        assert len(ask.questions) < 120

    def test_an_endpoint_that_answers_nothing_any_more_ends_it(self, single: Task) -> None:
        ask = Asked(single, broken=[range(30, 100_000)])
        with pytest.raises(UnansweredError, match="the line is dead"):
            run(ask, GenerationSettings(**{**vars(SETTINGS), "target": 4000, "iteration_rows": 64}), calls=2000)
        assert len(ask.questions) < 600
