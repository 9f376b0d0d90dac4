"""A row of the test set is walked from its answers to the training rows nearest to it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.reports.asked_row import NEAREST, asked_row
from distil_dagster.reports.lineage import print_asked_row
from distil_dagster.tasks.seed_set import read_seed_set
from tests.reports.distilled_student import STUDENT, TASK, publish_merged, publish_scores, publish_seeds, write_weights


@pytest.fixture
def store(tmp_path: Path, tiny_task_folder: Path) -> ArtifactStore:
    store = ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")
    seeds = publish_seeds(store, tiny_task_folder)
    publish_scores(store, seeds, publish_merged(store, seeds, write_weights))
    return store


def test_each_arm_s_answer_stands_there_with_prompt_verdict_and_how_it_was_served(
    store: ArtifactStore, tmp_path: Path
) -> None:
    example = read_seed_set(store.current("seed_set", {"task": TASK}).local()).test_examples[10]
    asked = asked_row(store, tmp_path, TASK, STUDENT, example.row.id)
    assert asked
    assert {answer.arm: answer.verdict for answer in asked.answers} == {
        "base": "invalid",
        "seeds_only": "invalid",
        "distilled": "right",
    }
    assert asked.answers[0].prompt[-1]["content"].endswith(example.messages[-1].content)
    assert asked.served == {"concurrency": 4}
    assert asked.adapter == store.current("lora_adapter", {"task": TASK, "student": STUDENT}).manifest.fingerprint
    assert asked_row(store, tmp_path, TASK, STUDENT, example.id) == asked


def test_the_nearest_training_rows_come_most_alike_first(store: ArtifactStore, tmp_path: Path) -> None:
    task = read_seed_set(store.current("seed_set", {"task": TASK}).local())

    def alike(question: str, other: str) -> float:
        mine, others = ({*text.lower().split()} for text in (question, other))
        return len(mine & others) / len(mine | others)

    for test in task.tests:
        asked = asked_row(store, tmp_path, TASK, STUDENT, test.id)
        assert asked
        expected = sorted((alike(test.question, seed.question) for seed in task.seeds), reverse=True)[:NEAREST]
        found = [near.similarity for near in asked.nearest]
        assert found == pytest.approx([similarity for similarity in expected if similarity])


def test_a_row_that_is_not_in_the_test_set_is_none_of_it(store: ArtifactStore, tmp_path: Path) -> None:
    seed = read_seed_set(store.current("seed_set", {"task": TASK}).local()).seeds[0]
    assert asked_row(store, tmp_path, TASK, STUDENT, seed.id) is None


def test_it_is_printed_for_a_person(store: ArtifactStore, tmp_path: Path) -> None:
    example = read_seed_set(store.current("seed_set", {"task": TASK}).local()).test_examples[10]
    asked = asked_row(store, tmp_path, TASK, STUDENT, example.id)
    assert asked
    output = io.StringIO()
    print_asked_row(asked, console=Console(file=output, width=300))
    printed = output.getvalue()
    for shown in (
        example.id,
        example.target,
        "(right, 0.50 s)",
        "(invalid, 0.50 s)",
        "of the words alike",
        "concurrency",
    ):
        assert shown in printed
