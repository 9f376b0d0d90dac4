"""Replies as models give them: fenced, talked around, with faults, and cut off."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.teachers.model.reading import UnreadableError, read_list, read_object, text_under

ITEMS = [{"text": "one"}, {"text": 'two, with {braces} and "quotes"'}]
PLAIN = json.dumps({"examples": ITEMS})


@pytest.mark.parametrize(
    "reply",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"Here are the examples you asked for:\n\n{PLAIN}\n\nTell me if you need more!",
        f"Sure! [I kept it short.]\n```json\n{PLAIN}\n```\nDone.",
        f"<think>\nThe user wants {{two}} examples.\n</think>\n{PLAIN}",
        json.dumps(ITEMS),
        PLAIN.replace("]}", ",]}"),
        PLAIN[:-1],
    ],
    ids=["plain", "fenced", "talk", "fenced in talk", "thought", "bare list", "trailing comma", "unclosed"],
)
def test_items_are_found(reply: str) -> None:
    assert read_list(reply, "examples") == ITEMS


def test_of_a_reply_that_was_cut_off_the_last_item_is_left_out() -> None:
    assert read_list(PLAIN[:-20], "examples", cut_off=True) == ITEMS[:1]


@pytest.mark.parametrize("reply", ["", "No.", "{}", '{"other": []}', "[" * 5000, "null", '{"examples": 3}'])
def test_anything_else_is_unreadable(reply: str) -> None:
    with pytest.raises(UnreadableError):
        read_list(reply, "examples")


def test_the_error_quotes_the_beginning_and_says_that_it_was_cut_off() -> None:
    with pytest.raises(UnreadableError, match="it was cut off: I think that"):
        read_object("I think that " + "so " * 1000, "examples", cut_off=True)


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    try:
        read_list(text, "examples")
    except UnreadableError:
        return


@given(st.lists(st.dictionaries(st.just("text"), st.text(max_size=30), min_size=1), min_size=1, max_size=4))
def test_what_was_written_as_json_is_read_as_it_was(items: list[dict[str, str]]) -> None:
    assert read_list(json.dumps({"examples": items}), "examples") == items


@pytest.mark.parametrize("entry", [{}, {"text": ""}, {"text": "  "}, {"text": 3}, {"text": None}])
def test_a_text_must_be_there(entry: dict[str, object]) -> None:
    with pytest.raises(UnreadableError, match="'text'"):
        text_under(entry, "text")
