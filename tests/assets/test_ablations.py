"""`distil ablate` after `distil run`: a table of ablations, of which none is trained twice, whatever happens."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from distil_dagster.ablations.sweep import SweepSummary
from distil_dagster.ablations.table import AblationRow, AblationTable
from distil_dagster.artifacts import Artifact
from distil_dagster.home import Home
from distil_dagster.students.settings import FinetuneSummary
from distil_dagster.tasks.seed_set import read_seed_set
from distil_dagster.teachers.scores import TeacherSummary
from tests.assets.conftest import STUDENT, Checkout, write_tiny_profile
from tests.reports.distilled_student import publish

TASK = "tiny"
ABLATIONS: dict[str, Any] = {
    "few_shot": {"shots": 2, "max_prompt_tokens": 3500},
    "half_corpus": {"corpus_share": 0.5},
    "quarter_corpus": {"corpus_share": 0.25},
    "rank_8": {"recipe": {"lora_r": 8}},
    "rank_4": {"recipe": {"lora_r": 4}},
    "without_mutators": {"corpus": "without_mutators"},
}
LONG = {"recipe": {"num_train_epochs": 100.0, "max_steps": 300, "checkpoint_every_steps": 1}}


@dataclass(frozen=True)
class Ablated:
    """A home after `distil run` and `distil ablate`, and what the latter printed."""

    checkout: Checkout
    printed: str

    def current(self, asset: str) -> Artifact:
        return Home(self.checkout.home).store.current(asset, {"task": TASK, "student": STUDENT})

    def table(self) -> dict[str, AblationRow]:
        return {row.ablation: row for row in self.current("ablation_scores").summary(AblationTable).rows}

    def trainings(self) -> set[Path]:
        return set(self.checkout.home.glob("artifacts/trained_arm/*/*/*/*/manifest.json"))

    def ablate(self, ablations: Mapping[str, Any], *arguments: str) -> str:
        """Ablate with these in the profile; returns what was printed."""
        profile = self.checkout.profile
        profile.write_text(
            yaml.safe_dump(yaml.safe_load(profile.read_text()) | {"ablations": dict(ablations)}, sort_keys=False)
        )
        result = self.checkout.distil("ablate", TASK, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


@pytest.fixture(scope="module")
def distilled(tmp_path_factory: pytest.TempPathFactory, small_task: Path) -> Checkout:
    """A home in which a model of two layers was distilled."""
    folder = tmp_path_factory.mktemp("ablations")
    profile = write_tiny_profile(folder, steps=3, learning_rate_sweep=[1e-4, 1e-3])
    content = yaml.safe_load(profile.read_text())
    content["benchmark"]["max_questions"] = 12
    profile.write_text(yaml.safe_dump(content))
    checkout = Checkout(folder / "home", profile)
    assert checkout.distil("import", str(small_task), "--name", TASK).returncode == 0
    early = checkout.distil("ablate", TASK)
    assert early.returncode == 1
    assert "has not been made yet" in early.stderr
    assert f"distil run {TASK}" in early.stderr
    result = checkout.distil("run", TASK)
    assert result.returncode == 0, result.stdout + result.stderr
    return checkout


@pytest.fixture(scope="module")
def ablated(distilled: Checkout) -> Ablated:
    return Ablated(distilled, Ablated(distilled, "").ablate(ABLATIONS))


def test_each_ablation_is_a_row_of_one_table(ablated: Ablated) -> None:
    table = ablated.table()
    assert list(table) == ["full_recipe", "base_zero_shot", "seeds_only", *ABLATIONS]
    scores = ablated.current("benchmark_scores").table("scores.parquet")
    asked = scores.query("arm == 'distilled'")
    for name in ("base_zero_shot", "seeds_only", "few_shot", "half_corpus", "quarter_corpus", "rank_8"):
        assert table[name].n_questions == len(asked)
        assert table[name].p_value is not None
    assert "(2 fit)" in table["few_shot"].difference_in_words
    for name, reason in (("rank_4", "training of the full recipe"), ("without_mutators", "under a mutator")):
        assert reason in table[name].verdict
        assert f"{name} (" in ablated.printed


def test_all_arms_are_asked_the_questions_of_the_benchmark(ablated: Ablated) -> None:
    asked = ablated.current("benchmark_scores").table("scores.parquet").query("arm == 'distilled'")
    answers = list(ablated.checkout.home.glob("artifacts/scored_arm/*/*/*/*/scores.parquet"))
    assert len(answers) == 4
    for path in answers:
        assert pd.read_parquet(path)["example_id"].tolist() == asked["example_id"].tolist()


def test_a_share_of_the_corpus_is_that_share_and_the_plot_shows_it(ablated: Ablated) -> None:
    table = ablated.table()
    rows = {name: table[name].corpus_rows or 0 for name in ("full_recipe", "half_corpus", "quarter_corpus")}
    assert 0 < rows["quarter_corpus"] < rows["half_corpus"] < rows["full_recipe"]
    plot = ablated.current("ablation_scores").local() / "corpus_size.svg"
    assert f">{rows['half_corpus']}<" in plot.read_text()


def test_an_ablation_of_the_recipe_is_trained_by_the_changed_recipe(ablated: Ablated) -> None:
    manifests = [json.loads(path.read_text()) for path in ablated.trainings()]
    recipes = [manifest["recipe"]["parameters"]["recipe"] for manifest in manifests]
    assert sorted(recipe["lora_r"] for recipe in recipes) == [4, 4, 8]
    assert {recipe["max_steps"] for recipe in recipes} == {3}


def test_an_ablation_more_is_one_training_more_and_one_that_is_unchanged_is_none(ablated: Ablated) -> None:
    before = ablated.trainings()
    changed = {**ABLATIONS, "rank_8": {"recipe": {"lora_r": 2}}}
    printed = ablated.ablate(changed)
    assert len(ablated.trainings() - before) == 1
    assert before < ablated.trainings()
    assert "rank_8: training" in printed
    assert "half_corpus: taken as trained before" in printed
    assert printed.count(": asking") == 1
    # Back to what was trained before, under another name: nothing is.
    printed = ablated.ablate({"eight": ABLATIONS["rank_8"]})
    assert "eight: taken as trained before" in printed
    assert ": training" not in printed
    assert ": asking" not in printed
    assert set(ablated.table()) == {"full_recipe", "base_zero_shot", "seeds_only", "eight"}


def test_a_killed_run_goes_on_where_it_stopped(ablated: Ablated) -> None:
    before = ablated.trainings()
    checkout = ablated.checkout
    content = yaml.safe_load(checkout.profile.read_text())
    content["ablations"] = {"rank_1": {"recipe": {"lora_r": 1}}, "long": LONG}
    checkout.profile.write_text(yaml.safe_dump(content, sort_keys=False))
    run = checkout.start("ablate", TASK)
    deadline = time.monotonic() + 240
    while not list(checkout.home.glob("work/trained_arm-*/checkpoints/training/[!.]*")) or (
        len(ablated.trainings() - before) < 1
    ):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.kill()
    run.communicate()
    finished = ablated.trainings()
    assert len(finished - before) == 1
    printed = ablated.ablate({"long": LONG, "rank_1": {"recipe": {"lora_r": 1}}})
    assert "rank_1: taken as trained before" in printed
    assert "going on from the checkpoint of step" in printed
    (trained,) = ablated.trainings() - finished
    summary = FinetuneSummary.model_validate_json((trained.parent / "summary.json").read_text())
    assert summary.steps == 300
    assert summary.resumed_from_step


def test_the_sweep_chooses_among_its_rates_and_the_recipes_own(ablated: Ablated) -> None:
    # 1e-3 is trained as an ablation first: the sweep has one rate less to train.
    ablated.ablate({"slower": {"recipe": {"learning_rate": 1e-3}}})
    before = ablated.trainings()
    printed = ablated.ablate({}, "--sweep")
    assert len(ablated.trainings() - before) == 1
    assert "learning rate 0.001: taken as trained before" in printed
    summary = ablated.current("learning_rate_sweep").summary(SweepSummary)
    own = ablated.current("lora_adapter").summary(FinetuneSummary)
    assert [point.learning_rate for point in summary.points] == [1e-4, 1e-3, 2e-3]
    assert [point.held_back_loss for point in summary.points if point.of_the_recipe] == [own.kept_held_back_loss]
    best = min(summary.points, key=lambda point: point.held_back_loss)
    assert summary.chosen == best.learning_rate
    assert summary.reason in printed


def test_a_program_gets_json_and_nothing_else(ablated: Ablated) -> None:
    read = json.loads(ablated.ablate({"eight": ABLATIONS["rank_8"]}, "--json"))
    assert [row["ablation"] for row in read["ablations"]["rows"]][-1] == "eight"
    assert read["sweep"] is None


def test_the_lineage_of_the_table_leads_to_the_trainings_and_the_seeds(ablated: Ablated) -> None:
    from distil_dagster.artifacts import trace

    store = Home(ablated.checkout.home).store
    assets = {step.artifact.manifest.recipe.asset for step in trace(store, ablated.current("ablation_scores"))}
    assert {"ablation_adapters", "trained_arm", "scored_arm", "benchmark_scores", "lora_adapter", "seed_set"} <= assets


def test_a_student_behind_its_teacher_takes_an_on_policy_step_that_is_a_row_of_the_table(ablated: Ablated) -> None:
    profile = yaml.safe_load(ablated.checkout.profile.read_text())
    teacher = profile["students"][STUDENT]["base_model"]
    profile["on_policy"] = {"teacher": teacher, "max_steps": 2, "per_step_examples": 2}
    ablated.checkout.profile.write_text(yaml.safe_dump(profile, sort_keys=False))
    publish_teacher(ablated, right=True)
    printed = ablated.ablate({})
    assert "the student is behind its teacher a model" in printed
    table = ablated.table()
    assert list(table)[-1] == "on_policy"
    assert table["on_policy"].steps == 2
    assert table["on_policy"].n_questions == table["full_recipe"].n_questions
    adapter = ablated.current("on_policy_adapter")
    assert adapter.summary(FinetuneSummary).first_held_back_loss is not None
    assert (adapter.local() / "adapter" / "adapter_model.safetensors").exists()

    publish_teacher(ablated, right=False)
    printed = ablated.ablate({})
    assert "the student is not behind, beyond chance, its teacher a model" in printed
    assert ablated.table()["on_policy"].verdict.startswith("not measured: the student is not behind")
    assert not (ablated.current("on_policy_adapter").local() / "adapter").exists()


def publish_teacher(ablated: Ablated, *, right: bool) -> None:
    """Scores of a model in place of those of the teacher that is none."""
    store = Home(ablated.checkout.home).store
    seeds = store.current("seed_set", {"task": TASK})
    ids = [example.id for example in read_seed_set(seeds.local()).test_examples]

    def write(output: Path) -> None:
        outcomes = [right] * len(ids)
        pd.DataFrame({"example_id": ids, "right": outcomes}).to_parquet(output / "scores.parquet")
        summary = TeacherSummary(
            teacher="a model", is_model=True, questions=len(ids), answered=len(ids), right=sum(outcomes)
        )
        (output / "summary.json").write_text(summary.model_dump_json())

    publish(store, "teacher_scores", write, inputs=[seeds], partition={"task": TASK})
