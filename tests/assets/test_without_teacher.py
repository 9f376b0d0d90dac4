"""A task for which the teacher can't write rows: what can be measured is measured, and what can't be is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.assets.conftest import STUDENT, Checkout, write_profile

TASK = "colours"


@pytest.fixture(scope="module")
def classified(tmp_path_factory: pytest.TempPathFactory, base_model_dir: Path) -> tuple[Checkout, str]:
    """The home after a classification task was imported from a folder of rows alone, and run; and what that printed."""
    folder = tmp_path_factory.mktemp("classified")
    rows = folder / "rows"
    rows.mkdir()
    things = {"red": ("blood", "a ripe tomato", "a fire engine"), "green": ("grass", "a frog", "a pine tree")}
    for split, count in (("train", 30), ("test", 20)):
        lines = [
            json.dumps({"text": f"{thing}, {split} number {number}", "label": colour})
            for number in range(count)
            for colour, its in things.items()
            for thing in its[number % 3 : number % 3 + 1]
        ]
        (rows / f"{split}.jsonl").write_text("\n".join(lines[:count]) + "\n")
    checkout = Checkout(folder / "home", write_profile(folder / "tiny.yaml", base_model_dir, steps=2, training_seeds=2))
    imported = checkout.distil("import", str(rows), "--name", TASK)
    assert imported.returncode == 0, imported.stderr
    assert "supposed from the rows: classification" in imported.stdout
    result = checkout.distil("run", TASK)
    assert result.returncode == 0, result.stdout + result.stderr
    return checkout, result.stdout


def test_the_run_says_what_it_can_not_make(classified: tuple[Checkout, str]) -> None:
    _, printed = classified
    assert "can't write rows of the kind classification" in printed
    assert "Cost: not measured yet" in printed


def test_base_and_seeds_only_are_scored_and_compared(classified: tuple[Checkout, str]) -> None:
    checkout, _ = classified
    (task,) = checkout.json("scores", "--json")
    assert (task["name"], task["kind"], task["metric"]) == (TASK, "classification", "exact_label")
    (student,) = task["students"]
    assert [arm["arm"] for arm in student["arms"]] == ["base", "seeds_only"]
    assert [(pair["first"], pair["second"]) for pair in student["comparisons"]] == [("seeds_only", "base")]
    assert {score["label"] for score in student["labels"]["labels"]} <= {"red", "green"}
    assert student["verdict"] is None
    assert task["costs"] == []


def test_two_trainings_of_the_adapter_tell_how_much_is_luck(classified: tuple[Checkout, str]) -> None:
    checkout, _ = classified
    (task,) = checkout.json("scores", "--json")
    (student,) = task["students"]
    (spread,) = student["spreads"]
    assert spread["arm"] == "seeds_only"
    assert len(spread["values"]) == 2
    assert spread["values"][0] == student["arms"][1]["accuracy"]
    assert spread["standard_deviation"] >= 0


def test_the_page_shows_the_task(classified: tuple[Checkout, str]) -> None:
    checkout, _ = classified
    page = Path(checkout.distil("report").stdout.strip()).read_text()
    assert TASK in page
    assert "Not measured yet: cost, serving, corpus" in page


def test_the_corpus_can_not_be_made_and_the_error_says_why(classified: tuple[Checkout, str]) -> None:
    checkout, _ = classified
    program = (
        "import dagster as dg\n"
        "from distil_dagster.definitions import defs\n"
        "job = defs().resolve_job_def('write_corpus')\n"
        f"result = job.execute_in_process(partition_key='{TASK}', raise_on_error=False)\n"
        "print(*[event.step_failure_data.error for event in result.all_events if event.is_step_failure])\n"
    )
    assert "the teacher recombination can't write rows for colours" in checkout.python(program)


def test_lineage_leads_to_the_seeds_without_a_corpus(classified: tuple[Checkout, str]) -> None:
    checkout, _ = classified
    steps = checkout.json("lineage", TASK, STUDENT, "--json")
    assert {step["recipe"]["asset"] for step in steps} == {"benchmark_scores", "seeds_only_adapter", "seed_set"}


def test_rows_that_are_not_here_are_never_replaced_and_the_error_says_what_to_download(
    classified: tuple[Checkout, str],
) -> None:
    checkout, _ = classified
    result = checkout.distil("run", "banking77")
    assert result.returncode == 1
    assert "seed_set failed: the split 'train' of mteb/banking77 (revision 0fd18e2" in result.stderr
    assert "distil import FOLDER --name" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_reference_without_its_key_is_an_error_that_names_the_variable(
    classified: tuple[Checkout, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    checkout, _ = classified
    result = checkout.distil("run", TASK, "--reference", "gpt-5-nano")
    assert result.returncode == 1
    assert "reference_scores failed: the environment variable OPENAI_API_KEY" in result.stderr
    assert "Traceback" not in result.stderr
