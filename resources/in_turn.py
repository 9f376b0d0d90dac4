"""Runs of several jobs one after the other in this process: what one job, with its one partition scheme, can't hold.

They are runs like any other, in the instance that the UI shows. Their steps wait for the pools as those of others do.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from distil_dagster.artifacts.manifest import partition_key
from distil_dagster.whole_task import JobRun
from resources.terminal import RunFailed, end_orphaned_runs, failed_step, process_tags


def run_jobs(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    runs: Sequence[JobRun],
    *,
    tags: Mapping[str, str],
    loggers: Mapping[str, Any] | None = None,
    starting: Callable[[str, str], object] = lambda _name, _run_id: None,
) -> None:
    """Run them to their end, or to that of the first that fails.

    Args:
        definitions: holds the jobs.
        instance: what records the runs.
        runs: the jobs, in order.
        tags: of every run.
        loggers: run configuration of the loggers of every run; by default those of the UI.
        starting: is told what comes next, as in `2 of 7: reprice[smart_home]`, and the id of its run.

    Raises:
        RunFailed: with the run, the asset that failed and why.
    """
    end_orphaned_runs(instance)
    for number, run in enumerate(runs, start=1):
        run_id, partition = str(uuid.uuid4()), dict(run.partition)
        label = f"[{partition_key(partition)}]" if partition else ""
        starting(f"{number} of {len(runs)}: {run.job}{label}", run_id)
        result = definitions.resolve_job_def(run.job).execute_in_process(
            instance=instance,
            partition_key=_dagster_key(partition),
            asset_selection=[dg.AssetKey(name) for name in run.only] or None,
            raise_on_error=False,
            run_config={
                **({"loggers": loggers} if loggers else {}),
                "ops": {asset: {"config": config} for asset, config in run.config.items() if config},
            },
            tags={**tags, **process_tags()},
            run_id=run_id,
        )
        _require_success(result, run.job)


def _dagster_key(partition: Mapping[str, str]) -> str | None:
    if not partition:
        return None
    return dg.MultiPartitionKey(partition) if len(partition) > 1 else next(iter(partition.values()))


def _require_success(result: dg.ExecuteInProcessResult, job: str) -> None:
    for check in result.get_asset_check_evaluations():
        if check.blocking and not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
            failed = f"{check.asset_key.to_user_string()}: the check {check.check_name} failed"
            raise RunFailed(f"{failed}. {check.description}" if check.description else failed, result.run_id)
    for event in result.all_events:
        if event.is_step_failure:
            raise failed_step(event.step_key or job, event.step_failure_data, result.run_id)
    if not result.success:
        raise RunFailed(f"the job {job} failed; `make ui` shows run {result.run_id}", result.run_id)
