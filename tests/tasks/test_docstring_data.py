"""The bundled docstring task is balanced, and its two files have no function in common."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from distil_dagster.corpus.similarity import most_similar, utterance_tokens

FOLDER = Path(__file__).parents[2] / "tasks" / "docstring"
FILES = ("train.jsonl", "test.jsonl")
NEAR_EQUAL = 0.6
"""Token Jaccard of two contexts; functions of one field that do different things stay below 0.51."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def read(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def definition(context: str) -> Definition:
    (node,) = ast.parse(context).body
    assert isinstance(node, Definition)
    return node


def definitions(name: str) -> list[Definition]:
    return [definition(row["context"]) for row in read(name)]


def share(nodes: Sequence[Definition], *kinds: type[ast.AST]) -> float:
    """Fraction of the definitions in which one of the kinds of node occurs."""
    return sum(any(isinstance(part, kinds) for part in ast.walk(node)) for node in nodes) / len(nodes)


@pytest.mark.parametrize(("name", "fewest"), [("train.jsonl", 50), ("test.jsonl", 150)])
def test_it_has_enough_functions_to_train_and_to_judge_on(name: str, fewest: int) -> None:
    assert len(read(name)) >= fewest


def test_every_row_asks_the_same_question() -> None:
    assert len({row["question"] for name in FILES for row in read(name)}) == 1


@pytest.mark.parametrize("name", FILES)
class TestContexts:
    def test_each_is_one_definition_of_3_to_25_lines(self, name: str) -> None:
        for row in read(name):
            assert definition(row["context"])
            assert 3 <= len(row["context"].splitlines()) <= 25

    def test_none_has_a_docstring_yet(self, name: str) -> None:
        for node in definitions(name):
            documentable = [part for part in ast.walk(node) if isinstance(part, Definition)]
            assert all(ast.get_docstring(part) is None for part in documentable), node.name

    def test_enough_of_them_raise_yield_and_wait(self, name: str) -> None:
        nodes = definitions(name)
        assert share(nodes, ast.Raise) >= 0.4
        assert share(nodes, ast.Yield, ast.YieldFrom) >= 0.07
        assert share(nodes, ast.AsyncFunctionDef) >= 0.05


def test_no_function_name_stands_in_it_twice() -> None:
    names = [node.name for name in FILES for node in definitions(name)]
    assert len(set(names)) == len(names)


def test_no_two_contexts_are_nearly_equal() -> None:
    tokens = [utterance_tokens(row["context"]) for name in FILES for row in read(name)]
    for position in range(1, len(tokens)):
        [(similarity, other)] = most_similar(tokens[position : position + 1], tokens[:position])
        assert similarity < NEAR_EQUAL, (position, other)
