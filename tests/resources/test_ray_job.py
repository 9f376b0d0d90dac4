"""On a real Ray cluster students train side by side, wait for each other, and outlive their worker and their node.

Needs the extra `ray`. Takes about two minutes on two cores: a cluster is started, and five workers load PyTorch.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml

from distil_dagster.home import CHECKOUT
from distil_dagster.students.checkpoint import FILE as CHECKPOINT
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary
from distil_dagster.tasks import load_task
from distil_dagster.tasks.seed_set import write_rows
from resources import Launcher
from resources.terminal import HOST_TAG, PID_TAG, STARTED_TAG, process_tags
from tests.resources.ray_nodes import Nodes, free_port
from tests.students.conftest import save_tiny_base

pytest.importorskip("ray", reason="Ray (extra ray) is not installed")

from ray.job_submission import JobDetails, JobSubmissionClient

RECIPE = FinetuneRecipe(
    lora_r=4,
    learning_rate=1e-3,
    per_step_examples=4,
    max_steps=900,
    num_train_epochs=10_000,
    evaluate_every_steps=300,
    checkpoint_every_steps=20,
    train_eval_split=0.2,
)
WORKER = "distil_dagster.students.finetune"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """The cluster."""
    cluster = Nodes(tmp_path_factory.mktemp("nodes"))
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def client(nodes: Nodes) -> JobSubmissionClient:
    """A client of the cluster."""
    return JobSubmissionClient(nodes.address)


@dataclass
class Student:
    """A training that is started as a step of a Dagster run."""

    name: str
    home: Path
    arguments: list[str | Path]
    instance: dg.DagsterInstance
    result: dg.ExecuteInProcessResult | None = None
    thread: threading.Thread = field(init=False)

    def start(self) -> None:
        @dg.asset(name=self.name, pool="gpu")
        def adapter(context: dg.AssetExecutionContext, launcher: Launcher) -> dg.MaterializeResult:
            launcher.run(context, WORKER, self.arguments)
            return dg.MaterializeResult()

        def run() -> None:
            resources = {"launcher": Launcher()}
            self.result = dg.materialize([adapter], instance=self.instance, resources=resources, raise_on_error=False)

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    @property
    def summary(self) -> FinetuneSummary:
        path = self.home / "work" / self.name / "draft-1-a" / "summary.json"
        return FinetuneSummary.model_validate_json(path.read_text())

    @property
    def messages(self) -> list[str]:
        assert self.result
        return [entry.user_message for entry in self.instance.all_logs(self.result.run_id)]

    @property
    def metadata(self) -> dict[str, object]:
        assert self.result
        (made,) = self.result.asset_materializations_for_node(self.name)
        return {name: value.value for name, value in made.metadata.items()}

    def workers(self) -> list[psutil.Process]:
        """Its worker processes that are alive on this machine."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if WORKER in (process.info["cmdline"] or [])[2:3] and f"/work/{self.name}/" in str(process.info["cmdline"])
        ]

    def jobs(self, client: JobSubmissionClient) -> list[JobDetails]:
        """Its jobs, the first first."""
        mine = [job for job in client.list_jobs() if f"/work/{self.name}/" in job.entrypoint]
        return sorted(mine, key=lambda job: job.start_time or 0)

    def has_checkpoint(self) -> bool:
        """Whether another node could go on from one."""
        path = f"work/{self.name}/checkpoints/{CHECKPOINT}"
        return (self.home / path).exists() or any((self.home.parent / "exchange").glob(f"*/{path}"))


@pytest.fixture
def student(
    nodes: Nodes, tiny_multi_turn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Student]]:
    """Makes students whose profile names the cluster, with files that travel through a folder of their own."""
    home = tmp_path / "home"
    base = save_tiny_base("llama", tmp_path / "base")
    profile = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    profile["launcher"] = {
        "kind": "ray",
        "address": nodes.address,
        "resources": {"H100": 1},
        "exchange": f"file://{tmp_path}/exchange",
    }
    (tmp_path / "dagster").mkdir()
    (tmp_path / "ray.yaml").write_text(yaml.safe_dump(profile))
    monkeypatch.setenv("DISTIL_PROFILE", str(tmp_path / "ray.yaml"))
    monkeypatch.setenv("DISTIL_HOME", str(home))
    (home / "artifacts" / "seed_set").mkdir(parents=True)
    tiny_multi_turn_folder.rename(home / "artifacts" / "seed_set" / "folder")
    folder = home / "artifacts" / "seed_set" / "folder"
    # One on disk, for its runs are in threads.
    instance = dg.DagsterInstance.local_temp(str(tmp_path / "dagster"))

    def make(name: str) -> Student:
        draft, checkpoints = home / "work" / name / "draft-1-a", home / "work" / name / "checkpoints"
        draft.mkdir(parents=True)
        checkpoints.mkdir()
        write_rows(list(load_task(folder).seeds), draft / "rows.parquet")
        (draft / "recipe.json").write_text(RECIPE.model_dump_json())
        arguments = (
            *("--rows", draft / "rows.parquet"),
            *("--task-folder", folder),
            *("--recipe", draft / "recipe.json"),
            *("--base-model", json.dumps({"kind": "path", "path": str(base)})),
            *("--cache", home / "cache" / "base_models"),
            *("--device", "cpu"),
            *("--output", draft),
            *("--checkpoints", checkpoints),
        )
        return Student(name, home, list(arguments), instance)

    with instance:
        yield make


def until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it never came to it that {what}"
        time.sleep(0.3)


def failing(it: Student) -> str:
    """Run a student whose base model there isn't, and return what its step failed of."""
    it.arguments[it.arguments.index("--base-model") + 1] = '{"kind": "path", "path": "/nowhere"}'
    it.start()
    it.thread.join(120)
    assert it.result
    failure = next(event.step_failure_data for event in it.result.all_events if event.is_step_failure)
    assert failure
    assert failure.error
    assert failure.error.cause
    return failure.error.cause.message


def test_two_train_at_once_a_third_waits_and_a_killed_worker_goes_on_elsewhere(
    client: JobSubmissionClient, student: Callable[[str], Student]
) -> None:
    students = [student(name) for name in ("anna", "berta", "clara")]
    training: list[int] = []

    def statuses() -> list[str]:
        found = [job.status.value for it in students for job in it.jobs(client)]
        training.append(found.count("RUNNING"))
        return found

    for it in students:
        it.start()
    until(lambda: sum(bool(it.workers()) for it in students) == 2, "two train at once")
    (waiting,) = [it for it in students if not it.workers()]
    killed = next(it for it in students if it.workers())
    until(lambda: waiting.jobs(client)[-1].status == "PENDING", "the third waits")
    until(killed.has_checkpoint, "a checkpoint was sent")
    killed.workers()[0].kill()
    until(lambda: bool(statuses()) and all(not it.thread.is_alive() for it in students), "all have ended", 200)
    assert max(training) == 2
    for it in students:
        assert it.result
        assert it.result.success, it.messages
        assert it.summary.steps == RECIPE.max_steps
        assert any(message.startswith("kept step 900 of 900") for message in it.messages), "as its worker reported"
        assert float(str(it.metadata["device_peak_memory_mib"])) > 50
        assert it.metadata["device"] == "CPU, 2 cores"
    first, *_, last = killed.jobs(client)
    assert first.driver_node_id != last.driver_node_id
    assert killed.summary.resumed_from_step
    assert any("is started again on another node (1 of 2)" in message for message in killed.messages)
    assert any("has waited long and goes on waiting for 1 H100" in message for message in waiting.messages)
    assert list((killed.home.parent / "exchange").iterdir()) == [], "nothing is left there"


def test_a_job_of_a_run_that_was_killed_is_stopped_by_the_next_one(
    client: JobSubmissionClient, student: Callable[[str], Student]
) -> None:
    gone = {**process_tags(), PID_TAG: "1", STARTED_TAG: "long ago"}
    orphan, other = (
        client.submit_job(entrypoint="sleep 300", metadata=tags) for tags in (gone, {**gone, HOST_TAG: "another"})
    )
    failing(student("dora"))
    assert client.get_job_status(orphan) == "STOPPED"
    assert client.get_job_status(other) in {"PENDING", "RUNNING"}
    client.stop_job(other)


def test_a_worker_that_fails_by_itself_is_not_started_again(
    client: JobSubmissionClient, student: Callable[[str], Student]
) -> None:
    it = student("emma")
    assert "there is no folder /nowhere" in failing(it)
    assert len(it.jobs(client)) == 1


def test_a_student_of_a_node_that_is_lost_goes_on_at_another_also_where_nodes_share_a_disk(
    nodes: Nodes, student: Callable[[str], Student], tmp_path: Path
) -> None:
    profile = yaml.safe_load((tmp_path / "ray.yaml").read_text())
    del profile["launcher"]["exchange"]
    (tmp_path / "ray.yaml").write_text(yaml.safe_dump(profile))
    students = [student(name) for name in ("frida", "greta")]
    for it in students:
        it.start()
    until(lambda: all(it.has_checkpoint() for it in students), "both have a checkpoint")
    nodes.lose_second()
    until(lambda: all(not it.thread.is_alive() for it in students), "both have ended", 200)
    assert [it.result and it.result.success for it in students] == [True, True], [it.messages for it in students]
    (moved,) = [it for it in students if it.summary.resumed_from_step]
    assert any(message.startswith("its node, or Ray's supervisor of it, was lost") for message in moved.messages)


def test_where_no_cluster_answers_the_step_says_so(
    nodes: Nodes, student: Callable[[str], Student], tmp_path: Path
) -> None:
    it = student("hanna")
    nowhere = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "ray.yaml").write_text((tmp_path / "ray.yaml").read_text().replace(nodes.address, nowhere))
    assert f"no Ray cluster answers at {nowhere}: start one with `ray start --head`" in failing(it)
