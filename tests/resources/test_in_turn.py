"""Jobs run one after the other are runs like any other, and the first that fails is the last."""

import os
import signal
import time
from collections.abc import Iterator

import dagster as dg
import pytest

from distil_dagster.whole_task import JobRun
from resources.in_turn import run_jobs
from resources.terminal import PID_TAG, RunFailed, RunInterrupted

by_task = dg.StaticPartitionsDefinition(["a", "b"])
by_both = dg.MultiPartitionsDefinition({"task": by_task, "student": dg.StaticPartitionsDefinition(["s"])})


class Settings(dg.Config):
    rows: int = 1


@dg.asset(partitions_def=by_task)
def corpus(config: Settings) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": config.rows})


@dg.asset(partitions_def=by_both)
def adapter() -> dg.MaterializeResult:
    return dg.MaterializeResult()


@dg.asset
def breaks() -> dg.MaterializeResult:
    raise ValueError("the disk is full")


@dg.asset
def ended() -> dg.MaterializeResult:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(20)
    return dg.MaterializeResult()


@dg.asset(check_specs=[dg.AssetCheckSpec("good", asset="doubtful", blocking=True)])
def doubtful() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        check_results=[dg.AssetCheckResult(check_name="good", passed=False, description="2 of 9 are right.")]
    )


DEFINITIONS = dg.Definitions(
    assets=[corpus, adapter, breaks, ended, doubtful],
    jobs=[
        dg.define_asset_job(asset.key.to_user_string(), [asset]) for asset in (corpus, adapter, breaks, ended, doubtful)
    ],
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def test_runs_of_several_partition_schemes_follow_each_other_and_are_told_before(instance: dg.DagsterInstance) -> None:
    told: dict[str, str] = {}

    def starting(name: str, run_id: str) -> None:
        assert instance.get_run_by_id(run_id) is None
        told[name] = run_id

    runs = [
        JobRun("corpus", {"task": "a"}, config={"corpus": {"rows": 7}}),
        JobRun("adapter", {"task": "a", "student": "s"}),
    ]
    run_jobs(DEFINITIONS, instance, runs, tags={"whose": "mine"}, starting=starting)
    assert list(told) == ["1 of 2: corpus[a]", "2 of 2: adapter[s|a]"]
    recorded = [instance.get_run_by_id(run_id) for run_id in told.values()]
    assert [run and run.status for run in recorded] == [dg.DagsterRunStatus.SUCCESS] * 2
    assert all(run and run.tags["whose"] == "mine" and PID_TAG in run.tags for run in recorded)
    made = instance.get_latest_materialization_event(dg.AssetKey("corpus"))
    assert made is not None
    assert made.asset_materialization is not None
    assert made.asset_materialization.metadata["rows"].value == 7


def test_the_first_that_fails_is_the_last_and_says_why(instance: dg.DagsterInstance) -> None:
    with pytest.raises(RunFailed, match=r"^breaks failed: the disk is full$") as failure:
        run_jobs(DEFINITIONS, instance, [JobRun("breaks"), JobRun("corpus", {"task": "a"})], tags={})
    (run,) = instance.get_runs()
    assert run.run_id == failure.value.run_id


def test_a_blocking_check_ends_it_with_its_own_words(instance: dg.DagsterInstance) -> None:
    with pytest.raises(RunFailed, match=r"^doubtful: the check good failed\. 2 of 9 are right\.$"):
        run_jobs(DEFINITIONS, instance, [JobRun("doubtful")], tags={})


def test_a_run_that_is_ended_from_outside_is_told_from_one_that_fails(instance: dg.DagsterInstance) -> None:
    with pytest.raises(RunInterrupted, match="ended was interrupted"):
        run_jobs(DEFINITIONS, instance, [JobRun("ended")], tags={})
    (run,) = instance.get_runs()
    assert run.is_finished
