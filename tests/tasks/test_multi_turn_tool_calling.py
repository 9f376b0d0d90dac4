"""The multi-turn kind: dialogues from rows and back, and what is wrong with one that can't be read."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Conversation, Message, Row, Task, ToolCall, Turn, load_task
from distil_dagster.tasks.multi_turn_tool_calling import MultiTurnToolCalling

KIND = MultiTurnToolCalling()

texts = st.text(min_size=1).filter(lambda text: bool(text.strip()))
arguments = st.dictionaries(st.text(max_size=9), st.none() | st.booleans() | st.integers() | st.text(max_size=9))
calls = st.builds(ToolCall, st.text(min_size=1, max_size=9), arguments)
first_turns = st.builds(Turn, texts, calls)
# After the first, a turn may begin with what the tool reported; only then may the user have said nothing.
further_turns = first_turns | st.builds(Turn, st.just("") | texts, calls, st.text())
conversations = st.builds(
    lambda first, further: Conversation("c", (first, *further)), first_turns, st.lists(further_turns, max_size=4)
)

USER = {"role": "user", "content": "lights on in the hall"}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"type": "function", "function": {"name": "set_lights", "arguments": {"room": "hall"}}}],
}
RESULT = {"role": "tool", "content": "done"}
MORE = {"role": "user", "content": "and the study"}
ANSWER = '{"name": "set_lights", "parameters": {"room": "study"}}'
FIRST_TARGET = '{"name":"set_lights","parameters":{"room":"hall"}}'
LAST_TARGET = '{"name":"set_lights","parameters":{"room":"study"}}'


def row(*messages: Any) -> Row:
    return Row(json.dumps(messages), ANSWER)


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


class TestConversation:
    def test_each_assistant_message_closes_a_turn(self) -> None:
        assert KIND.conversation(row(USER, CALL, MORE)).turns == (
            Turn("lights on in the hall", ToolCall("set_lights", {"room": "hall"})),
            Turn("and the study", ToolCall("set_lights", {"room": "study"})),
        )

    def test_a_history_call_may_stand_in_the_content(self) -> None:
        said = {"role": "assistant", "content": FIRST_TARGET}
        assert KIND.conversation(row(USER, said, MORE)).turns == KIND.conversation(row(USER, CALL, MORE)).turns

    def test_arguments_of_a_history_call_may_be_a_json_string(self) -> None:
        function = {"name": "set_lights", "arguments": '{"room": "hall"}'}
        said = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": function}]}
        assert KIND.conversation(row(USER, said, MORE)).turns == KIND.conversation(row(USER, CALL, MORE)).turns

    def test_a_plain_question_is_a_dialogue_of_one_turn(self) -> None:
        assert KIND.conversation(Row("and the study", ANSWER)).turns == (
            Turn("and the study", ToolCall("set_lights", {"room": "study"})),
        )

    def test_a_tool_result_belongs_to_the_turn_that_follows_it(self) -> None:
        turns = KIND.conversation(row(USER, CALL, RESULT, MORE)).turns
        assert [turn.observation for turn in turns] == [None, "done"]
        assert turns[1].user == "and the study"

    def test_a_call_may_follow_a_tool_result_at_once(self) -> None:
        turns = KIND.conversation(row(USER, CALL, RESULT)).turns
        assert turns[1] == Turn("", ToolCall("set_lights", {"room": "study"}), "done")

    def test_an_empty_tool_result_is_a_result(self) -> None:
        turns = KIND.conversation(row(USER, CALL, {"role": "tool", "content": None})).turns
        assert turns[1].observation == ""

    @given(conversations)
    def test_a_dialogue_survives_the_way_through_a_row(self, conversation: Conversation) -> None:
        assert KIND.conversation(KIND.row(conversation)).turns == conversation.turns

    @given(conversations)
    def test_the_form_of_a_row_is_settled_after_one_way(self, conversation: Conversation) -> None:
        written = KIND.row(conversation)
        assert KIND.row(KIND.conversation(written)) == written


class TestUnreadableRows:
    @pytest.mark.parametrize(
        ("messages", "reason"),
        [
            ([], "must end with a user or tool message"),
            ([USER, CALL], "must end with a user or tool message"),
            ([CALL, MORE], "message 1 of the question has role 'assistant', expected a user message"),
            ([RESULT, MORE], "message 1 of the question has role 'tool', expected a user message"),
            ([{"role": "system", "content": "x"}, USER], "message 1 of the question has role 'system'"),
            ([USER, MORE], "message 2 of the question has role 'user', expected an assistant message with a call"),
            ([USER, RESULT], "message 2 of the question has role 'tool', expected an assistant message with a call"),
            ([USER, CALL, CALL, MORE], "message 3 of the question has role 'assistant', expected a user message"),
            ([USER, CALL, RESULT, RESULT, MORE], "message 4 of the question has role 'tool', expected a user message"),
            ([USER, CALL, {"content": "x"}], "message 3 of the question has role None"),
            ([{"role": "user", "content": "  "}], "message 1 of the question is an empty user message"),
            ([{"role": "user"}], "message 1 of the question is an empty user message"),
            (
                [{"role": "user", "content": [{"type": "text", "text": "on"}]}],
                "message 1 of the question: content must be a text, not list",
            ),
            ([USER, {"role": "assistant", "content": "Sure."}, MORE], "message 2 of the question holds no call"),
            ([USER, {"role": "assistant", "tool_calls": [7]}, MORE], "message 2 of the question holds no call"),
            (
                [USER, {**CALL, "tool_calls": CALL["tool_calls"][0]}, MORE],  # type: ignore[index]
                "message 2 of the question: tool_calls must be a list, not dict",
            ),
            (
                [USER, {**CALL, "tool_calls": [*CALL["tool_calls"], *CALL["tool_calls"]]}, MORE],
                "message 2 of the question has 2 tool calls, expected one",
            ),
            (["lights on"], "must be a JSON list of message objects"),
        ],
    )
    def test_the_message_at_fault_is_named(self, messages: list[Any], reason: str) -> None:
        with pytest.raises(ValueError, match="the question") as error:
            KIND.conversation(row(*messages))
        assert reason in str(error.value)

    @pytest.mark.parametrize("question", ["[{", "[lights on]", "[NaN]"])
    def test_a_list_that_is_no_json_is_refused(self, question: str) -> None:
        with pytest.raises(ValueError, match="not a JSON list of messages"):
            KIND.conversation(Row(question, ANSWER))

    def test_an_answer_that_is_no_call_is_refused(self, task: Task) -> None:
        (problem,) = KIND.row_problems(task, Row(row(USER).question, "Done."))
        assert problem.startswith("not JSON")


class TestExamples:
    def test_every_turn_is_a_question_with_all_that_was_said_before(self) -> None:
        dialogue = row(USER, CALL, MORE)
        first, second = KIND.expand(dialogue)
        assert [example.id for example in (first, second)] == [f"{dialogue.id}#1", f"{dialogue.id}#2"]
        assert first.messages == (Message("user", "lights on in the hall"),)
        assert second.messages == (
            Message("user", "lights on in the hall"),
            Message("assistant", FIRST_TARGET),
            Message("user", "and the study"),
        )
        assert (first.target, second.target) == (FIRST_TARGET, LAST_TARGET)

    def test_a_tool_result_stands_before_what_the_user_says_next(self) -> None:
        *_, last = KIND.expand(row(USER, CALL, RESULT, MORE))
        assert last.messages[2:] == (Message("user", "Result: done"), Message("user", "and the study"))

    def test_a_call_after_a_tool_result_is_asked_with_the_result_alone(self) -> None:
        *_, last = KIND.expand(row(USER, CALL, RESULT))
        assert last.messages[2:] == (Message("user", "Result: done"),)

    def test_the_transcript_is_the_last_prompt_and_its_target(self, task: Task) -> None:
        for dialogue in task.seeds:
            *_, last = KIND.expand(dialogue)
            assert KIND.transcript(task, dialogue) == [*KIND.prompt(task, last), Message("assistant", last.target)]

    @given(conversations)
    def test_each_prompt_and_its_target_are_the_beginning_of_the_next(self, conversation: Conversation) -> None:
        examples = KIND.expand(KIND.row(conversation))
        assert [example.turn for example in examples] == list(range(1, len(conversation.turns) + 1))
        for earlier, later in pairwise(examples):
            said = (*earlier.messages, Message("assistant", earlier.target))
            assert later.messages[: len(said)] == said
