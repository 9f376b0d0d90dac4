"""Runs whose process was killed are told apart from those that still run, and give their pool slot back."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import psutil

from resources.terminal import HOST_TAG, PID_TAG, STARTED_TAG, end_orphaned_runs, process_tags


def started_run(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    run = instance.create_run_for_job(_job, tags=tags, status=dg.DagsterRunStatus.STARTED)
    return run.run_id


@dg.job
def _job() -> None:
    pass


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def tags_of_a_dead_process() -> dict[str, str]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tags = {PID_TAG: str(process.pid), STARTED_TAG: str(psutil.Process(process.pid).create_time())}
    process.kill()
    process.communicate()
    return tags


def test_a_run_of_a_killed_process_is_marked_as_failed() -> None:
    with dg.instance_for_test() as instance:
        run_id = started_run(instance, tags_of_a_dead_process())
        end_orphaned_runs(instance)
        assert status_of(instance, run_id) is dg.DagsterRunStatus.FAILURE


def test_a_run_of_a_living_process_is_left_alone() -> None:
    with dg.instance_for_test() as instance:
        run_id = started_run(instance, process_tags())
        end_orphaned_runs(instance)
        assert status_of(instance, run_id) is dg.DagsterRunStatus.STARTED


def test_a_pid_that_was_given_to_another_process_counts_as_dead() -> None:
    with dg.instance_for_test() as instance:
        run_id = started_run(instance, process_tags() | {STARTED_TAG: "1.0"})
        end_orphaned_runs(instance)
        assert status_of(instance, run_id) is dg.DagsterRunStatus.FAILURE


def test_runs_that_the_daemon_launched_are_none_of_our_business() -> None:
    with dg.instance_for_test() as instance:
        run_id = started_run(instance, {})
        end_orphaned_runs(instance)
        assert status_of(instance, run_id) is dg.DagsterRunStatus.STARTED


def test_runs_of_another_machine_on_the_same_instance_are_left_to_it() -> None:
    with dg.instance_for_test() as instance:
        run_id = started_run(instance, tags_of_a_dead_process() | {HOST_TAG: "another-machine"})
        end_orphaned_runs(instance)
        assert status_of(instance, run_id) is dg.DagsterRunStatus.STARTED
