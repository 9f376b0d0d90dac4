"""Asking while answers stream in: once for equal requests, on after a failure, and no further after the end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from distil_dagster.serving import responses
from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import (
    BudgetExhaustedError,
    ChatRequest,
    EndpointRefusedError,
    RecordedAnswer,
    RecordedChat,
    ResponseFolder,
    Session,
    UnansweredError,
    UnrecordedError,
)
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.tasks import Message
from tests.serving.recorded_answers import recorded_hashes
from tests.serving.scripted_server import Fault, Messages, ScriptedServer

SETTINGS = RemoteAsking(concurrency=4, attempts=8, request_timeout_seconds=60.0, budget_dollars=1.0)
FREE = TokenPrices(0.0, 0.0)
DEAR = TokenPrices(10.0, 100.0)
LIMIT = 50
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}

Result = TypeVar("Result")


pytestmark = pytest.mark.usefixtures("short_backoff")


def request(server: ScriptedServer, number: int = 0, **changes: Any) -> ChatRequest:
    messages = (Message("user", f"question {number}"),)
    return ChatRequest(server.base_url, "some/model", messages, LIMIT, None, name=f"example {number}", **changes)


def chat_with(
    server: ScriptedServer,
    folder: Path,
    *,
    settings: RemoteAsking = SETTINGS,
    prices: TokenPrices = FREE,
    report: Callable[[str], object] = lambda message: None,
) -> RecordedChat:
    endpoint, answers = ChatEndpoint(server.base_url, "some/model"), ResponseFolder(folder)
    return RecordedChat(endpoint, answers, prices, settings, budget_setting="some.budget_dollars", report=report)


def in_session(chat: RecordedChat, block: Callable[[Session], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with asyncio.timeout(30), chat.session() as session:
            return await block(session)

    return asyncio.run(run())


def ask_together(*requests: ChatRequest) -> Callable[[Session], Awaitable[list[RecordedAnswer | BaseException]]]:
    async def block(session: Session) -> list[RecordedAnswer | BaseException]:
        return await asyncio.gather(*map(session.ask, requests), return_exceptions=True)

    return block


def texts(answers: list[RecordedAnswer | BaseException]) -> list[str]:
    assert all(isinstance(answer, RecordedAnswer) for answer in answers), answers
    return [answer.text for answer in answers if isinstance(answer, RecordedAnswer)]


def test_requests_come_one_by_one_and_each_answer_is_recorded_before_it_is_given(tmp_path: Path) -> None:
    messages: list[str] = []
    with ScriptedServer() as server:

        async def one_after_the_other(session: Session) -> None:
            for number in range(5):
                answer = await session.ask(request(server, number))
                assert answer.text == f"question {number}"
                assert recorded_hashes(tmp_path).count(answer.request_sha256) == 1

        in_session(chat_with(server, tmp_path, prices=DEAR, report=messages.append), one_after_the_other)
        again = in_session(chat_with(server, tmp_path), ask_together(*(request(server, number) for number in range(6))))
    assert texts(again) == [f"question {number}" for number in range(6)]
    assert len(server.requests) == 6
    assert messages[-1] == "5 answers, $0.0011 spent"


def test_no_more_are_sent_at_once_than_the_settings_allow(tmp_path: Path) -> None:
    with ScriptedServer(seconds=0.02) as server:
        answers = in_session(
            chat_with(server, tmp_path), ask_together(*(request(server, number) for number in range(30)))
        )
    assert texts(answers) == [f"question {number}" for number in range(30)]
    assert server.most_at_once == 4


class TestEqualRequests:
    def test_in_flight_are_sent_once(self, tmp_path: Path) -> None:
        with ScriptedServer(seconds=0.05) as server:
            answers = in_session(
                chat_with(server, tmp_path), ask_together(*[request(server, 1), request(server, 2)] * 8)
            )
        assert Counter(texts(answers)) == {"question 1": 8, "question 2": 8}
        assert len(server.requests) == len(recorded_hashes(tmp_path)) == 2

    def test_share_a_failure_and_are_sent_again_when_asked_again(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HTTP_400]) as server:

            async def twice(session: Session) -> list[RecordedAnswer | BaseException]:
                failed = await ask_together(request(server), request(server))(session)
                assert [type(error) for error in failed] == [UnansweredError] * 2
                return await ask_together(request(server))(session)

            assert texts(in_session(chat_with(server, tmp_path), twice)) == ["question 0"]
        assert len(server.requests) == 2

    def test_who_is_cancelled_leaves_the_answer_to_the_others(self, tmp_path: Path) -> None:
        with ScriptedServer(seconds=0.1) as server:

            async def block(session: Session) -> str:
                first, second = (asyncio.create_task(session.ask(request(server))) for _ in range(2))
                while not server.requests:
                    await asyncio.sleep(0.005)
                first.cancel()
                answer = await second
                assert first.cancelled()
                return answer.text

            assert in_session(chat_with(server, tmp_path), block) == "question 0"
        assert len(server.requests) == 1

    def test_that_another_process_has_answered_meanwhile_have_its_answer(self, tmp_path: Path) -> None:
        def answer(messages: Messages) -> str:
            if messages[-1]["content"] == "question 1":
                with closing(sqlite3.connect(ResponseFolder(tmp_path).path)) as database, database:
                    database.execute(
                        "INSERT INTO answers SELECT ?, model, answered_at, 7.0, replace(response, 'mine', 'theirs'), "
                        "request FROM answers",
                        (request(server, 1).sha256,),
                    )
            return "mine"

        with ScriptedServer(answer=answer) as server:

            async def block(session: Session) -> RecordedAnswer:
                await session.ask(request(server, 0))
                return await session.ask(request(server, 1))

            found = in_session(chat_with(server, tmp_path), block)
        assert (found.text, found.latency_seconds) == ("theirs", 7.0)
        assert len(server.requests) == len(recorded_hashes(tmp_path)) == 2


class TestFaults:
    def test_that_pass_are_sat_out_in_any_mixture(self, tmp_path: Path) -> None:
        faults = [Fault.HTTP_429, Fault.HTTP_500, Fault.TRUNCATED, Fault.HALF_JSON, Fault.CLOSED, Fault.HANGS] * 2
        settings = SETTINGS.model_copy(update={"request_timeout_seconds": 0.5})
        with ScriptedServer(faults) as server:
            asked = [request(server, number) for number in range(12)]
            answers = in_session(chat_with(server, tmp_path, settings=settings), ask_together(*asked))
        assert texts(answers) == [f"question {number}" for number in range(12)]
        assert sorted(recorded_hashes(tmp_path)) == sorted(one.sha256 for one in asked)
        assert len(server.requests) == 24

    def test_of_one_request_leave_the_others_and_no_record(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.NONE, Fault.HTTP_400, Fault.NO_COMPLETION]) as server:
            settings = SETTINGS.model_copy(update={"concurrency": 1})
            asked = [request(server, number) for number in range(5)]
            answers = in_session(chat_with(server, tmp_path, settings=settings), ask_together(*asked))
        failed = {number: str(answer) for number, answer in enumerate(answers) if isinstance(answer, UnansweredError)}
        assert failed.keys() == {1, 2}
        assert failed[1].startswith(f"example 1 got no answer from {server.base_url}: HTTP 400")
        assert len(recorded_hashes(tmp_path)) == 3

    def test_a_storm_is_sat_out_by_all_for_as_long_as_one_was_told(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HTTP_429], retry_after="0.4", seconds=0.05) as server:
            asked = [request(server, number) for number in range(12)]
            assert len(texts(in_session(chat_with(server, tmp_path), ask_together(*asked)))) == 12
        assert all(arrival - server.arrivals[0] >= 0.4 for arrival in server.arrivals[4:])

    def test_a_long_storm_costs_no_answer(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HTTP_429] * 20, retry_after="0.02") as server:
            settings = SETTINGS.model_copy(update={"concurrency": 8, "attempts": 30})
            answers = in_session(
                chat_with(server, tmp_path, settings=settings),
                ask_together(*(request(server, number) for number in range(40))),
            )
        assert len(texts(answers)) == 40
        assert len(server.requests) == 60


class TestTheEnd:
    @pytest.mark.parametrize("fault", [Fault.HTTP_401, Fault.HTTP_403, Fault.HTTP_404])
    def test_a_refusal_that_no_request_escapes_ends_the_session(self, tmp_path: Path, fault: Fault) -> None:
        with ScriptedServer([Fault.NONE, fault]) as server:

            async def block(session: Session) -> list[RecordedAnswer | BaseException]:
                await session.ask(request(server, 0))
                with pytest.raises(EndpointRefusedError, match=f"example 1 got no answer from .*HTTP {fault.value}"):
                    await session.ask(request(server, 1))
                return await ask_together(request(server, 0), request(server, 1), request(server, 2))(session)

            recorded, *refused = in_session(chat_with(server, tmp_path), block)
        assert texts([recorded]) == ["question 0"]
        assert [type(answer) for answer in refused] == [EndpointRefusedError] * 2
        assert len(server.requests) == 2

    def test_requests_that_wait_when_it_comes_are_not_sent(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HTTP_429, Fault.HTTP_401], retry_after="100") as server:
            settings = SETTINGS.model_copy(update={"concurrency": 2})
            asked = [request(server, number) for number in range(20)]
            answers = in_session(chat_with(server, tmp_path, settings=settings), ask_together(*asked))
        assert {type(answer) for answer in answers} == {EndpointRefusedError}
        assert len(server.requests) == 2

    def test_a_budget_that_is_spent_ends_the_session(self, tmp_path: Path) -> None:
        most = DEAR.dollars(10 + 8 + 1000, LIMIT)
        settings = SETTINGS.model_copy(update={"budget_dollars": most + 2.5 * DEAR.dollars(2, 2)})
        with ScriptedServer() as server:
            asked = [request(server, number) for number in range(9)]

            async def block(session: Session) -> list[RecordedAnswer | BaseException]:
                answers = await ask_together(*asked)(session)
                with pytest.raises(
                    BudgetExhaustedError, match=r"^the budget of .*some\.budget_dollars.*: 3 answers are"
                ):
                    await session.ask(request(server, 100))
                return answers

            answers = in_session(chat_with(server, tmp_path, settings=settings, prices=DEAR), block)
        assert Counter(map(type, answers)) == {RecordedAnswer: 3, BudgetExhaustedError: 6}
        assert len(server.requests) == 3

    def test_requests_on_the_wire_when_it_is_closed_are_recorded_and_no_other_is_sent(self, tmp_path: Path) -> None:
        with ScriptedServer(seconds=0.2) as server:

            async def block(session: Session) -> list[asyncio.Task[RecordedAnswer]]:
                asking = [asyncio.create_task(session.ask(request(server, number))) for number in range(20)]
                while len(server.requests) < 4:
                    await asyncio.sleep(0.005)
                for task in asking[::2]:
                    task.cancel()
                return asking

            asking = in_session(chat_with(server, tmp_path), block)
        assert len(recorded_hashes(tmp_path)) == len(server.requests) == 4
        assert sum(task.cancelled() for task in asking) == 10

    def test_a_session_that_is_cancelled_waits_for_nothing(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HANGS] * 4) as server:

            async def cancelled(session: Session) -> None:
                task = asyncio.current_task()
                assert task is not None
                asyncio.get_running_loop().call_later(0.3, task.cancel)
                await ask_together(*(request(server, number) for number in range(8)))(session)

            with pytest.raises(asyncio.CancelledError):
                in_session(chat_with(server, tmp_path), cancelled)
            assert len(server.requests) == 4
        assert not recorded_hashes(tmp_path)

    def test_answers_that_can_not_be_recorded_are_not_paid_for_on_and_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(responses, "LOCKED_SECONDS", 0.05)
        with ScriptedServer() as server:

            async def block(session: Session) -> list[RecordedAnswer | BaseException]:
                with closing(sqlite3.connect(ResponseFolder(tmp_path).path, isolation_level=None)) as database:
                    database.execute("BEGIN IMMEDIATE")
                    answers = []
                    for number in range(5):
                        answers += await ask_together(request(server, number))(session)
                    return answers

            answers = in_session(chat_with(server, tmp_path), block)
        assert {type(answer) for answer in answers} == {UnrecordedError}
        assert "answers.sqlite can't be written (database is locked)" in str(answers[0])
        assert len(server.requests) == 1


class TestTokens:
    MOST = 10 + 8 + 1000 + LIMIT
    """What one of the questions may use; the server counts two words for each side."""

    def test_that_are_spent_end_the_session(self, tmp_path: Path) -> None:
        settings = SETTINGS.model_copy(update={"budget_tokens": self.MOST + 3 * 4 - 1})
        with ScriptedServer() as server:
            asked = [request(server, number) for number in range(9)]
            answers = in_session(chat_with(server, tmp_path, settings=settings), ask_together(*asked))
        assert Counter(map(type, answers)) == {RecordedAnswer: 3, BudgetExhaustedError: 6}
        assert len(server.requests) == 3
        assert str(answers[-1]) == (
            "the budget of 1,079 tokens (some.budget_tokens) allows no further request to some/model: 3 answers are "
            "there, this run used 12 tokens, and the next request may use 1,068 tokens; raise the budget or run again "
            "with the same: recorded answers cost nothing"
        )

    def test_that_requests_in_flight_may_use_are_held(self, tmp_path: Path) -> None:
        settings = SETTINGS.model_copy(update={"budget_tokens": int(2.5 * self.MOST), "concurrency": 8})
        with ScriptedServer(seconds=0.03) as server:
            answers = in_session(
                chat_with(server, tmp_path, settings=settings),
                ask_together(*(request(server, number) for number in range(8))),
            )
        assert len(texts(answers)) == 8
        assert server.most_at_once == 2

    def test_of_requests_that_failed_but_may_be_billed_are_spent(self, tmp_path: Path) -> None:
        settings = SETTINGS.model_copy(update={"budget_tokens": int(1.5 * self.MOST)})
        with ScriptedServer([Fault.TRUNCATED]) as server:
            (answer,) = in_session(chat_with(server, tmp_path, settings=settings), ask_together(request(server)))
        assert "used 1,068 tokens, 1,068 of it for requests that failed but may be billed, and" in str(answer)
        assert isinstance(answer, BudgetExhaustedError)

    def test_of_requests_that_were_refused_are_not(self, tmp_path: Path) -> None:
        settings = SETTINGS.model_copy(update={"budget_tokens": self.MOST + 3})
        with ScriptedServer([Fault.HTTP_429, Fault.HTTP_500, Fault.HTTP_400]) as server:

            async def block(session: Session) -> RecordedAnswer:
                with pytest.raises(UnansweredError, match="HTTP 400"):
                    await session.ask(request(server))
                return await session.ask(request(server, 1))

            assert in_session(chat_with(server, tmp_path, settings=settings), block).text == "question 1"

    def test_of_requests_that_were_never_sent_are_not(self, tmp_path: Path) -> None:
        settings = SETTINGS.model_copy(update={"concurrency": 2})
        with ScriptedServer([Fault.HTTP_429], retry_after="100", seconds=0.1) as server:
            chat = chat_with(server, tmp_path, settings=settings, prices=DEAR)

            async def block(session: Session) -> RecordedAnswer:
                asking = [asyncio.create_task(session.ask(request(server, number))) for number in range(9)]
                answer = await next(asyncio.as_completed(asking))
                await asyncio.sleep(0.05)  # the next one has the place of this, and waits for the pause to end
                return answer

            assert in_session(chat, block).dollars == chat.spent_dollars == DEAR.dollars(2, 2)
        assert len(server.requests) == 2


class TestSchema:
    def bodies(self, server: ScriptedServer) -> Iterator[bool]:
        return ("response_format" in body for body in server.requests)

    def test_it_is_sent_and_so_is_an_extra_body(self, tmp_path: Path) -> None:
        extra = {"chat_template_kwargs": {"enable_thinking": False}}
        with ScriptedServer() as server:
            asked = request(server, response_schema=SCHEMA, extra_body=extra)
            assert len(texts(in_session(chat_with(server, tmp_path), ask_together(asked)))) == 1
        assert server.requests == [
            {
                "model": "some/model",
                "messages": [{"role": "user", "content": "question 0"}],
                "max_completion_tokens": LIMIT,
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
                },
                "chat_template_kwargs": {"enable_thinking": False},
            }
        ]

    def test_an_endpoint_that_refuses_it_is_asked_without_for_the_rest_of_the_session(self, tmp_path: Path) -> None:
        with ScriptedServer(refused_parameter="response_format") as server:
            asked = [request(server, number, response_schema=SCHEMA) for number in range(6)]

            async def block(session: Session) -> list[RecordedAnswer | BaseException]:
                return await ask_together(asked[0])(session) + await ask_together(*asked[1:])(session)

            answers = in_session(chat_with(server, tmp_path), block)
        assert texts(answers) == [f"question {number}" for number in range(6)]
        assert list(self.bodies(server)) == [True] + [False] * 6
        assert sorted(recorded_hashes(tmp_path)) == sorted(one.sha256 for one in asked)

    def test_requests_in_flight_when_it_is_refused_are_all_asked_without(self, tmp_path: Path) -> None:
        with ScriptedServer(refused_parameter="response_format") as server:
            asked = [request(server, number, response_schema=SCHEMA) for number in range(8)]
            assert len(texts(in_session(chat_with(server, tmp_path), ask_together(*asked)))) == 8
        assert 1 <= sum(self.bodies(server)) <= 4
        assert len(server.requests) - sum(self.bodies(server)) == 8

    def test_a_refusal_for_something_else_is_an_error(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HTTP_400]) as server:
            asked = [request(server, number, response_schema=SCHEMA) for number in range(2)]
            settings = SETTINGS.model_copy(update={"concurrency": 1})
            refused, answer = in_session(chat_with(server, tmp_path, settings=settings), ask_together(*asked))
        assert type(refused) is UnansweredError
        assert texts([answer]) == ["question 1"]
        assert list(self.bodies(server)) == [True, True]
