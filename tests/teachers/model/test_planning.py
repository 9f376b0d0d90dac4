"""What a task's settings make of the calls."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import load_task
from distil_dagster.teachers.model.planning import Planning
from distil_dagster.teachers.settings import EndpointTeacherSettings
from distil_dagster.teachers.teacher import GeneratedRow, NoRowsError
from tests.teachers.model.conftest import first_order, written

ENDPOINT = RemoteModel(model="a-model", base_url="http://127.0.0.1:9/v1", input_price=1.0, output_price=1.0)


def planning(folder: Path, synthgen: str = "{}", **teacher: object) -> Planning:
    config = folder / "config.yaml"
    config.write_text(f"{config.read_text()}synthgen: {synthgen}\n")
    settings = EndpointTeacherSettings.model_validate({"kind": "endpoint", "endpoint": ENDPOINT, **teacher})
    return Planning(load_task(folder), settings, max_output_tokens=500, prices=TokenPrices(1.0, 1.0))


def test_the_target_is_rounded_up_to_whole_iterations(tiny_task_folder: Path) -> None:
    plan = planning(tiny_task_folder, "{generation_iteration_size: 30, generation_in_single_call: 5}").plan(
        count=31, seed=1
    )
    assert (plan.calls, plan.rows_per_call) == (12, 5)


def test_parallel_calls_ask_for_one_row_each(tiny_task_folder: Path) -> None:
    orders = planning(tiny_task_folder, "{parallel_llm_calls: true, generation_iteration_size: 8}").orders(
        count=8, seed=1
    )
    assert [order.count for order in orders] == [1] * 16


def test_designs_are_as_frequent_as_among_the_seeds_only_if_the_task_says_so(tiny_task_folder: Path) -> None:
    even = planning(tiny_task_folder, "{generation_iteration_size: 400}")
    counts = Counter(order.cell.design.name for order in even.orders(count=400, seed=1)[:100])
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len(counts) == len(even.writer.designs)


def test_with_the_distribution_of_the_seeds_designs_without_a_seed_are_not_written(tiny_task_folder: Path) -> None:
    like_seeds = planning(
        tiny_task_folder, "{generation_iteration_size: 400, match_generated_distribution_to_seed: true}"
    )
    counts = Counter(order.cell.design.name for order in like_seeds.orders(count=400, seed=1)[:100])
    seeds = sum(len(design.seeds) for design in like_seeds.writer.designs)
    for design in like_seeds.writer.designs:
        assert counts[design.name] == pytest.approx(100 * len(design.seeds) / seeds, abs=1)


def test_the_tasks_limit_of_tokens_comes_before_the_endpoints(tiny_task_folder: Path) -> None:
    plan = planning(tiny_task_folder, "{teacher_max_tokens: 7}").plan(count=10, seed=1)
    assert plan.most.output_tokens == 7 * plan.most.requests


def test_no_more_is_asked_for_than_the_profile_allows(tiny_task_folder: Path) -> None:
    plan = planning(tiny_task_folder, most_requested=1.25).plan(count=128, seed=1)
    assert (plan.calls, plan.most_calls) == (32, 40)


def test_texts_of_the_domain_are_shown_as_many_as_the_task_says(tiny_task_folder: Path) -> None:
    texts = [f"Somebody said thing number {number}." for number in range(5)]
    (tiny_task_folder / "unstructured.jsonl").write_text("".join(f'{{"context": "{text}"}}\n' for text in texts))
    wanted = planning(tiny_task_folder, "{num_unlabelled_exemplars_per_generation: 3}")
    (question,) = wanted.writer.questions_of_call(first_order(load_task(tiny_task_folder)))
    assert sum(text in question.messages[1].content for text in texts) == 3


def test_answers_are_json_where_those_of_all_seeds_are(tiny_redaction_folder: Path) -> None:
    task = load_task(tiny_redaction_folder)
    reply = json.dumps({"examples": [{"question": "Call Ada.", "answer": "Ada is a name."}] * 3})
    found = written(
        planning(tiny_redaction_folder, "{output_is_json: true}").writer, lambda _: reply, first_order(task)
    )
    assert [row.unreadable for row in found if isinstance(row, GeneratedRow)] == [
        "the answer is no JSON: Ada is a name."
    ] * 3


def test_seeds_that_contradict_output_is_json_are_an_error(tiny_open_book_folder: Path) -> None:
    with pytest.raises(NoRowsError, match="output_is_json"):
        planning(tiny_open_book_folder, "{output_is_json: true}")


def test_a_temperature_that_nothing_would_heed_is_an_error() -> None:
    with pytest.raises(ValueError, match="teacher_temperature"):
        EndpointTeacherSettings.model_validate(
            {"kind": "endpoint", "endpoint": {**ENDPOINT.model_dump(), "temperature": 0.3}}
        )
