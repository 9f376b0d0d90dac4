"""Rows that repeat a seed, nearly or to the word."""

from __future__ import annotations

import json
from pathlib import Path

from distil_dagster.tasks import Task, ToolCall, load_task
from tests.corpus.parts import as_generated, generated, lights, only, plain


def test_a_seed_is_out_and_is_named(task: Task) -> None:
    rows = [plain(task, 1), as_generated(task.seeds[3])]
    assert only("copied_seed", task, rows) == {1: f"similarity 1.00 to seed {task.seeds[3].id}"}


def test_a_row_exactly_at_the_threshold_is_out_and_one_below_is_in(tiny_multi_turn_folder: Path) -> None:
    path = tiny_multi_turn_folder / "train.jsonl"
    words = [f"seed{number}" for number in range(18)]
    seed = {"question": " ".join(words), "answer": json.dumps({"name": "stop", "parameters": {}})}
    path.write_text(path.read_text() + json.dumps(seed) + "\n")
    task = load_task(tiny_multi_turn_folder)
    stop = ToolCall("stop", {})
    near = generated(task, (" ".join([*words, "more"]), stop))
    far = generated(task, (" ".join([*words, "more", "again"]), stop))
    assert only("copied_seed", task, [near, far]) == {0: f"similarity 0.95 to seed {task.seeds[-1].id}"}


def test_a_seed_with_another_value_is_in(task: Task) -> None:
    row = generated(task, ("lights on in the hall", lights("hall")), ("no, in the study", lights("study")))
    assert only("copied_seed", task, [row]) == {}
