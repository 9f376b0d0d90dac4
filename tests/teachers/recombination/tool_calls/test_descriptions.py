"""Requests in the words of the schema: which are made, and which would be labelled without any ground."""

from dataclasses import replace
from typing import Any

import pytest

from distil_dagster.tasks import Task, Tool, Toolbox, ToolCall
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.descriptions import described_templates
from distil_dagster.teachers.recombination.tool_calls.induction import induce
from tests.teachers.conftest import Tasks

FLAG = {"type": "boolean", "default": False, "description": "Show one line per entry."}
TEXT = {"type": "string", "description": "Name of the branch"}


def described(task: Task, *tools: tuple[str, str, dict[str, Any]], required: tuple[str, ...] = ()) -> list[tuple]:
    box = Toolbox(
        tuple(
            Tool(name, text, {"type": "object", "properties": properties, "required": list(required)})
            for name, text, properties in tools
        )
    )
    changed = replace(task, job=JobDescription(tools=box))
    return [(template.text, template.fixed) for template in described_templates(changed, induce(changed, []))]


@pytest.mark.parametrize(
    ("description", "request_of_it"),
    [
        ("Show the history of the branch.", "show the history of the branch"),
        ("Shows the history of the branch, newest first", "show the history of the branch"),
        ("Cancel one of the customer's cards", "cancel one of my cards"),
    ],
)
def test_a_tool_that_no_seed_calls_is_asked_for_by_its_description(
    tasks: Tasks, description: str, request_of_it: str
) -> None:
    assert (request_of_it, ()) in described(tasks.git, ("history", description, {}))


@pytest.mark.parametrize(
    "description",
    ["Lock or unlock a door.", "The customer says hello", "Use when nothing else fits", "Permanently drop a table", ""],
)
def test_a_description_that_is_no_single_request_is_not_used(tasks: Tasks, description: str) -> None:
    assert described(tasks.git, ("tool", description, {})) == []


def test_flags_are_said_by_name_and_by_description(tasks: Tasks) -> None:
    made = described(tasks.git, ("history", "Show the past.", {"one_line": FLAG}))
    for words in ("show the past with one line", "show the past and show one line per entry"):
        assert (words, ((("one_line",), True),)) in made


def test_the_words_that_all_names_share_are_left_out(tasks: Tasks) -> None:
    made = {text for text, _ in described(tasks.git, ("git_merge", "", {"into": TEXT}), ("git_fetch", "", {}))}
    assert "merge {into}" in made
    assert not any("git" in text or "fetch" in text for text in made)


def test_nothing_is_asked_for_without_a_required_argument(tasks: Tasks) -> None:
    made = described(tasks.git, ("merge", "Merge a branch.", {"branch": TEXT}), required=("branch",))
    assert made
    assert all("{branch}" in text for text, _ in made)


def test_a_tool_that_the_seeds_call_often_is_called_as_they_do(tasks: Tasks) -> None:
    """The schema asks for nothing, yet the bank's seeds never send money without a recipient and an amount."""
    templates = described_templates(tasks.bank, induce(tasks.bank))
    assert not any(template.tool == "transfer_money" for template in templates)
    shown = {
        frozenset(turn.call.arguments)
        for row in tasks.bank.seeds
        for turn in tool_calling(tasks.bank.kind).conversation(row).turns
    }
    assert {template.said_keys for template in templates} <= shown


def test_tools_that_ask_back_are_never_asked_for(tasks: Tasks) -> None:
    tools = {template.tool for template in described_templates(tasks.bank, induce(tasks.bank))}
    assert "clarify" not in tools
    assert ToolCall("clarify", {"reason": "missing_card"}) in induce(tasks.bank).asking_calls


def test_a_parameter_that_may_be_anything_is_passed_over(tasks: Tasks) -> None:
    made = described(tasks.git, ("merge", "Merge a branch.", {"anything": True, "branch": TEXT}))
    assert ("merge {branch}", ()) in made
