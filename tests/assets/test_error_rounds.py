"""A further round by the command that users type: the student's errors choose a batch, and what it brought is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from distil_dagster.artifacts import Artifact
from distil_dagster.corpus.weak_spots import WeakSpots
from distil_dagster.home import Home
from distil_dagster.profile import ProfileError, load_profile
from tests.assets.conftest import STUDENT, Checkout, write_tiny_profile

TASK = "tiny"
ROUNDS = {"student": STUDENT, "rounds": 1, "rows": 40, "held_back_share": 0.5, "most_held_back": 20}


@dataclass(frozen=True)
class Run:
    """A home after `distil run` with one further round, and what that printed."""

    checkout: Checkout
    printed: str

    def current(self, asset: str, **partition: str) -> Artifact:
        return Home(self.checkout.home).store.current(asset, {"task": TASK, **partition})

    def lineage(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = self.checkout.json("lineage", TASK, STUDENT, "--json")
        return steps


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, small_task: Path) -> Run:
    folder = tmp_path_factory.mktemp("rounds")
    profile = write_tiny_profile(folder, steps=2, error_rounds=ROUNDS)
    checkout = Checkout(folder / "home", profile)
    assert checkout.distil("import", str(small_task), "--name", TASK).returncode == 0
    result = checkout.distil("run", TASK)
    assert result.returncode == 0, result.stdout + result.stderr
    return Run(checkout, result.stdout)


def test_the_lineage_of_the_score_holds_both_rounds_and_the_errors_between_them(run: Run) -> None:
    steps = run.lineage()
    corpora = [step for step in steps if step["recipe"]["asset"] == "synthetic_corpus"]
    (spots,) = [step for step in steps if step["recipe"]["asset"] == "weak_spots"]
    assert len(corpora) == 2
    assert spots["fingerprint"] in {record["fingerprint"] for record in corpora[0]["recipe"]["inputs"]}
    assert corpora[1]["fingerprint"] in {record["fingerprint"] for record in spots["recipe"]["inputs"]}
    assert corpora[0]["recipe"]["parameters"]["further_rows"] == 40


def test_the_last_corpus_holds_the_rows_of_both_rounds_and_holds_back_the_same(run: Run) -> None:
    last = run.current("synthetic_corpus")
    (first,) = [
        Home(run.checkout.home).store.open(record)
        for record in last.manifest.recipe.inputs
        if record.asset == last.manifest.recipe.asset
    ]
    before, after = first.table("corpus.parquet"), last.table("corpus.parquet")
    assert list(after["id"][: len(before)]) == list(before["id"])
    assert set(after["round"][len(before) :]) == {1}
    assert 0 < len(after) - len(before) <= 40
    pd.testing.assert_frame_equal(first.table("held_back.parquet"), last.table("held_back.parquet"))
    assert len(last.table("held_back.parquet")) == 20
    trained = run.current("lora_adapter", student=STUDENT).table("rows.parquet")
    assert set(trained["id"]).isdisjoint(last.table("held_back.parquet")["id"])


def test_the_gain_is_recorded_and_printed(run: Run) -> None:
    spots = run.current("weak_spots", student=STUDENT).summary(WeakSpots)
    assert spots.round == 1
    assert spots.gain
    assert spots.gain.n == spots.asked >= 20
    assert re.search(r"^round 1: [\d.]+ % -> [\d.]+ % of \d+ held-back turns right \(.*p [=<] .*\)$", run.printed, re.M)


def test_no_test_row_is_asked_to_find_errors(run: Run) -> None:
    asked = set(run.current("weak_spots", student=STUDENT).table("scores.parquet")["row_id"])
    assert asked == set(run.current("synthetic_corpus").table("held_back.parquet")["id"])
    assert asked.isdisjoint(run.current("seed_set").table("tests.parquet")["id"])


def test_the_asset_shows_round_accuracy_gain_and_the_weakest_spots(run: Run) -> None:
    program = (
        "import dagster as dg\n"
        "instance = dg.DagsterInstance.get()\n"
        "records = instance.fetch_materializations(dg.AssetKey('weak_spots'), limit=1).records\n"
        "print(*records[0].asset_materialization.metadata)\n"
    )
    shown = set(run.checkout.python(program).split())
    assert {"round", "accuracy", "interval", "gain", "weakest_designs", "made_from"} <= shown


def test_the_report_shows_one_curve_of_the_student_and_where_its_rounds_come_from(run: Run) -> None:
    (task,) = run.checkout.json("scores", "--json")
    (student,) = task["students"]
    assert sorted(curve["arm"] for curve in student["curves"]) == ["distilled", "seeds_only"]
    page = Path(run.checkout.distil("report").stdout.strip()).read_text()
    assert f"errors of {STUDENT} on rows held back" in page


def test_a_second_run_makes_nothing_anew(run: Run) -> None:
    before = run.lineage()
    result = run.checkout.distil("run", TASK)
    assert result.returncode == 0, result.stderr
    assert " made " not in result.stdout.replace("made before", "")
    assert run.lineage() == before


def test_a_student_that_is_not_in_the_profile_is_an_error(tmp_path: Path) -> None:
    profile = write_tiny_profile(tmp_path, steps=2, error_rounds=ROUNDS | {"student": "nobody"})
    with pytest.raises(ProfileError, match=f"error_rounds.student is 'nobody'; the students are: {STUDENT}"):
        load_profile(str(profile))


def test_three_rounds_are_an_error(tmp_path: Path) -> None:
    profile = write_tiny_profile(tmp_path, steps=2, error_rounds=ROUNDS | {"rounds": 3})
    with pytest.raises(ProfileError, match=r"error_rounds\.rounds: Input should be less than or equal to 2"):
        load_profile(str(profile))
