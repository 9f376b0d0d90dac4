"""The data that comes with the checkout keeps what the report says about it; so do the public sets beside it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from distil_dagster.corpus.similarity import utterance_tokens
from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.tool_calling import tool_calling


@pytest.fixture(scope="module")
def smart_home(smart_home_folder: Path) -> Task:
    return load_task(smart_home_folder)


def utterances(task: Task, rows: tuple[Row, ...]) -> list[tuple[str, ...]]:
    return [
        tuple(utterance_tokens(turn.user)) for row in rows for turn in tool_calling(task.kind).conversation(row).turns
    ]


def values_called(task: Task, rows: tuple[Row, ...]) -> dict[tuple[str, str], set[object]]:
    called = defaultdict(set)
    for row in rows:
        for turn in tool_calling(task.kind).conversation(row).turns:
            for name, value in turn.call.arguments.items():
                called[turn.call.name, name].add(value)
    return called


def tools_called(task: Task, rows: tuple[Row, ...]) -> set[str]:
    return {turn.call.name for row in rows for turn in tool_calling(task.kind).conversation(row).turns}


class TestSmartHome:
    def test_it_is_a_multi_turn_task_of_six_tools(self, smart_home: Task) -> None:
        assert smart_home.kind.name == "multi-turn-tool-calling-closed-book"
        assert len(smart_home.tools.tools) == 6

    def test_it_has_enough_dialogues_to_train_and_to_judge_on(self, smart_home: Task) -> None:
        assert len(smart_home.seeds) >= 50
        assert len(smart_home.tests) >= 150

    def test_every_dialogue_has_two_to_five_turns(self, smart_home: Task) -> None:
        rows = (*smart_home.seeds, *smart_home.tests)
        assert {len(tool_calling(smart_home.kind).conversation(row).turns) for row in rows} <= {2, 3, 4, 5}

    def test_no_dialogue_stands_in_it_twice(self, smart_home: Task) -> None:
        for rows in (smart_home.seeds, smart_home.tests):
            assert len({row.id for row in rows}) == len(rows)

    def test_no_test_utterance_is_said_in_a_seed(self, smart_home: Task) -> None:
        shared = set(utterances(smart_home, smart_home.seeds)) & set(utterances(smart_home, smart_home.tests))
        assert shared == set()

    def test_the_seeds_call_every_tool_with_every_value_it_can_choose_from(self, smart_home: Task) -> None:
        called = values_called(smart_home, smart_home.seeds)
        for tool in smart_home.tools.tools:
            for name, schema in tool.properties.items():
                assert called[tool.name, name] >= set(schema.get("enum", ())), f"{tool.name}.{name}"

    def test_the_tests_call_every_tool(self, smart_home: Task) -> None:
        assert tools_called(smart_home, smart_home.tests) == set(smart_home.tools.by_name)

    def test_every_test_turn_is_asked_as_a_question_and_none_twice(self, smart_home: Task) -> None:
        kind, asked = smart_home.kind, smart_home.test_examples
        turns = {(turn.messages, turn.target) for row in smart_home.tests for turn in kind.expand(row)}
        assert len(asked) == len(turns)
        assert {(example.messages, example.target) for example in asked} == turns

    def test_every_expected_answer_scores_full_marks(self, smart_home: Task) -> None:
        for example in smart_home.test_examples:
            score = smart_home.kind.score(smart_home, example, example.target)
            assert set(score.metrics.values()) == {1.0}
            assert score.problems == ()


def test_the_public_smart_home_folder_loads_as_it_was_published(shared_data: Path) -> None:
    folder = shared_data / "smart-home-iot"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    task = load_task(folder)
    assert task.kind.name == "tool-calling-closed-book"
    assert len(task.seeds) == len((folder / "train.jsonl").read_text().strip().split("\n"))
    assert len(task.tests) == len((folder / "test.jsonl").read_text().strip().split("\n"))
    assert task.unstructured
    assert tools_called(task, task.tests) <= set(task.tools.by_name)
