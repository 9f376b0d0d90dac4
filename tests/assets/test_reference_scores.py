"""`reference_scores` through Dagster: a tiny task, a profile with one reference, and a server that plays it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from tests.serving.scripted_server import ScriptedServer, count_characters

CHECKOUT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
import dagster as dg
from assets.price_book import price_book
from assets.reference_scores import reference_scores
from assets.seed_set import seed_set
from resources import Artifacts, Launcher, ProfileResource

resources = {"artifacts": Artifacts(), "profile": ProfileResource(), "launcher": Launcher()}
assets, key = [seed_set, price_book, reference_scores], "an-api|tiny"
assert key in reference_scores.partitions_def.get_partition_keys()
with dg.DagsterInstance.ephemeral() as instance:
    for name, partition in (("seed_set", "tiny"), ("price_book", None), ("reference_scores", key)):
        result = dg.materialize(assets, selection=[name], partition_key=partition, resources=resources,
            instance=instance, raise_on_error=False)
        for event in result.all_events:
            if event.is_step_failure:
                error = event.step_failure_data.error
                while error.cause:
                    error = error.cause
                sys.exit(error.message)
    (made,) = result.asset_materializations_for_node("reference_scores")
    plain = {name: value.value for name, value in made.metadata.items() if isinstance(value.value, str | int | float)}
    print(json.dumps(plain))
"""


@pytest.fixture
def home(tiny_task_folder: Path, tmp_path: Path) -> Path:
    copytree(tiny_task_folder, tmp_path / "home" / "tasks" / "tiny")
    return tmp_path / "home"


def materialise(home: Path, reference: dict[str, Any], **changes: Any) -> subprocess.CompletedProcess[str]:
    profile = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    priced = {"slug": "an-api", "display_name": "An API", "model": "api-1", "input_price": 2.0, "output_price": 8.0}
    profile |= {"references": [priced | reference], "reference_scoring": {"repeats": 2, "budget_dollars": 5.0}}
    profile["benchmark"] |= {"max_questions": 10}
    path = home.parent / "tiny.yaml"
    path.write_text(yaml.safe_dump(profile | changes))
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    environment |= {"DISTIL_HOME": str(home), "DISTIL_PROFILE": str(path), "DAGSTER_HOME": ""}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def artifact(home: Path) -> Artifact:
    return ArtifactStore(str(home), scratch=home).current("reference_scores", {"reference": "an-api", "task": "tiny"})


def test_a_reference_is_measured_by_the_questions_and_prices_of_the_pipeline(home: Path) -> None:
    with ScriptedServer(answer=lambda messages: '{"name": "stop", "parameters": {}}', usage=count_characters) as server:
        done = materialise(home, {"base_url": server.base_url})
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 20
        shown = json.loads(done.stdout.splitlines()[-1])
        summary = artifact(home).summary(ReferenceSummary)
        assert shown["accuracy"] == pytest.approx(summary.accuracy, abs=1e-4)
        assert 0 < summary.accuracy < 1
        assert shown["interval"].endswith("(95 %, 10 questions)")
        assert shown["spread_of_repeats"] == "0.00 points (standard deviation of 2)"
        assert shown["dollars_spent"] == pytest.approx(summary.dollars_spent, abs=1e-6)
        assert shown["published"] == "nothing found"
        assert shown["answered_by"] == "api-1-2026"
        assert summary.price_source == "input_price and output_price of the profile"
        recipe = artifact(home).manifest.recipe
        assert [record.asset for record in recipe.inputs] == ["seed_set", "price_book"]
        assert recipe.code_version == "1"

        server.requests.clear()
        again = materialise(home, {"base_url": server.base_url})
        assert again.returncode == 0, again.stderr
        assert not server.requests  # every answer is recorded


def test_the_judge_of_the_profile_is_heard(home: Path) -> None:
    description = home / "tasks" / "tiny" / "job_description.json"
    content = json.loads(description.read_text()) | {"llm_as_a_judge_instructions": "The right call is good."}
    description.write_text(json.dumps(content))
    with ScriptedServer(answer=lambda messages: '{"verdict": "bad"}', usage=count_characters) as server:
        judge = {"base_url": server.base_url, "model": "judge-1", "input_price": 0.0, "output_price": 0.0}
        done = materialise(home, {"base_url": server.base_url}, judge=judge)
        assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown["judge"].startswith("judge-1: 0.0% good (0.0% to ")
    assert "0 of 20 verdicts unreadable" in shown["judge"]
    assert set(artifact(home).table("scores.parquet")["judge_verdict"]) == {"bad"}


def test_a_missing_key_is_one_sentence_before_any_work(home: Path) -> None:
    done = materialise(home, {"base_url": "https://api.example/v1", "api_key_env": "AN_API_KEY"})
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "the environment variable AN_API_KEY with the key to api-1 isn't set: an-api can't be measured on tiny, "
        "and no published figure is known to show instead"
    )
    assert not (home / "responses").exists()


def test_a_budget_that_runs_out_is_told_in_dagster_with_how_to_go_on(home: Path) -> None:
    with ScriptedServer(usage=count_characters) as server:
        done = materialise(home, {"base_url": server.base_url}, reference_scoring={"budget_dollars": 0.03})
        assert done.returncode == 1
        assert "the budget of $0.03 (reference_scoring.budget_dollars) allows no further request" in done.stderr
        assert not (home / "artifacts" / "reference_scores").exists()
