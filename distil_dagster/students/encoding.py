"""From conversations to token ids and a mask of what the student learns to write.

The tokenizer's own chat template is the only source of the prompt's form. It is rendered turn by turn, as a server
does it, so that a student is trained on the very tokens it will see. Batches and losses do not belong here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

from distil_dagster.students.errors import StudentError
from distil_dagster.tasks import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

T = TypeVar("T")

SUPERVISED_FROM, SUPERVISED_TO = "⟦", "⟧"


class EncodingError(StudentError):
    """A row or a chat template from which no training sequence can be made."""


@dataclass(frozen=True)
class EncodedSequence:
    """One training sequence: the tokens of a row behind the shared prefix."""

    row_id: str
    tokens: tuple[int, ...]
    supervised: tuple[bool, ...]
    """Per token: is it one that the student learns to write (an answer, or the token that ends it)?"""

    @property
    def supervised_tokens(self) -> int:
        """How many tokens of the sequence are supervised."""
        return sum(self.supervised)


@dataclass(frozen=True)
class EncodedRows:
    """Rows as token ids: what all of them start with, once, and what follows it in each."""

    prefix: tuple[int, ...]
    """Tokens that every sequence starts with. Never holds a supervised token or anything a user said."""
    sequences: tuple[EncodedSequence, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all sequences, without the prefix."""
        return sum(len(sequence.tokens) for sequence in self.sequences)

    @property
    def supervised_tokens(self) -> int:
        """Supervised tokens of all sequences."""
        return sum(sequence.supervised_tokens for sequence in self.sequences)


def encode_rows(
    tokenizer: PreTrainedTokenizerBase,
    transcripts: Iterable[tuple[str, list[Message]]],
    *,
    max_length: int,
) -> EncodedRows:
    """Encode whole dialogues, each with its row id; every assistant message is supervised.

    A dialogue becomes one sequence if the template writes its turns the same way whether or not more turns follow.
    A template that rewrites the past (Qwen3 drops the empty think block of earlier answers) would then teach tokens
    that no server ever asks for; such a dialogue becomes one sequence per assistant turn, with only that turn
    supervised.

    Raises:
        EncodingError: if there is no row, or if a row has nothing to learn, is longer than `max_length` tokens, or
            is not rendered faithfully by the template; the message names the row.
    """
    renderer = _Renderer(tokenizer)
    spans = [span for row_id, messages in transcripts for span in renderer.spans(row_id, messages)]
    if not spans:
        raise EncodingError("there is no row to encode: the table of rows is empty")
    shared = len(_common_prefix(span.tokens[: span.first_said] for span in spans))
    for span in spans:
        if len(span.tokens) > max_length:
            raise EncodingError(
                f"row {span.row_id} has {len(span.tokens)} tokens, more than max_length {max_length}: "
                "raise max_length in the recipe or drop the row"
            )
    return EncodedRows(
        prefix=spans[0].tokens[:shared],
        sequences=tuple(EncodedSequence(span.row_id, span.tokens[shared:], span.supervised[shared:]) for span in spans),
    )


def decoded_example(tokenizer: PreTrainedTokenizerBase, rows: EncodedRows, *, number: int = 0) -> str:
    """One sequence as readable text, with every supervised stretch between ⟦ and ⟧.

    Shown with each training run, because a wrong loss mask trains happily and can only be seen by looking.
    """
    sequence = rows.sequences[number]
    text = str(tokenizer.decode(list(rows.prefix)))
    inside = False
    stretch: list[int] = []
    for token, supervised in zip((*sequence.tokens, None), (*sequence.supervised, None), strict=True):
        if stretch and supervised != inside:
            decoded = tokenizer.decode(stretch)
            text += f"{SUPERVISED_FROM}{decoded}{SUPERVISED_TO}" if inside else decoded
            stretch = []
        inside = bool(supervised)
        if token is not None:
            stretch.append(token)
    return text


def tokenizer_sha256(tokenizer: PreTrainedTokenizerBase) -> str:
    """SHA-256 of all that decides which tokens a text becomes: splitting, vocabulary, merges, special tokens."""
    return hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()


def chat_template_sha256(tokenizer: PreTrainedTokenizerBase) -> str:
    """SHA-256 of the template that decides which text a chat becomes."""
    return hashlib.sha256(str(tokenizer.chat_template).encode()).hexdigest()


@dataclass(frozen=True)
class _Span:
    """A rendered sequence before the shared prefix is taken off."""

    row_id: str
    tokens: tuple[int, ...]
    supervised: tuple[bool, ...]
    first_said: int
    """Index of the first token that may hold what was said after the system message; it is not supervised."""


class _Renderer:
    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        if not tokenizer.chat_template:
            raise EncodingError(
                f"the tokenizer of {tokenizer.name_or_path} has no chat template: use a base model tuned for chat"
            )
        self.tokenizer = tokenizer
        self.closing = frozenset(tokenizer.all_special_ids) | frozenset(tokenizer.added_tokens_decoder)

    def render(self, messages: list[Message], *, ask: bool = False) -> str:
        text = self.tokenizer.apply_chat_template(
            [message.as_dict() for message in messages],
            tokenize=False,
            add_generation_prompt=ask,
            enable_thinking=False,
        )
        return str(text)

    def tokenize(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def spans(self, row_id: str, messages: list[Message]) -> list[_Span]:
        answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
        if not answers:
            raise EncodingError(f"row {row_id} has no assistant message, so there is nothing to learn from it")
        whole = self.render(messages)
        headers = {index: self.render(messages[:index], ask=True) for index in answers}
        if all(whole.startswith(header + messages[index].content) for index, header in headers.items()):
            return [self.span(row_id, messages, whole, headers)]
        return [
            self.span(row_id, messages[: index + 1], self.render(messages[: index + 1]), {index: header})
            for index, header in headers.items()
        ]

    def span(self, row_id: str, messages: list[Message], text: str, headers: dict[int, str]) -> _Span:
        tokens = self.tokenize(text)
        supervised = [False] * len(tokens)
        for index, header in headers.items():
            content = messages[index].content
            if not text.startswith(header + content):
                raise EncodingError(
                    f"row {row_id}: the chat template of {self.tokenizer.name_or_path} does not write the answer "
                    f"{content!r} right behind the prompt that asks for it, so it can't be used for training"
                )
            start = self.boundary(row_id, tokens, header)
            end = self.boundary(row_id, tokens, header + content)
            closing = next((place for place in range(end, len(tokens)) if tokens[place] in self.closing), None)
            if closing is None:
                raise EncodingError(
                    f"row {row_id}: the chat template of {self.tokenizer.name_or_path} ends an answer without an "
                    "end token, so the student would never learn to stop"
                )
            supervised[start : closing + 1] = [True] * (closing + 1 - start)
        first_said = len(_common_prefix((tokens, self.tokenize(self.before_first_said(messages)))))
        first_said = min(first_said, supervised.index(True) - 1)
        return _Span(row_id, tuple(tokens), tuple(supervised), first_said)

    def boundary(self, row_id: str, tokens: list[int], text: str) -> int:
        """The index behind the tokens of `text`, which must be the first ones of `tokens`."""
        start = self.tokenize(text)
        if tokens[: len(start)] != start:
            raise EncodingError(
                f"row {row_id}: the tokenizer of {self.tokenizer.name_or_path} writes a prompt with other tokens "
                "when its answer follows, so the student would be trained on tokens it never sees"
            )
        return len(start)

    def before_first_said(self, messages: list[Message]) -> str:
        """The text before the first thing said after the system messages, found by saying two different things."""
        first = sum(1 for _ in takewhile(lambda message: message.role == "system", messages))
        role = messages[first].role
        one, other = (self.render([*messages[:first], Message(role, said)]) for said in ("0", "1"))
        return "".join(_common_prefix((one, other)))


def _common_prefix(texts: Iterable[Sequence[T]]) -> tuple[T, ...]:
    """The longest start that all share."""
    return tuple(items[0] for items in takewhile(lambda items: len(set(items)) == 1, zip(*texts, strict=False)))
