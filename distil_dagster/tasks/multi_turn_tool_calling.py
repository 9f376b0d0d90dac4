"""The kind `multi-turn-tool-calling-closed-book`: a dialogue in which every user turn is answered by one call.

A row's question is a JSON string of the messages so far, its answer the last call:

    question: [{"role": "user", "content": "lights on in the hall"},
               {"role": "assistant", "content": "", "tool_calls": [{"type": "function",
                "function": {"name": "lights", "arguments": {"room": "hall", "power": "on"}}}]},
               {"role": "user", "content": "and the kitchen"}]
    answer:   {"name": "lights", "parameters": {"room": "kitchen", "power": "on"}}
"""

import json
from typing import Any

from distil_dagster.tasks.rows import Conversation, Row, ToolCall, Turn, read_json
from distil_dagster.tasks.tool_calling import ToolCalling, call_from_json, parse_tool_call


class MultiTurnToolCalling(ToolCalling):
    """As `ToolCalling`, for rows whose question is a chat; each assistant turn is an example of its own."""

    name = "multi-turn-tool-calling-closed-book"
    question_noun = "turn"
    cluster_noun = "conversation"

    def conversation(self, row: Row) -> Conversation:
        """The chat of the question and the call of the answer as one dialogue.

        Raises ValueError, naming the message, if the roles don't alternate or a message can't be read.
        """
        turns: list[Turn] = []
        user: str | None = None
        observation: str | None = None
        for number, message in enumerate(_messages(row.question), start=1):
            role, content = message.get("role"), _content(message, number)
            if role == "user" and user is None:
                if not content.strip():
                    raise ValueError(f"message {number} of the question is an empty user message")
                user = content
            elif role == "tool" and user is None and observation is None and turns:
                observation = content
            elif role == "assistant" and (user is not None or observation is not None):
                turns.append(Turn(user or "", _assistant_call(message, number), observation))
                user = observation = None
            else:
                expected = "an assistant message with a call" if user is not None else "a user message"
                raise ValueError(f"message {number} of the question has role {role!r}, expected {expected}")
        if user is None and observation is None:
            raise ValueError("the question must end with a user or tool message, which the answer then answers")
        turns.append(Turn(user or "", parse_tool_call(row.answer), observation))
        return Conversation(row.id, tuple(turns))

    def row(self, conversation: Conversation) -> Row:
        """The dialogue with all but the last call in the question."""
        messages: list[dict[str, Any]] = []
        for turn in conversation.turns:
            if turn.observation is not None:
                messages.append({"role": "tool", "content": turn.observation})
            if turn.user:
                messages.append({"role": "user", "content": turn.user})
            function = {"name": turn.call.name, "arguments": turn.call.arguments}
            calls = [{"type": "function", "function": function}]
            messages.append({"role": "assistant", "content": "", "tool_calls": calls})
        question = json.dumps(messages[:-1], ensure_ascii=False)
        return Row(question, conversation.turns[-1].call.to_answer())


def _messages(question: str) -> list[dict[str, Any]]:
    if not question.lstrip().startswith("["):
        return [{"role": "user", "content": question}]
    try:
        messages: list[dict[str, Any]] = read_json(question)
    except ValueError as error:
        raise ValueError(f"the question is not a JSON list of messages ({error})") from error
    if not all(isinstance(message, dict) for message in messages):
        raise ValueError("the question must be a JSON list of message objects with role and content")
    return messages


def _content(message: dict[str, Any], number: int) -> str:
    content = message.get("content")
    if not isinstance(content, str | None):
        raise ValueError(f"message {number} of the question: content must be a text, not {type(content).__name__}")
    return content or ""


def _assistant_call(message: dict[str, Any], number: int) -> ToolCall:
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        raise ValueError(f"message {number} of the question: tool_calls must be a list, not {type(calls).__name__}")
    if len(calls) > 1:
        raise ValueError(f"message {number} of the question has {len(calls)} tool calls, expected one")
    try:
        return call_from_json(calls[0]) if calls else parse_tool_call(_content(message, number))
    except ValueError as error:
        raise ValueError(f"message {number} of the question holds no call: {error}") from error
