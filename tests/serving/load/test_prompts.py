"""What a load test asks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.errors import LoadTestError
from distil_dagster.serving.load.prompts import distinct_prompts, write_prompt_file
from distil_dagster.tasks import Message, load_task

ENDPOINT = ChatEndpoint("http://127.0.0.1:9/v1", "m", extra_body={"structured_outputs": {"choice": ["a", "b"]}})


def test_the_questions_are_those_of_the_tests_then_of_the_seeds_then_of_written_rows_each_once(
    tiny_multi_turn_folder: Path,
) -> None:
    task = load_task(tiny_multi_turn_folder)
    prompts = distinct_prompts(task)
    of_tests = {tuple(task.kind.prompt(task, example)) for example in task.test_examples}
    of_seeds = {tuple(task.kind.prompt(task, example)) for row in task.seeds for example in task.kind.expand(row)}
    assert len(prompts) == len(set(prompts)) == len(of_tests | of_seeds)
    assert set(prompts[: len(of_tests)]) == of_tests
    assert prompts == distinct_prompts(task)
    assert distinct_prompts(task, task.tests) == prompts


def test_a_prompt_file_has_a_request_body_on_each_line_and_a_hash(tmp_path: Path) -> None:
    prompts = [(Message("system", "Be\nbrief."), Message("user", f"question {number}")) for number in range(3)]
    file = write_prompt_file(prompts, tmp_path / "prompts.jsonl", ENDPOINT, max_output_tokens=9, needed=3)
    bodies = [json.loads(line) for line in file.path.read_text().split("\n")]
    assert file.count == len(bodies) == 3
    assert bodies[1]["messages"][1] == {"role": "user", "content": "question 1"}
    assert (bodies[1]["model"], bodies[1]["max_completion_tokens"], bodies[1]["temperature"]) == ("m", 9, 0)
    assert bodies[1]["structured_outputs"] == {"choice": ["a", "b"]}
    assert file.sha256 == hashlib.sha256(file.path.read_bytes()).hexdigest()


def test_too_few_questions_are_no_load_test(tmp_path: Path) -> None:
    with pytest.raises(LoadTestError, match=r"1 distinct prompts are too few .* needs 2"):
        write_prompt_file(
            [(Message("user", "?"),)], tmp_path / "prompts.jsonl", ENDPOINT, max_output_tokens=9, needed=2
        )
