"""Price book and cost table through Dagster: new prices are a new table, and no worker is started for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
import yaml

from distil_dagster.artifacts import ArtifactStore
from distil_dagster.reports.costs import cost_details
from tests.reports.distilled_student import (
    PACKAGE,
    STUDENT,
    TASK,
    publish,
    publish_merged,
    publish_scores,
    publish_seeds,
    write_weights,
)
from tests.reports.test_costs import SERVING

CHECKOUT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
import dagster as dg
from assets.cost_table import cost_table
from assets.price_book import price_book
from resources import Artifacts, ProfileResource

resources = {"artifacts": Artifacts(), "profile": ProfileResource()}
with dg.DagsterInstance.ephemeral() as instance:
    for asset, partition in ((price_book, None), (cost_table, sys.argv[1])):
        result = dg.materialize([asset], partition_key=partition, resources=resources, instance=instance,
            raise_on_error=False)
        for event in result.all_events:
            if event.is_step_failure:
                error = event.step_failure_data.error
                while error.cause:
                    error = error.cause
                sys.exit(error.message)
    (made,) = result.asset_materializations_for_node("cost_table")
    plain = {name: value.value for name, value in made.metadata.items() if isinstance(value.value, str | int | float)}
    print(json.dumps(plain))
"""


@pytest.fixture
def store(tmp_path: Path, tiny_task_folder: Path) -> ArtifactStore:
    """A student that was scored and served."""
    home = tmp_path / "home"
    store = ArtifactStore(str(home), scratch=home)
    copytree(tiny_task_folder, home / "tasks" / TASK)
    seeds = publish_seeds(store, tiny_task_folder)
    merged = publish_merged(store, seeds, write_weights)
    publish_scores(store, seeds, merged)

    def serve(output: Path) -> None:
        (output / "summary.json").write_text(SERVING.model_dump_json())

    publish(store, "serving_profile", serve, inputs=[seeds, merged])
    return store


def price(store: ArtifactStore, **costs: object) -> subprocess.CompletedProcess[str]:
    home = Path(store.root.path)
    settings = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    settings["students"] = {STUDENT: {"base_model": PACKAGE, "licence": "Apache-2.0"}}
    settings["costs"] |= costs
    (home / "tiny.yaml").write_text(yaml.safe_dump(settings))
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, TASK],
        env={**os.environ, "DISTIL_HOME": str(home), "DISTIL_PROFILE": str(home / "tiny.yaml"), "DAGSTER_HOME": ""},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_prices_of_another_day_make_another_table_of_the_same_measurements_and_a_history(store: ArtifactStore) -> None:
    tables = []
    for costs in ({"prices_of": "2026-02-15"}, {"prices_of": "2026-11-24"}):
        done = price(store, **costs)
        assert done.returncode == 0, done.stderr
        tables.append(store.current("cost_table", {"task": TASK}))

    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown["requests_per_second"] == SERVING.requests_per_second
    first, second = (list(table.manifest.recipe.inputs) for table in tables)
    assert [record.asset for record in first] == ["price_book", "benchmark_scores", "serving_profile"]
    assert first[0] != second[0]
    assert first[1:] == second[1:]
    details = cost_details(tables[1])
    assert details is not None
    assert sorted({row.as_of for row in details.history}) == [date(2026, 2, 15), date(2026, 11, 24)]
    assert tables[1].manifest.seconds is not None
    assert len(tables[1].manifest.recipe.parameters["price_books"]) == 2


def test_a_price_book_that_is_not_there_is_one_sentence_that_names_the_setting(store: ArtifactStore) -> None:
    done = price(store, price_book="nowhere.yaml")

    assert done.returncode == 1
    assert "correct costs.price_book in the profile" in done.stderr
