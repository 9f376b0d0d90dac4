"""Asking for money: once for each answer, within the budget, and through every fault."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import (
    ChatRequest,
    RecordedAnswer,
    RecordedChat,
    ResponseFolder,
    UnansweredError,
)
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.tasks import Message
from tests.serving.recorded_answers import recorded_hashes
from tests.serving.scripted_server import Fault, ScriptedServer

ONE_BY_ONE = RemoteAsking(concurrency=1, attempts=3, request_timeout_seconds=20.0, budget_dollars=1.0)
FREE = TokenPrices(0.0, 0.0)
DEAR = TokenPrices(10.0, 100.0)
LIMIT = 50


pytestmark = pytest.mark.usefixtures("short_backoff")


def requests(base_url: str, count: int, *, temperature: float | None = None, repeat: int = 1) -> list[ChatRequest]:
    return [
        ChatRequest(
            base_url, "some/model", (Message("user", f"question {n}"),), LIMIT, temperature, repeat, name=f"example {n}"
        )
        for n in range(count)
    ]


class Asked:
    """A chat that is asked, and what it reported."""

    def __init__(
        self, base_url: str, folder: Path, settings: RemoteAsking = ONE_BY_ONE, prices: TokenPrices = FREE
    ) -> None:
        self.messages: list[str] = []
        self.chat = RecordedChat(
            ChatEndpoint(base_url, "some/model", "secret"),
            ResponseFolder(folder),
            prices,
            settings,
            budget_setting="some.budget_dollars",
            report=self.messages.append,
        )

    def for_all(self, asked: list[ChatRequest]) -> list[RecordedAnswer]:
        return asyncio.run(self.chat.ask_all(asked))


def test_answers_come_in_order_each_with_its_account(tmp_path: Path) -> None:
    with ScriptedServer(seconds=0.01) as server:
        settings = ONE_BY_ONE.model_copy(update={"concurrency": 4})
        asked = Asked(server.base_url, tmp_path, settings, DEAR)
        answers = asked.for_all(requests(server.base_url, 12))
    assert [answer.text for answer in answers] == [f"question {n}" for n in range(12)]
    assert server.most_at_once == 4
    assert server.authorizations[0] == "Bearer secret"
    assert {(answer.model, answer.finish_reason) for answer in answers} == {("some/model-2026", "stop")}
    assert answers[0].usage.input_tokens == answers[0].usage.output_tokens == 2
    assert answers[0].dollars == pytest.approx((2 * 10 + 2 * 100) / 1e6)
    assert asked.chat.spent_dollars == pytest.approx(12 * answers[0].dollars)
    assert asked.messages[-1].startswith("12 of 12 answers, $0.0026 spent")


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        first = Asked(server.base_url, tmp_path, prices=DEAR).for_all(requests(server.base_url, 5))
        again = Asked(server.base_url, tmp_path, prices=DEAR)
        assert again.for_all(requests(server.base_url, 6))[:5] == first  # latency and cost included
        assert len(server.requests) == 6
    assert again.chat.spent_dollars == pytest.approx(first[0].dollars)
    assert again.messages[0] == "5 of 6 answers were recorded before"


def test_a_chat_can_be_asked_again_and_its_budget_counts_for_both(tmp_path: Path) -> None:
    with ScriptedServer(seconds=0.02) as server:
        settings = ONE_BY_ONE.model_copy(update={"concurrency": 4, "budget_dollars": 0.0164})
        asked = Asked(server.base_url, tmp_path, settings, DEAR)
        asked.for_all(requests(server.base_url, 3))  # they wait for each other's money
        assert server.most_at_once == 1
        with pytest.raises(UnansweredError, match=r"6 of 9 answers are there, this run spent \$0\.0013"):
            asked.for_all(requests(server.base_url, 9))


def test_equal_requests_share_an_answer(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        asked = requests(server.base_url, 1)
        answers = Asked(server.base_url, tmp_path).for_all(asked * 3)
    assert len(server.requests) == 1
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    "changes",
    [
        {"repeat": 2},
        {"temperature": 0.0},
        {"model": "other"},
        {"max_output_tokens": 51},
        {"messages": (Message("user", "question 0."),)},
        {"base_url": "http://elsewhere/v1"},
    ],
)
def test_another_request_has_another_answer(changes: dict[str, Any]) -> None:
    (request,) = requests("http://127.0.0.1/v1", 1)
    fields = {name: getattr(request, name) for name in ("base_url", "model", "messages", "max_output_tokens")}
    fields |= {"temperature": request.temperature, "repeat": request.repeat}
    assert ChatRequest(**fields, name="under another name").sha256 == request.sha256
    assert ChatRequest(**(fields | changes)).sha256 != request.sha256


def test_a_temperature_is_sent_only_if_one_is_set(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        chat = Asked(server.base_url, tmp_path)
        chat.for_all(requests(server.base_url, 1))
        chat.for_all(requests(server.base_url, 1, temperature=0.0))
    assert ["temperature" in request for request in server.requests] == [False, True]


def test_a_record_can_be_read_by_its_hash_alone_and_holds_no_key(tmp_path: Path) -> None:
    with ScriptedServer(answer=lambda messages: "déjà vu 😀") as server:
        (answer,) = Asked(server.base_url, tmp_path).for_all(requests(server.base_url, 1))
    record = ResponseFolder(tmp_path).read(answer.request_sha256)
    assert record is not None
    assert record.request == requests(server.base_url, 1)[0].as_dict()
    assert record.response["choices"][0]["message"]["content"] == "déjà vu 😀"
    assert record.latency_seconds == answer.latency_seconds > 0
    assert abs((datetime.now(UTC) - record.answered_at).total_seconds()) < 600
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"question 0" in content for content in written)
    assert not any(b"secret" in content for content in written)


@pytest.mark.parametrize(
    "fault", [Fault.HTTP_429, Fault.HTTP_500, Fault.CLOSED, Fault.TRUNCATED, Fault.HALF_JSON, Fault.HANGS]
)
def test_a_fault_that_passes_costs_a_second_request_and_leaves_no_record(tmp_path: Path, fault: Fault) -> None:
    settings = ONE_BY_ONE.model_copy(update={"request_timeout_seconds": 0.3})
    with ScriptedServer([fault, fault]) as server:
        answers = Asked(server.base_url, tmp_path, settings).for_all(requests(server.base_url, 2))
        assert len(server.requests) == 4
    assert [answer.text for answer in answers] == ["question 0", "question 1"]
    assert len(recorded_hashes(tmp_path)) == 2


@pytest.mark.parametrize(
    ("script", "reason", "sent"),
    [
        ([Fault.HTTP_429] * 3, r'HTTP 429: {"error": "scripted"} \(3 attempts\)', 3),
        ([Fault.HTTP_500] * 3, r'HTTP 500: {"error": "scripted"} \(3 attempts\)', 3),
        ([Fault.HTTP_400], r'HTTP 400: {"error": "scripted"}', 1),
        ([Fault.HANGS] * 3, r"no answer within 0\.3 s \(3 attempts\)", 3),
        ([Fault.HALF_JSON] * 3, r"what came is no JSON: .* \(3 attempts\)", 3),
        ([Fault.TRUNCATED] * 3, r"the connection failed .* \(3 attempts\)", 3),
        ([Fault.NO_COMPLETION], r"what came is no chat completion", 1),
    ],
)
def test_a_fault_that_stays_ends_in_an_error_that_names_the_question_and_is_no_answer(
    tmp_path: Path, script: list[Fault], reason: str, sent: int
) -> None:
    settings = ONE_BY_ONE.model_copy(update={"request_timeout_seconds": 0.3})
    with ScriptedServer(script) as server:
        with pytest.raises(UnansweredError, match=rf"^example 0 got no answer from {server.base_url}: {reason}"):
            Asked(server.base_url, tmp_path, settings).for_all(requests(server.base_url, 3))
        assert len(server.requests) == sent
    assert not recorded_hashes(tmp_path)


def test_a_storm_of_refusals_is_sat_out_as_long_as_the_endpoint_asks(tmp_path: Path) -> None:
    settings = ONE_BY_ONE.model_copy(update={"concurrency": 4, "attempts": 8})
    with ScriptedServer([Fault.HTTP_429] * 8, retry_after="0.2") as server:
        began = time.monotonic()
        answers = Asked(server.base_url, tmp_path, settings).for_all(requests(server.base_url, 4))
        assert time.monotonic() - began >= 0.4
        assert len(server.requests) == 12
    assert len(answers) == 4


def test_answers_that_are_under_way_when_another_fails_are_recorded(tmp_path: Path) -> None:
    settings = ONE_BY_ONE.model_copy(update={"concurrency": 3})
    with ScriptedServer([Fault.HTTP_400], seconds=0.2) as server:
        with pytest.raises(UnansweredError, match="HTTP 400"):
            Asked(server.base_url, tmp_path, settings).for_all(requests(server.base_url, 9))
        assert len(server.requests) == 3
    assert len(recorded_hashes(tmp_path)) == 2


def test_an_endpoint_that_knows_only_the_former_name_of_the_limit_is_asked_under_that(tmp_path: Path) -> None:
    with ScriptedServer(refused_parameter="max_completion_tokens") as server:
        answers = Asked(server.base_url, tmp_path).for_all(requests(server.base_url, 3))
    assert [answer.text for answer in answers] == [f"question {n}" for n in range(3)]
    assert ["max_tokens" in request for request in server.requests] == [False, True, True, True]
    assert {request["max_tokens"] for request in server.requests[1:]} == {LIMIT}


def test_a_temperature_that_an_endpoint_refuses_is_an_error_in_its_words(tmp_path: Path) -> None:
    with (
        ScriptedServer(refused_parameter="temperature") as server,
        pytest.raises(UnansweredError, match="Unsupported parameter: 'temperature'"),
    ):
        Asked(server.base_url, tmp_path).for_all(requests(server.base_url, 3, temperature=0.0))


@pytest.mark.parametrize("content", ["", "{}", '{"choices": []}', "null", b"\xff"])
def test_a_record_that_something_else_wrote_is_an_error_that_names_it(tmp_path: Path, content: str | bytes) -> None:
    path = ResponseFolder(tmp_path).path
    with ScriptedServer() as server:
        asked = requests(server.base_url, 1)
        Asked(server.base_url, tmp_path).for_all(asked)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE answers SET response = ?", (content,))
        complaint = rf"^{asked[0].sha256} in {path} is no recorded answer .*: delete it to ask again$"
        with pytest.raises(UnansweredError, match=complaint):
            Asked(server.base_url, tmp_path).for_all(asked)
        assert len(server.requests) == 1


def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = ResponseFolder(tmp_path).path
    path.write_text("these are no answers, but " + "words " * 1000)
    with (
        ScriptedServer() as server,
        pytest.raises(UnansweredError, match=rf"^{path} can't be read .*: move it away to ask again$"),
    ):
        Asked(server.base_url, tmp_path).for_all(requests(server.base_url, 1))
    assert not server.requests


class TestBudget:
    MOST = DEAR.dollars(10 + 8 + 1000, LIMIT)
    """What one of the questions may cost."""

    def settings(self, budget: float, **changes: Any) -> RemoteAsking:
        return ONE_BY_ONE.model_copy(update={"budget_dollars": budget, **changes})

    def test_the_asking_stops_before_it_may_cost_more_and_goes_on_in_another_run(self, tmp_path: Path) -> None:
        cost = DEAR.dollars(2, 2)
        budget = self.MOST + 3.5 * cost
        with ScriptedServer() as server:
            asked = requests(server.base_url, 9)
            first = Asked(server.base_url, tmp_path, self.settings(budget, concurrency=3), DEAR)
            with pytest.raises(UnansweredError) as caught:
                first.for_all(asked)
            assert str(caught.value) == (
                f"the budget of ${budget:g} (some.budget_dollars) allows no further request to some/model: 4 of 9 "
                f"answers are there, this run spent $0.0009, and the next request may cost $0.0152; "
                f"raise the budget or run again with the same: recorded answers cost nothing"
            )
            assert len(server.requests) == len(recorded_hashes(tmp_path)) == 4
            assert first.chat.spent_dollars <= budget
            second = Asked(server.base_url, tmp_path, self.settings(1.0), DEAR)
            assert len(second.for_all(asked)) == 9
            assert len(server.requests) == 9

    def test_requests_in_flight_may_not_exceed_it_together(self, tmp_path: Path) -> None:
        with ScriptedServer(seconds=0.05) as server:
            settings = self.settings(2.5 * self.MOST, concurrency=8)
            assert len(Asked(server.base_url, tmp_path, settings, DEAR).for_all(requests(server.base_url, 8))) == 8
        assert server.most_at_once == 2

    def test_a_budget_below_one_request_sends_none(self, tmp_path: Path) -> None:
        with ScriptedServer() as server:
            settings = self.settings(0.9 * self.MOST)
            with pytest.raises(UnansweredError, match=r"0 of 2 answers are there, this run spent \$0\.0000"):
                Asked(server.base_url, tmp_path, settings, DEAR).for_all(requests(server.base_url, 2))
            assert not server.requests

    def test_a_model_that_costs_nothing_needs_no_budget(self, tmp_path: Path) -> None:
        with ScriptedServer() as server:
            assert Asked(server.base_url, tmp_path, self.settings(0.0)).for_all(requests(server.base_url, 2))

    @pytest.mark.parametrize(
        ("usage", "charged"),
        [
            (None, MOST),
            ({"prompt_tokens": 0, "completion_tokens": 2}, DEAR.dollars(1018, 2)),
            ({"prompt_tokens": 2, "completion_tokens": 0}, DEAR.dollars(2, LIMIT)),
            ({"prompt_tokens": -7, "completion_tokens": -7}, MOST),
        ],
    )
    def test_usage_that_lies_is_charged_for_the_most(
        self, tmp_path: Path, usage: dict[str, Any] | None, charged: float
    ) -> None:
        with ScriptedServer(usage=lambda messages, text: usage) as server:
            asked = Asked(server.base_url, tmp_path, prices=DEAR)
            (answer,) = asked.for_all(requests(server.base_url, 1))
        assert answer.usage.suspect
        assert answer.dollars == asked.chat.spent_dollars == pytest.approx(charged)

    def test_usage_beyond_all_bounds_is_charged_and_ends_the_run(self, tmp_path: Path) -> None:
        usage = {"prompt_tokens": 2, "completion_tokens": 10**8}
        with ScriptedServer(usage=lambda messages, text: usage) as server:
            asked = Asked(server.base_url, tmp_path, self.settings(1.0), DEAR)
            with pytest.raises(UnansweredError, match=r"1 of 2 answers are there, this run spent \$10000\.0000"):
                asked.for_all(requests(server.base_url, 2))
            assert len(server.requests) == 1

    def test_requests_that_were_cut_off_are_charged_too(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.TRUNCATED] * 2) as server:
            settings = self.settings(2.5 * self.MOST)
            with pytest.raises(
                UnansweredError, match=r"spent \$0\.0304, \$0\.0304 of it for requests that failed but may be billed,"
            ):
                Asked(server.base_url, tmp_path, settings, DEAR).for_all(requests(server.base_url, 2))
            assert len(server.requests) == 2

    def test_refusals_cost_nothing(self, tmp_path: Path) -> None:
        with ScriptedServer([Fault.HTTP_429, Fault.HTTP_500]) as server:
            asked = Asked(server.base_url, tmp_path, self.settings(1.0), DEAR)
            asked.for_all(requests(server.base_url, 1))
        assert asked.chat.spent_dollars == pytest.approx(DEAR.dollars(2, 2))
