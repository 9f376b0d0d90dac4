"""The units that data passes in: rows as they lie in a folder, conversations, and the examples a model is asked."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


def canonical_json(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no blanks, so that equal values have equal hashes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_sha256(value: Any) -> str:
    """SHA-256 of a value of plain JSON: equal values have equal hashes."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def read_json(text: str) -> Any:
    """The value of a JSON text, by the letter: NaN, Infinity and halves of surrogate pairs are no JSON.

    Raises ValueError with the reason; it is a JSONDecodeError where a place in the text is at fault.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            canonical_json(value).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError("half of a surrogate pair is no character") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


@dataclass(frozen=True)
class Row:
    """One line of a train or test file: a question, its answer, and the context that some kinds carry.

    `id` is a hash of the content, so that the same row has the same id in every file and every run.
    """

    question: str
    answer: str
    context: str | None = None
    id: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Derive the id from the content unless the row comes from a table that already has it."""
        if not self.id:
            content = canonical_json([self.question, self.answer, self.context])
            object.__setattr__(self, "id", hashlib.sha256(content.encode()).hexdigest()[:12])


@dataclass(frozen=True)
class Message:
    """One chat message as a model sees it."""

    role: str
    content: str

    def as_dict(self) -> dict[str, str]:
        """The message in the form of the Chat Completions API."""
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True)
class Exchange:
    """What a row says and what it answers, as texts are compared: to find duplicates and leaks."""

    question: str
    answer_tokens: tuple[str, ...]


@dataclass(frozen=True)
class ToolCall:
    """A call of one tool. Arguments keep the order in which they were given; equality ignores it."""

    name: str
    arguments: dict[str, Any]

    def to_answer(self) -> str:
        """The call as the folder format writes an answer: `{"name":…,"parameters":{…}}`, compact."""
        answer = {"name": self.name, "parameters": self.arguments}
        return json.dumps(answer, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Turn:
    """What the user said and the call that answers it.

    `observation` is what the tool called before reported, where the conversation records it; a call that
    follows such a report at once has an empty `user`.
    """

    user: str
    call: ToolCall
    observation: str | None = None


@dataclass(frozen=True)
class Conversation:
    """A dialogue of one or more turns; a single-turn task has conversations of one turn."""

    id: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Example:
    """One question to a model: the chat so far (without the system message) and the answer expected.

    `row` is where it comes from. `cluster` names what it shares with other examples and what makes their outcomes
    alike: its conversation, or the database schema it asks about. It is the row's id where there is no such thing.
    """

    id: str
    row: Row
    turn: int
    messages: tuple[Message, ...]
    target: str
    cluster: str
