"""The single-turn kind: prompt, transcript, examples, parsing and scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Conversation, InvalidOutput, Message, Row, Score, Task, ToolCall, Turn, load_task
from distil_dagster.tasks.tool_calling import ToolCalling

KIND = ToolCalling()

names = st.text(min_size=1, max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
calls = st.builds(ToolCall, names, st.dictionaries(st.text(max_size=9), values, max_size=4))


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


class TestPrompt:
    def test_the_system_prompt_holds_description_answer_form_and_one_line_per_tool(self, task: Task) -> None:
        lines = KIND.system_prompt(task).split("\n")
        assert lines[0] == "Turn the request into one call."
        assert lines[1].startswith("Answer with one call as JSON")
        assert lines[2:] == [
            "set_lights(room!: kitchen|hall|study|cellar|porch, power: on|off=on, brightness: integer 0..100)",
            "set_timer(minutes!: integer, label: string)",
            "stop()",
        ]

    def test_a_row_is_one_question_whose_prompt_ends_with_the_request(self, task: Task) -> None:
        row = task.seeds[0]
        (example,) = KIND.expand(row)
        assert (example.id, example.row, example.turn, example.cluster) == (f"{row.id}#1", row, 1, row.id)
        assert KIND.prompt(task, example) == [
            Message("system", KIND.system_prompt(task)),
            Message("user", row.question),
        ]

    def test_the_target_is_the_compact_form_of_the_answer(self, task: Task) -> None:
        (example,) = KIND.expand(Row("dim the hall", '{ "parameters": {"room": "hall"}, "name": "set_lights" }'))
        assert example.target == '{"name":"set_lights","parameters":{"room":"hall"}}'

    def test_the_transcript_is_the_prompt_and_the_target(self, task: Task) -> None:
        row = task.seeds[3]
        (example,) = KIND.expand(row)
        expected = [*KIND.prompt(task, example), Message("assistant", example.target)]
        assert KIND.transcript(task, row) == expected

    def test_every_prompt_of_the_task_begins_with_the_same_system_message(self, task: Task) -> None:
        prompts = [KIND.prompt(task, example) for row in task.tests for example in KIND.expand(row)]
        assert len({prompt[0] for prompt in prompts}) == 1
        assert {prompt[0].role for prompt in prompts} == {"system"}


class TestParse:
    @pytest.mark.parametrize(
        "text",
        [
            '{"name": "set_timer", "parameters": {"minutes": 5}}',
            '{"name": "set_timer", "arguments": {"minutes": 5}}',
            '{"name": "set_timer", "arguments": "{\\"minutes\\": 5}"}',
            '{"type": "function", "function": {"name": "set_timer", "arguments": {"minutes": 5}}}',
            '{"id": "1", "type": "function", "function": {"name": "set_timer", "arguments": "{\\"minutes\\": 5}"}}',
            '```json\n{"name": "set_timer", "parameters": {"minutes": 5}}\n```',
            '```\n{"name": "set_timer", "parameters": {"minutes": 5}}```',
            ' \n{"name": "set_timer", "parameters": {"minutes": 5}}\n\n',
        ],
    )
    def test_a_call_is_read_in_all_its_usual_forms(self, text: str) -> None:
        assert KIND.parse(text) == ToolCall("set_timer", {"minutes": 5})

    @pytest.mark.parametrize(
        "text", ['{"name": "stop"}', '{"name": "stop", "parameters": {}}', '{"name": "stop", "arguments": ""}']
    )
    def test_a_call_without_arguments_has_none(self, text: str) -> None:
        assert KIND.parse(text) == ToolCall("stop", {})

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "not JSON"),
            ("Sure! I'll stop.", "not JSON"),
            ('{"name": "stop"} and then', "not JSON"),
            ('{"name": "stop"', "not JSON"),
            ("{'name': 'stop'}", "not JSON"),
            ("```", "not JSON"),
            ("[" * 100_000, "not JSON"),
            ("1" * 5000, "not JSON"),
            ('{"name": "stop", "parameters": {"minutes": NaN}}', "not JSON (NaN is no JSON value)"),
            ('{"name": "stop", "parameters": {"minutes": -Infinity}}', "not JSON (-Infinity is no JSON value)"),
            ('{"name": "\\ud800"}', "not JSON (half of a surrogate pair is no character)"),
            ("null", "expected an object with name and parameters, found NoneType"),
            ('[{"name": "stop"}]', "expected an object with name and parameters, found list"),
            ("{}", "expected the name of a tool under 'name'"),
            ('{"name": ""}', "expected the name of a tool under 'name'"),
            ('{"name": 7}', "expected the name of a tool under 'name'"),
            ('{"function": {"arguments": {}}}', "expected the name of a tool under 'name'"),
            ('{"name": "stop", "parameters": [1]}', "the arguments of stop must be an object, not list"),
            ('{"name": "stop", "parameters": null}', "the arguments of stop must be an object, not NoneType"),
            ('{"name": "stop", "arguments": "now"}', "the arguments of stop are not JSON"),
            ('{"name": "stop", "arguments": "[]"}', "the arguments of stop must be an object, not list"),
            ('{"name": "stop", "arguments": "' + "[" * 100_000 + '"}', "the arguments of stop are not JSON"),
        ],
    )
    def test_anything_else_is_refused_with_the_reason(self, text: str, reason: str) -> None:
        with pytest.raises(InvalidOutput) as error:
            KIND.parse(text)
        assert str(error.value).startswith(reason)

    @given(st.text())
    def test_no_text_makes_it_fail_in_another_way(self, text: str) -> None:
        for wrapped in (text, f'{{"name": {text}}}', json.dumps({"name": "stop", "arguments": text})):
            try:
                call = KIND.parse(wrapped)
            except InvalidOutput:
                continue
            assert KIND.parse(call.to_answer()) == call

    @given(calls)
    def test_an_answer_reads_back_as_the_same_call(self, call: ToolCall) -> None:
        parsed = KIND.parse(call.to_answer())
        assert parsed == call
        assert list(parsed.arguments) == list(call.arguments)

    def test_an_answer_keeps_letters_as_they_are(self) -> None:
        assert ToolCall("note", {"text": "Küche früh"}).to_answer() == (
            '{"name":"note","parameters":{"text":"Küche früh"}}'
        )


class TestRows:
    @given(st.text(min_size=1), calls)
    def test_a_row_and_its_conversation_hold_the_same(self, question: str, call: ToolCall) -> None:
        conversation = KIND.conversation(Row(question, call.to_answer()))
        assert conversation.turns == (Turn(question, call),)
        assert KIND.conversation(KIND.row(conversation)).turns == conversation.turns

    def test_a_conversation_of_two_turns_is_no_row_of_this_kind(self) -> None:
        turn = Turn("stop", ToolCall("stop", {}))
        with pytest.raises(ValueError, match="too many values"):
            KIND.row(Conversation("x", (turn, turn)))

    def test_a_valid_row_has_no_problems(self, task: Task) -> None:
        assert [KIND.row_problems(task, row) for row in task.seeds] == [[]] * len(task.seeds)


class TestScore:
    TARGET = '{"name":"set_lights","parameters":{"room":"hall","power":"on"}}'

    def score(self, task: Task, prediction: str) -> Score:
        (example,) = KIND.expand(Row("lights on in the hall", self.TARGET))
        return KIND.score(task, example, prediction)

    @pytest.mark.parametrize(
        ("prediction", "equivalence", "binary", "staged"),
        [
            ('{"name":"set_lights","parameters":{"room":"hall","power":"on"}}', 1, 1, 1),
            ('```json\n{"parameters": {"power": "on", "room": "hall"}, "name": "set_lights"}\n```', 1, 1, 1),
            ('{"name":"set_lights","parameters":{"room":"hall"}}', 1, 0, 1),
            ('{"name":"set_lights","parameters":{"room":"hall","brightness":null}}', 1, 0, 1),
            ('{"name":"set_lights","parameters":{"room":"study"}}', 0, 0, 0.75),
            ('{"name":"set_lights","parameters":{"room":"hall","power":"off"}}', 0, 0, 0.5),
            ('{"name":"set_lights","parameters":{"room":"hall","brightness":5}}', 0, 0, 0.5),
            ('{"name":"set_timer","parameters":{"room":"hall"}}', 0, 0, 0.25),
            ('{"name":"dance","parameters":{}}', 0, 0, 0.25),
            ('"set_lights"', 0, 0, 0.25),
            ("[]", 0, 0, 0.25),
            ("lights on in the hall", 0, 0, 0),
            ("", 0, 0, 0),
            ("9" * 5000, 0, 0, 0),
            ("[" * 100_000, 0, 0, 0),
        ],
    )
    def test_each_stage_earns_its_share(
        self, task: Task, prediction: str, equivalence: float, binary: float, staged: float
    ) -> None:
        assert self.score(task, prediction).metrics == {
            "tool_call_equivalence": equivalence,
            "binary_tool_call": binary,
            "staged_tool_call": staged,
        }

    def test_the_deciding_metric_is_one_of_those_scored(self, task: Task) -> None:
        assert tuple(self.score(task, "").metrics) == KIND.metrics
        assert KIND.deciding_metric in KIND.metrics

    def test_every_target_of_a_task_is_right(self, task: Task) -> None:
        scores = [KIND.score(task, example, example.target) for example in task.test_examples]
        assert all(set(score.metrics.values()) == {1.0} for score in scores)
        assert {(score.verdict, score.problems) for score in scores} == {("right", ())}

    @pytest.mark.parametrize(
        ("prediction", "verdict", "problems"),
        [
            ('{"name":"set_lights","parameters":{"room":"hall"}}', "right", 0),
            ('{"name":"set_lights","parameters":{"room":"study"}}', "other arguments", 0),
            ('{"name":"stop"}', "other tool", 0),
            ("stop", "invalid", 1),
            ('{"name": "set_lights", "parameters": {"room": "moon", "colour": "red"}}', "invalid", 2),
        ],
    )
    def test_the_verdict_says_in_which_way_an_answer_is_wrong(
        self, task: Task, prediction: str, verdict: str, problems: int
    ) -> None:
        score = self.score(task, prediction)
        assert (score.verdict, len(score.problems)) == (verdict, problems)
