"""With what all prompts of a task begin."""

from __future__ import annotations

import pytest

from distil_dagster.tasks import Message
from distil_dagster.tasks.common_prefix import common_prefix, common_prefix_share

SYSTEM = Message("system", "Answer with the label. " * 10)


def prompt(question: str) -> list[Message]:
    return [SYSTEM, Message("user", question)]


def test_the_instructions_are_common_and_the_questions_are_not() -> None:
    prompts = [prompt("what is a qubit"), prompt("where is Oslo"), prompt("zebra")]

    assert common_prefix(prompts) == f"system\n{SYSTEM.content}\nuser\n"


def test_one_prompt_repeated_is_common_as_a_whole() -> None:
    assert common_prefix_share([prompt("a"), prompt("a")]) == pytest.approx(1)


def test_prompts_with_nothing_in_common_have_no_beginning() -> None:
    assert common_prefix_share([[Message("user", "a")], [Message("system", "b")]]) == 0
