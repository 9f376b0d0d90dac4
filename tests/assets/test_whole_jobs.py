"""`distil_task` and `rebenchmark` as the UI starts them: a partition, no configuration, and runs that belong to it."""

import json
import os
import signal
import time
from contextlib import suppress
from typing import Any

import dagster as dg
import pytest

from assets.partitions import by_task_and_student
from assets.whole_jobs import rebenchmark_job
from tests.assets.conftest import STUDENT, TASK, Checkout

PROGRAM = """
import json
import dagster as dg
from distil_dagster.definitions import defs

with dg.DagsterInstance.get() as instance:
    result = defs().resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=partition, run_config=config, raise_on_error=False
    )
    _, group = instance.get_run_group(result.run_id)
    children = [run for run in group if run.run_id != result.run_id]
    outputs = [event.step_output_data for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    failures = [(error.cause or error).message for error in errors]
    print(json.dumps({
        "status": result.dagster_run.status.value,
        "children": {run.job_name: run.status.value for run in children},
        "partitions": {run.job_name: run.tags.get("dagster/partition") for run in children},
        "reused": [run.tags.get("distil/reuse") for run in children],
        "of_parent": [run.tags["dagster/parent_run_id"] == result.run_id for run in children],
        "ids": sorted(run.run_id for run in children),
        "linked": sorted(value.value for output in outputs for value in output.metadata.values()),
        "failures": failures,
    }))
"""


def launch(checkout: Checkout, job: str, config: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the job for the task and student of the graph; returns what was recorded."""
    chosen = (job, f"{STUDENT}|{TASK}", {"ops": {"distil": {"config": config}}} if config else None)
    printed = checkout.python(f"job, partition, config = {chosen!r}\n{PROGRAM}")
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def distilled(graph: Checkout) -> dict[str, Any]:
    return launch(graph, "distil_task")


def test_it_runs_the_jobs_of_distil_run_each_for_its_own_partition(distilled: dict[str, Any]) -> None:
    assert distilled["failures"] == []
    assert distilled["status"] == "SUCCESS"
    assert set(distilled["children"].values()) == {"SUCCESS"}
    assert distilled["partitions"] == {
        "write_corpus": TASK,
        "distil_student": f"{STUDENT}|{TASK}",
        "reprice": TASK,
        "hand_on": f"{STUDENT}|{TASK}",
        "publish": None,
    }


def test_its_runs_are_its_group_and_its_result_links_them(distilled: dict[str, Any]) -> None:
    assert all(distilled["of_parent"])
    assert distilled["linked"] == distilled["ids"]


def test_what_a_terminal_made_is_taken_over(graph: Checkout, distilled: dict[str, Any]) -> None:
    assert set(distilled["reused"]) == {"true"}
    for asset in ("synthetic_corpus", "lora_adapter", "benchmark_scores"):
        assert len(list(graph.home.glob(f"artifacts/{asset}/**/manifest.json"))) == 1


def test_a_change_that_makes_no_sense_fails_in_one_sentence_before_anything_is_run(graph: Checkout) -> None:
    failed = launch(graph, "distil_task", {"budget_dollars": 1.0})
    assert failed["status"] == "FAILURE"
    assert failed["children"] == {}
    assert "leave budget_dollars out" in str(failed["failures"])


@dg.asset(partitions_def=by_task_and_student)
def measured() -> dg.MaterializeResult:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(20)
    return dg.MaterializeResult()


def test_a_job_that_is_ended_ends_the_run_that_it_is_at() -> None:
    definitions = dg.Definitions([measured], jobs=[dg.define_asset_job("measure_student", [measured])])
    rebenchmark = rebenchmark_job(lambda: definitions)
    with dg.DagsterInstance.ephemeral() as instance:
        key = by_task_and_student.get_partition_keys()[0]
        with suppress(dg.DagsterExecutionInterruptedError):
            rebenchmark.execute_in_process(instance=instance, partition_key=key, raise_on_error=False)
        statuses = {run.job_name: run.status for run in instance.get_runs()}
    assert set(statuses) == {"rebenchmark", "measure_student"}
    assert set(statuses.values()) <= {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
