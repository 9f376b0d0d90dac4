"""What orchestration costs for each partition: a backfill by Dagster's daemon, beside the loop of `distil run`.

    .venv/bin/python benchmarks/orchestration.py [--partitions N] [--sleep 0.1] [--limit 200]

The benchmark's plan, 9 tasks x 4 students x 10 references, is requested as one backfill, as the UI's Materialize does.
With --partitions it is one step of N partitions instead: `reference_scores` of N / 10 tasks and 10 references. The
daemon runs with the project's own dagster.yaml, and every run is a process, as it is behind `make ui`; but the steps
sleep (`sleeping_steps.py`), so that all time besides is orchestration. Leaderboard and report are left out: they read
what steps have made.

The backfill is ended after `limit` seconds. What has finished by then is what is told of; what hasn't is only counted.
The peer runs the same partitions in the same order in one process, for a third of the limit at most. Each has a storage
of its own. Overhead is (wall time - time slept) / runs, from the request to the end of the last that finished; a run
is one partition of one job. Up to four runs sleep at the same time, so keep `sleep` small.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import dagster as dg
import yaml

from distil_dagster.artifacts import Recipe
from distil_dagster.artifacts.manifest import partition_key
from distil_dagster.costs.price_list import write_price_list
from distil_dagster.home import CHECKOUT, Home
from distil_dagster.profile import load_profile
from distil_dagster.tasks.seed_set import write_seed_set
from distil_dagster.whole_task import JobRun

TASKS, STUDENTS, REFERENCES = 9, 4, 10
LOCATION = Path(__file__).with_name("sleeping_steps.py")
BY_TASK = ("seed_set", "teacher_scores", "synthetic_corpus")
BY_STUDENT = (
    *("seeds_only_adapter", "lora_adapter", "merged_model"),
    *("benchmark_scores", "parity", "serving_profile"),
)
SLOWEST_START_SECONDS = 90.0
RUN_ID_LETTERS = 36


@dataclass(frozen=True)
class Plan:
    """What is to be made: by the backfill, and by the loop."""

    assets: Mapping[str, Sequence[Mapping[str, str]]]
    """Asset to its partitions; none for an asset without."""
    loop: Sequence[JobRun]


@dataclass(frozen=True)
class FinishedRun:
    """Seconds since the epoch at which a run came so far."""

    queued: float
    launched: float
    started: float
    first_step: float
    ended: float
    sleeping_steps: int


def benchmark_plan(tasks: Sequence[str], students: Sequence[str], references: Sequence[str]) -> Plan:
    of_task = [{"task": task} for task in tasks]
    of_student = [{"task": task, "student": student} for task in tasks for student in students]
    of_reference = [{"task": task, "reference": reference} for task in tasks for reference in references]
    return Plan(
        assets={
            "price_book": [],
            **dict.fromkeys(BY_TASK, of_task),
            **dict.fromkeys(BY_STUDENT, of_student),
            "reference_scores": of_reference,
            "cost_table": of_task,
        },
        loop=[
            JobRun("reprice", of_task[0], only=("price_book",)),
            *(JobRun("write_corpus", partition) for partition in of_task),
            *(JobRun("distil_student", partition) for partition in of_student),
            *(JobRun("score_reference", partition) for partition in of_reference),
            *(JobRun("reprice", partition, only=("cost_table",)) for partition in of_task),
        ],
    )


def one_step_plan(partitions: int, tasks: Sequence[str], references: Sequence[str]) -> Plan:
    asked = [{"task": task, "reference": reference} for task in tasks for reference in references][:partitions]
    return Plan({"reference_scores": asked}, [JobRun("score_reference", partition) for partition in asked])


def write_profile(path: Path) -> Path:
    """The embedded profile with so many students and references; none of them is ever loaded or asked."""
    profile = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    (student,) = profile["students"].values()
    profile["students"] = {f"student-{number}": student for number in range(STUDENTS)}
    profile["references"] = [
        {
            "slug": f"reference-{number}",
            "display_name": f"Reference {number}",
            "model": "none",
            "base_url": "http://127.0.0.1:9/v1",
            "api_key_env": None,
            "input_price": 1.0,
            "output_price": 1.0,
        }
        for number in range(REFERENCES)
    ]
    path.write_text(yaml.safe_dump(profile))
    return path


def make_home(folder: Path, tasks: int, sleep_seconds: float) -> tuple[Home, list[str]]:
    """A DISTIL_HOME with copies of smart_home, in force for this process and those that it starts."""
    bundled = list(Home(folder).task_folders())
    names = [*bundled, *(f"task-{number}" for number in range(len(bundled), tasks))][:tasks]
    for name in names:
        copytree(CHECKOUT / "tasks" / "smart_home", folder / "tasks" / name)
    os.environ |= {
        "DISTIL_HOME": str(folder),
        "DISTIL_PROFILE": str(write_profile(folder / "profile.yaml")),
        "DAGSTER_HOME": str(CHECKOUT),
        "DISTIL_SLEEP_SECONDS": str(sleep_seconds),
    }
    return Home(folder), names


def make_inputs(home: Home, tasks: Sequence[str]) -> None:
    """The seeds and prices that a plan reads and doesn't make."""
    for task in tasks:
        recipe = Recipe(asset="seed_set", partition={"task": task}, inputs=(), parameters={}, code_version="")
        with home.store.workspace(recipe) as workspace:
            write_seed_set(home.task_folder(task), task, workspace.draft)
            home.store.publish(recipe, workspace, {}, run_id="")
    recipe = Recipe(asset="price_book", partition={}, inputs=(), parameters={}, code_version="")
    with home.store.workspace(recipe) as workspace:
        write_price_list(load_profile().references, as_of=datetime.now(UTC).date(), output=workspace.draft)
        home.store.publish(recipe, workspace, {}, run_id="")


@contextmanager
def storage(folder: Path) -> Iterator[dg.DagsterInstance]:
    """An instance of the project's dagster.yaml whose storage is this folder."""
    folder.mkdir()
    os.environ["DISTIL_DAGSTER"] = str(folder)
    with dg.DagsterInstance.get() as instance:
        yield instance


@contextmanager
def daemon(instance: dg.DagsterInstance, log: Path) -> Iterator[None]:
    """Dagster's daemon with the sleeping code location, ready; with all that it started it is ended."""
    from dagster._daemon.controller import all_daemons_live

    command = [*(str(Path(sys.executable).with_name("dagster-daemon")), "run"), *("-f", str(LOCATION))]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "-d", str(CHECKOUT)], cwd=CHECKOUT, stdout=output, stderr=output, start_new_session=True
        )
        try:
            deadline = time.monotonic() + SLOWEST_START_SECONDS
            while not all_daemons_live(instance):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"the daemon didn't start: {log.read_text()[-2000:]}")
                time.sleep(0.5)
            yield
        finally:
            for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, stop)
                    process.wait(15)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue


def request(instance: dg.DagsterInstance, definitions: dg.Definitions, plan: Plan) -> str:
    """Record a backfill for the daemon, as the UI's mutation `launchPartitionBackfill` does, and return its id."""
    from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
    from dagster._core.definitions.partitions.subset.partitions_subset import PartitionsSubset
    from dagster._core.execution.backfill import PartitionBackfill
    from dagster._core.utils import make_new_backfill_id

    graph = definitions.get_repository_def().asset_graph
    subsets: dict[dg.AssetKey, PartitionsSubset] = {}
    without: set[dg.AssetKey] = set()
    for asset, partitions in plan.assets.items():
        key = dg.AssetKey(asset)
        if scheme := graph.get(key).partitions_def:
            keys = [partition_key(dict(partition)) for partition in partitions]
            subsets[key] = scheme.subset_with_partition_keys(keys)
        else:
            without.add(key)
    backfill = PartitionBackfill.from_asset_graph_subset(
        backfill_id=make_new_backfill_id(),
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=instance,
        asset_graph_subset=AssetGraphSubset(subsets, without),  # type: ignore[call-arg]
        title=None,
        description=None,
        run_config=None,
    )
    instance.add_backfill(backfill)
    return str(backfill.backfill_id)


def wait_for(instance: dg.DagsterInstance, backfill_id: str, limit: float) -> str:
    """Wait until the backfill has ended, but no longer than the limit; how it stands."""
    from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES

    deadline = time.monotonic() + limit
    while True:
        backfill = instance.get_backfill(backfill_id)
        assert backfill is not None
        if backfill.status in BULK_ACTION_TERMINAL_STATUSES or time.monotonic() > deadline:
            return backfill.status.value
        time.sleep(1)


def finished_runs(instance: dg.DagsterInstance, records: Sequence[dg.RunRecord]) -> list[FinishedRun]:
    """The runs that succeeded, by their end."""
    from sleeping_steps import REAL

    wanted = {dg.DagsterEventType.RUN_STARTING, dg.DagsterEventType.STEP_START}
    found = []
    for record in records:
        if record.dagster_run.status != dg.DagsterRunStatus.SUCCESS or not record.start_time or not record.end_time:
            continue
        launched = 0.0
        steps: dict[str | None, float] = {}
        for entry in instance.all_logs(record.dagster_run.run_id, of_type=wanted):
            if entry.get_dagster_event().is_step_start:
                steps[entry.step_key] = entry.timestamp
            else:
                launched = entry.timestamp
        found.append(
            FinishedRun(
                queued=record.create_timestamp.timestamp(),
                launched=launched,
                started=record.start_time,
                first_step=min(steps.values()),
                ended=record.end_time,
                sleeping_steps=len(steps.keys() - REAL),
            )
        )
    return sorted(found, key=lambda run: run.ended)


def tell_phases(requested: float, runs: Sequence[FinishedRun], planned: Sequence[float]) -> None:
    first, last = min(planned) - requested, max(planned) - requested
    print(f"queued: the first run {first:.1f} s after the request, the last {last:.1f} s", flush=True)
    print(f"started: the first step {min(run.first_step for run in runs) - requested:.1f} s after the request")
    for name, seconds in (
        ("waiting in the queue", [run.launched - run.queued for run in runs]),
        ("starting a process that loads the project", [run.started - run.launched for run in runs]),
        ("from there to the first step", [run.first_step - run.started for run in runs]),
        ("all steps", [run.ended - run.first_step for run in runs]),
    ):
        print(f"  median of a run, {name}: {statistics.median(seconds):.2f} s (longest {max(seconds):.2f} s)")
    half = len(runs) // 2
    if half > 1:
        early, late = runs[half - 1].ended - runs[0].ended, runs[-1].ended - runs[half].ended
        print(f"one run ends every {early / (half - 1):.2f} s in the first half of them, ", end="")
        print(f"every {late / max(1, len(runs) - half - 1):.2f} s in the second", flush=True)


def tell_storage(folder: Path, runs: int) -> None:
    """Bytes by kind; SQLite's journals count with their databases."""
    kinds: Counter[str] = Counter()
    for file in folder.rglob("*"):
        if file.is_file():
            kinds[_kind(file.relative_to(folder))] += file.stat().st_size
    parts = ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in sorted(kinds.items()))
    print(f"storage: {kinds.total() / runs / 1e3:.0f} kB a run planned; {parts}", flush=True)


def _kind(file: Path) -> str:
    if "compute_logs" in file.parts:
        return "captured output"
    database = file.name.partition(".db")[0]
    if len(database) == RUN_ID_LETTERS:
        return "events of each run"
    return f"{database}.db" if file.name.startswith(("index.db", "runs.db", "schedules.db")) else "other"


def backfill_overhead(folder: Path, definitions: dg.Definitions, plan: Plan, sleep: float, limit: float) -> float:
    """Seconds of orchestration for each run that finished, with all else that is measured printed."""
    with storage(folder / "backfill") as instance:
        with daemon(instance, folder / "daemon.log"):
            requested = time.time()
            backfill_id = request(instance, definitions, plan)
            status = wait_for(instance, backfill_id, limit)
        records = instance.get_run_records(dg.RunsFilter(tags={"dagster/backfill": backfill_id}))
        statuses = Counter(record.dagster_run.status.value for record in records)
        print(f"backfill {status}: {len(records)} runs planned, {dict(statuses)}", flush=True)
        runs = finished_runs(instance, records)
        if statuses["FAILURE"] or not runs:
            raise SystemExit((folder / "daemon.log").read_text()[-4000:])
        tell_phases(requested, runs, [record.create_timestamp.timestamp() for record in records])
    tell_storage(folder / "backfill", len(records))
    return overhead("backfill", runs[-1].ended - requested, len(runs), sum(run.sleeping_steps for run in runs) * sleep)


def loop_overhead(folder: Path, definitions: dg.Definitions, plan: Plan, sleep: float, limit: float) -> float:
    """The same by the loop of `distil run`; the code location is loaded once, before."""
    from resources.in_turn import run_jobs

    with storage(folder / "loop") as instance:
        started, done, steps = time.monotonic(), 0, 0
        for run in plan.loop:
            if time.monotonic() - started > limit:
                break
            run_jobs(definitions, instance, [run], tags={}, loggers={"console": {"config": {"log_level": "ERROR"}}})
            done, steps = done + 1, steps + _sleeping_steps(definitions, run)
        wall = time.monotonic() - started
    return overhead("loop", wall, done, steps * sleep)


def _sleeping_steps(definitions: dg.Definitions, run: JobRun) -> int:
    from sleeping_steps import REAL

    assets = run.only or [node.name for node in definitions.resolve_job_def(run.job).nodes]
    return len(set(assets) - REAL)


def overhead(name: str, wall: float, runs: int, slept: float) -> float:
    seconds = (wall - slept) / runs
    print(f"{name}: {runs} runs in {wall:.1f} s, of which steps slept {slept:.1f} s: {seconds:.2f} s a run", flush=True)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds of orchestration for each partition of a backfill.")
    parser.add_argument("--partitions", type=int, help="of one step; the plan of 9 x 4 x 10 by default")
    parser.add_argument("--sleep", type=float, default=0.1, help="seconds that each step sleeps")
    parser.add_argument("--limit", type=float, default=200.0, help="seconds until the backfill is ended")
    options = parser.parse_args()
    tasks = -(-options.partitions // REFERENCES) if options.partitions else TASKS
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        home, names = make_home(folder / "home", tasks, options.sleep)
        references = [reference.slug for reference in load_profile().references]
        if options.partitions:
            plan = one_step_plan(options.partitions, names, references)
            make_inputs(home, names)
        else:
            plan = benchmark_plan(names, list(load_profile().students), references)
        from sleeping_steps import location

        definitions = location()
        ours = backfill_overhead(folder, definitions, plan, options.sleep, options.limit)
        peer = loop_overhead(folder, definitions, plan, options.sleep, options.limit / 3)
    print(json.dumps({"ours": ours, "peer": peer, "ratio": peer / ours, "unit": "s of overhead per run"}))


if __name__ == "__main__":
    main()
