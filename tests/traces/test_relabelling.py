"""What a committee of scripted servers makes of rows; each member is a server of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.serving.recorded import UnansweredError
from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.folder import load_declaration
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.traces.reading import TracedRow
from distil_dagster.traces.relabelling import Relabelling, relabelled
from distil_dagster.traces.relevance import relevant_rows
from distil_dagster.traces.settings import TraceSettings
from tests.serving.scripted_server import Fault, Messages, ScriptedServer, Usage, count_characters
from tests.traces.conftest import call, chat, panel

Answer = Callable[[Messages], str]
Start = Callable[..., tuple[ScriptedServer, RemoteModel]]
ANSWER_OF_THE_LOG = json.dumps(call("set_timer", minutes=999))


def says(name: str, **parameters: Any) -> Answer:
    return lambda messages: json.dumps(call(name, **parameters))


def rows(*questions: str, answer: str = ANSWER_OF_THE_LOG) -> list[TracedRow]:
    return [TracedRow(Row(question, answer), line) for line, question in enumerate(questions, start=1)]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a member that answers as the function says."""
    with ExitStack() as servers:

        def one(
            answer: Answer,
            script: Sequence[Fault] = (),
            usage: Callable[[Messages, str], Usage] = count_characters,
        ) -> tuple[ScriptedServer, RemoteModel]:
            server = servers.enter_context(ScriptedServer(script, answer=answer, usage=usage))
            name = f"on-port-{server.server_address[1]}"
            return server, RemoteModel(model=name, base_url=server.base_url, input_price=1, output_price=1)

        yield one


def ask(
    task: Task, asked: Sequence[TracedRow], folder: Path, committee: Sequence[RemoteModel], arbiter: RemoteModel | None
) -> Relabelling:
    settings = TraceSettings(committee=tuple(committee), arbiter=arbiter, attempts=1)
    return relabelled(task, asked, panel(folder, settings), committee)


class TestVotes:
    def test_all_members_agree_though_they_write_it_differently(
        self, declaration: Path, tmp_path: Path, start: Start
    ) -> None:
        """A default may be left out or given, a model may think first and fence its answer."""
        answers = (
            says("set_lights", room="hall"),
            says("set_lights", power="on", room="hall"),
            lambda messages: (
                '<think>{"name": "stop"}?</think>\n```json\n' + says("set_lights", room="hall")([]) + "```"
            ),
        )
        members = [start(answer)[1] for answer in answers]
        found = ask(load_declaration(declaration), rows("light in the hall"), tmp_path, members, None)
        assert [json.loads(traced.row.answer) for traced in found.rows] == [call("set_lights", room="hall")]
        assert found.labels == {"unanimous": 1, "changed": 1}

    def test_half_of_the_members_are_no_majority(self, declaration: Path, tmp_path: Path, start: Start) -> None:
        members = [start(says("stop"))[1], start(says("stop"))[1], start(says("set_timer", minutes=1))[1]]
        members.append(start(lambda messages: "I can't help with that.")[1])
        found = ask(load_declaration(declaration), rows("stop it"), tmp_path, members, None)
        assert found.rows == []
        assert [traced.line for traced in found.undecided] == [1]
        assert found.labels["no majority"] == 1

    def test_members_see_what_a_student_will_see(self, declaration: Path, tmp_path: Path, start: Start) -> None:
        task = load_declaration(declaration)
        server, member = start(says("stop"))
        (traced,) = rows("stop it")
        ask(task, [traced], tmp_path, [member], None)
        (request,) = server.requests
        assert request["messages"] == [m.as_dict() for m in task.kind.prompt(task, task.kind.expand(traced.row)[0])]
        assert request["temperature"] == 0
        assert "999" not in json.dumps(request)

    def test_an_answer_that_the_schema_forbids_is_no_vote(
        self, declaration: Path, tmp_path: Path, start: Start
    ) -> None:
        members = [start(says("set_lights", room="attic"))[1], start(says("open_safe"))[1]]
        found = ask(load_declaration(declaration), rows("light in the attic"), tmp_path, members, None)
        assert (found.rows, found.labels["no valid answer"], len(found.undecided)) == ([], 1, 1)

    def test_rows_that_the_new_labels_make_equal_are_one(self, declaration: Path, tmp_path: Path, start: Start) -> None:
        _, member = start(says("stop"))
        asked = [*rows("stop it"), TracedRow(Row("stop it", json.dumps(call("stop"))), 7)]
        found = ask(load_declaration(declaration), asked, tmp_path, [member], None)
        assert (len(found.rows), found.repeated, found.labels["changed"]) == (1, 1, 1)


class TestArbiter:
    @pytest.mark.parametrize(
        ("reply", "counted"),
        [
            ('Surely the second.\n{"choice": 2}', "arbiter"),
            ('{"choice": 0}', "arbiter chose none"),
            ('{"choice": 3}', "arbiter chose none"),
            ("the first, I think", "arbiter unreadable"),
        ],
    )
    def test_decides_between_different_answers(self, declaration: Path, start: Start, reply: str, counted: str) -> None:
        """Two answers that mean the same are shown once: their number is no argument."""
        members = [start(says("stop"))[1], start(says("stop"))[1]]
        members += [start(says("set_timer", minutes=1))[1], start(says("set_timer", minutes=1))[1]]
        server, arbiter = start(lambda messages: reply)
        found = ask(load_declaration(declaration), rows("a minute, then stop"), declaration, members, arbiter)
        chosen = [call("set_timer", minutes=1)] if counted == "arbiter" else []
        assert [json.loads(traced.row.answer) for traced in found.rows] == chosen
        assert found.labels[counted] == 1
        shown = server.requests[0]["messages"][-1]["content"]
        assert "user: a minute, then stop" in shown
        assert shown.endswith('1. {"name":"stop","parameters":{}}\n2. {"name":"set_timer","parameters":{"minutes":1}}')

    def test_is_not_asked_where_all_agree(self, declaration: Path, tmp_path: Path, start: Start) -> None:
        server, arbiter = start(says("stop"))
        ask(load_declaration(declaration), rows("stop it"), tmp_path, [start(says("stop"))[1]], arbiter)
        assert server.requests == []


class TestDialogues:
    def dialogue(self) -> list[TracedRow]:
        messages = chat(("lights in the hall", call("set_timer", minutes=9)), ("and stop", call("stop")))["messages"]
        return [TracedRow(Row(json.dumps(messages[1:-2]), ANSWER_OF_THE_LOG), 1)]

    def test_every_call_is_decided_with_those_before_it_corrected(
        self, tiny_multi_turn_folder: Path, tmp_path: Path, start: Start
    ) -> None:
        def answer(messages: Messages) -> str:
            first = messages[-1]["content"] == "lights in the hall"
            return json.dumps(call("set_lights", room="hall") if first else call("stop"))

        task = load_declaration(tiny_multi_turn_folder)
        server, member = start(answer)
        found = ask(task, self.dialogue(), tmp_path, [member], None)
        (traced,) = found.rows
        turns = tool_calling(task.kind).conversation(traced.row).turns
        assert [(turn.user, turn.call.name) for turn in turns] == [
            ("lights in the hall", "set_lights"),
            ("and stop", "stop"),
        ]
        assert found.labels == {"unanimous": 2, "changed": 2}
        assert "set_lights" in server.requests[1]["messages"][2]["content"]

    def test_one_call_without_a_decision_takes_the_dialogue_out(
        self, tiny_multi_turn_folder: Path, tmp_path: Path, start: Start
    ) -> None:
        server, member = start(lambda messages: "no idea")
        asked = self.dialogue()
        found = ask(load_declaration(tiny_multi_turn_folder), asked, tmp_path, [member], None)
        assert (found.rows, found.undecided, len(server.requests)) == ([], asked, 1)


class TestMoney:
    def test_what_was_answered_is_not_paid_for_again(self, declaration: Path, tmp_path: Path, start: Start) -> None:
        server, member = start(says("stop"))
        for _ in range(2):
            ask(load_declaration(declaration), rows("stop it", "stop now"), tmp_path, [member], None)
        assert len(server.requests) == 2

    def test_a_budget_is_that_of_the_whole_import(
        self, tiny_multi_turn_folder: Path, tmp_path: Path, start: Start
    ) -> None:
        """The turns of a dialogue are asked one after the other: the second must not begin with a full purse.

        The endpoint doesn't say what was used, so that each question costs the most it may: half a cent and a bit.
        """
        server, member = start(says("stop"), usage=lambda messages, text: None)
        member = member.model_copy(update={"max_output_tokens": 5000})
        settings = TraceSettings(committee=(member,), budget_dollars=0.009)
        turns = chat(("lights in the hall", call("stop")), ("and stop", call("stop")))["messages"]
        asked = [TracedRow(Row(json.dumps(turns[1:-2]), ANSWER_OF_THE_LOG), 1)]
        with pytest.raises(UnansweredError, match=r"traces\.budget_dollars"):
            relabelled(load_declaration(tiny_multi_turn_folder), asked, panel(tmp_path, settings), [member])
        assert len(server.requests) == 1

    def test_a_question_without_an_answer_is_named_by_its_line(
        self, declaration: Path, tmp_path: Path, start: Start
    ) -> None:
        _, member = start(says("stop"), [Fault.HTTP_400])
        with pytest.raises(UnansweredError, match="the label of line 1 got no answer"):
            ask(load_declaration(declaration), rows("stop it"), tmp_path, [member], None)


class TestRelevance:
    def judged(self, declaration: Path, folder: Path, start: Start, answer: Answer) -> tuple[list[int], int, int, int]:
        config = declaration / "config.yaml"
        config.write_text(config.read_text() + "trace_processing: {relevance_filtering_batch_size: 2}\n")
        task = load_declaration(declaration)
        server, judge = start(answer)
        found, irrelevant, unreadable = relevant_rows(task, rows("a", "b", "c", "d", "e"), panel(folder), judge)
        return [traced.line for traced in found], irrelevant, unreadable, len(server.requests)

    def test_rows_are_judged_in_batches(self, declaration: Path, tmp_path: Path, start: Start) -> None:
        found = self.judged(declaration, tmp_path, start, lambda messages: 'The list: {"relevant": [1, 7]}')
        assert found == ([1, 3, 5], 2, 0, 3)

    def test_what_is_judged_unreadably_is_kept_and_counted(
        self, declaration: Path, tmp_path: Path, start: Start
    ) -> None:
        def answer(messages: Messages) -> str:
            return "all of them" if "1. c" in messages[-1]["content"] else '{"relevant": []}'

        assert self.judged(declaration, tmp_path, start, answer) == ([3, 4], 3, 2, 3)
