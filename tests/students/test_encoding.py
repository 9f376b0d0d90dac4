from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from distil_dagster.students.encoding import (
    EncodedRows,
    EncodingError,
    chat_template_sha256,
    decoded_example,
    encode_rows,
    tokenizer_sha256,
)
from distil_dagster.tasks import Message

SYSTEM = Message("system", "Answer with one call.")


def dialogue(*turns: tuple[str, str], system: bool = True) -> list[Message]:
    messages = [SYSTEM] if system else []
    for said, answer in turns:
        messages += [Message("user", said), Message("assistant", answer)]
    return messages


def encode(tokenizer: PreTrainedTokenizerBase, *dialogues: list[Message], max_length: int = 2048) -> EncodedRows:
    return encode_rows(
        tokenizer, [(f"row{n}", messages) for n, messages in enumerate(dialogues)], max_length=max_length
    )


def supervised_text(tokenizer: PreTrainedTokenizerBase, encoded: EncodedRows, number: int) -> str:
    sequence = encoded.sequences[number]
    learnt = [token for token, supervised in zip(sequence.tokens, sequence.supervised, strict=True) if supervised]
    return str(tokenizer.decode(learnt))


WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20)
ANSWERS = WORDS.map(lambda text: f'{{"name":"{text.strip()}"}}')
TURNS = st.lists(st.tuples(WORDS, ANSWERS), min_size=1, max_size=3)


@given(st.lists(TURNS, min_size=1, max_size=4))
def test_prefix_and_rows_are_what_the_template_writes_and_every_answer_is_learnt(
    tokenizer: PreTrainedTokenizerBase, dialogues: list[list[tuple[str, str]]]
) -> None:
    encoded = encode(tokenizer, *(dialogue(*turns) for turns in dialogues))
    for number, turns in enumerate(dialogues):
        messages = [message.as_dict() for message in dialogue(*turns)]
        whole = tokenizer.apply_chat_template(messages, tokenize=True)["input_ids"]
        assert [*encoded.prefix, *encoded.sequences[number].tokens] == whole
        assert supervised_text(tokenizer, encoded, number) == "".join(f"{answer}<|im_end|>" for _, answer in turns)


@given(st.lists(TURNS, min_size=1, max_size=3))
def test_what_stands_before_each_answer_is_the_prompt_a_server_builds(
    tokenizer: PreTrainedTokenizerBase, dialogues: list[list[tuple[str, str]]]
) -> None:
    encoded = encode(tokenizer, *(dialogue(*turns) for turns in dialogues))
    for sequence, turns in zip(encoded.sequences, dialogues, strict=True):
        tokens = [*encoded.prefix, *sequence.tokens]
        mask = [*[False] * len(encoded.prefix), *sequence.supervised]
        starts = [place for place in range(1, len(mask)) if mask[place] and not mask[place - 1]]
        messages = [message.as_dict() for message in dialogue(*turns)]
        prompts = [
            tokenizer.apply_chat_template(messages[: 2 * turn], add_generation_prompt=True, tokenize=True)["input_ids"]
            for turn in range(1, len(turns) + 1)
        ]
        assert [tokens[:start] for start in starts] == prompts


def test_the_prefix_ends_before_anything_a_user_said_even_if_all_users_say_the_same(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    encoded = encode(tokenizer, dialogue(("lights on", "{}")), dialogue(("lights on", "{}")))
    prefix = tokenizer.decode(encoded.prefix)
    assert "Answer with one call." in prefix
    assert "lights" not in prefix


def test_rows_without_a_system_message_in_common_share_only_the_header(tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = encode(tokenizer, dialogue(("a", "{}"), system=False), dialogue(("b", "{}"), system=False))
    assert tokenizer.decode(encoded.prefix) == "<|im_start|>user\n"


def test_a_template_that_rewrites_the_past_gives_one_sequence_per_answer(
    rewriting_tokenizer: PreTrainedTokenizerBase,
) -> None:
    encoded = encode(rewriting_tokenizer, dialogue(("a", "{1}"), ("b", "{2}")))
    assert [sequence.row_id for sequence in encoded.sequences] == ["row0", "row0"]
    assert [supervised_text(rewriting_tokenizer, encoded, number) for number in (0, 1)] == [
        "{1}<|im_end|>",
        "{2}<|im_end|>",
    ]
    second = rewriting_tokenizer.decode(encoded.sequences[1].tokens)
    assert second.endswith(
        "assistant\n{1}<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n"
        "<think>\n\n</think>\n\n{2}<|im_end|>\n"
    )


def test_thinking_is_switched_off_in_the_prompt(rewriting_tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = encode(rewriting_tokenizer, dialogue(("a", "{1}")))
    assert supervised_text(rewriting_tokenizer, encoded, 0) == "{1}<|im_end|>"


def test_a_row_without_an_answer_is_an_error_that_names_it(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(EncodingError, match="row1 has no assistant message"):
        encode(tokenizer, dialogue(("a", "{}")), [SYSTEM, Message("user", "b")])


def test_a_row_that_is_too_long_is_an_error_that_names_it(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(EncodingError, match=r"row1 has \d+ tokens, more than max_length 60"):
        encode(tokenizer, dialogue(("a", "{}")), dialogue(("b" * 200, "{}")), max_length=60)


def test_no_rows_are_an_error(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(EncodingError, match="no row to encode"):
        encode(tokenizer)


def test_a_tokenizer_without_a_chat_template_is_refused(tokenizer_with: Callable[..., PreTrainedTokenizerBase]) -> None:
    with pytest.raises(EncodingError, match="has no chat template"):
        encode(tokenizer_with(""), dialogue(("a", "{}")))


def test_a_template_that_changes_the_answer_is_refused(tokenizer_with: Callable[..., PreTrainedTokenizerBase]) -> None:
    shouting = tokenizer_with(
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + (message['content'] | upper) "
        "+ '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    with pytest.raises(EncodingError, match="does not write the answer 'ok' right behind the prompt"):
        encode(shouting, dialogue(("a", "ok")))


def test_a_template_that_never_ends_an_answer_is_refused(
    tokenizer_with: Callable[..., PreTrainedTokenizerBase],
) -> None:
    endless = tokenizer_with(
        "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    )
    with pytest.raises(EncodingError, match="would never learn to stop"):
        encode(endless, dialogue(("a", "{}")))


def test_the_decoded_example_marks_exactly_what_is_learnt(tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = encode(tokenizer, dialogue(("a", "{1}"), ("b", "{2}")))
    assert decoded_example(tokenizer, encoded) == (
        "<|im_start|>system\nAnswer with one call.<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
        "<|im_start|>assistant\n⟦{1}<|im_end|>⟧\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n⟦{2}<|im_end|>⟧\n"
    )


def test_the_packaged_model_learns_answers_and_their_end_only(base_tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = encode(base_tokenizer, dialogue(("on", '{"name":"on"}'), ("off", '{"name":"off"}')))
    assert supervised_text(base_tokenizer, encoded, 0) == '{"name":"on"}<|im_end|>{"name":"off"}<|im_end|>'


def test_tokenizer_and_template_are_told_apart_by_their_hashes(
    tokenizer: PreTrainedTokenizerBase, tokenizer_with: Callable[..., PreTrainedTokenizerBase]
) -> None:
    other = tokenizer_with("{{ messages[0].content }}")
    assert tokenizer_sha256(other) == tokenizer_sha256(tokenizer)
    assert chat_template_sha256(other) != chat_template_sha256(tokenizer)
    other.add_tokens(["<call>"])
    assert tokenizer_sha256(other) != tokenizer_sha256(tokenizer)
