"""A task for which only a model can write rows, with the stand-in as model: gate, corpus, and a row's lineage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from distil_dagster.tasks import Task, load_task
from tests.assets.conftest import STUDENT, Checkout, write_profile
from tests.serving.scripted_server import Messages, ScriptedServer, count_characters
from tests.teachers.model.scripted_model import ScriptedModel

TASK = "colours"
THINGS = {"red": ("blood", "a ripe tomato", "a fire engine"), "green": ("grass", "a frog", "a pine tree")}


def folder_with_rows(folder: Path) -> Path:
    """Two classes, 20 rows of each file."""
    folder.mkdir()
    description = {"task_description": "Say which colour it has.", "classes_description": dict.fromkeys(THINGS, "")}
    (folder / "job_description.json").write_text(json.dumps(description))
    synthgen = {"generation_target": 40, "generation_iteration_size": 16}
    (folder / "config.yaml").write_text(yaml.safe_dump({"base": {"task": "classification"}, "synthgen": synthgen}))
    for split in ("train", "test"):
        rows = [
            {"question": f"{things[number % 3]}, {split} {number}", "answer": colour}
            for number in range(10)
            for colour, things in THINGS.items()
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


class Model(ScriptedModel):
    """Knows the colours of the tests, too; how many of them is up to the test."""

    def __init__(self, task: Task, *, known: int) -> None:
        super().__init__(task)
        self.known = {row.question: row.answer for row in task.tests[:known]}

    def answer(self, asked: str) -> str:
        return self.known.get(asked) or super().answer(asked)


def checkout_asking(folder: Path, base_model: Path, server: ScriptedServer) -> Checkout:
    profile = write_profile(folder / "profile.yaml", base_model, steps=2)
    content = yaml.safe_load(profile.read_text())
    endpoint = {"model": "a-model", "base_url": server.base_url, "input_price": 1.0, "output_price": 1.0}
    content["teacher"] = {"kind": "endpoint", "endpoint": endpoint, "smoke_rows": 8}
    profile.write_text(yaml.safe_dump(content))
    checkout = Checkout(folder / "home", profile)
    imported = checkout.distil("import", str(folder_with_rows(folder / "rows")), "--name", TASK)
    assert imported.returncode == 0, imported.stderr
    return checkout


@pytest.fixture(scope="module")
def distilled(tmp_path_factory: pytest.TempPathFactory, base_model_dir: Path) -> Iterator[tuple[Checkout, str]]:
    """The home after a run with a teacher that knows 17 of 20 answers, and what the run printed."""
    folder = tmp_path_factory.mktemp("model_teacher")

    def answer(messages: Messages) -> str:
        return Model(load_task(folder / "rows", name=TASK), known=17)(messages)

    with ScriptedServer(answer=answer, usage=count_characters) as server:
        checkout = checkout_asking(folder, base_model_dir, server)
        planned = checkout.distil("plan", TASK)
        assert planned.returncode == 0, planned.stderr
        assert server.requests == []
        result = checkout.distil("run", TASK)
        assert result.returncode == 0, result.stdout + result.stderr
        yield checkout, planned.stdout + result.stdout


def test_the_plan_is_told_before_anything_is_asked(distilled: tuple[Checkout, str]) -> None:
    _, printed = distilled
    assert "10 cells of 2 designs with 1 mutators" in printed
    assert "the budget stops at $5.00" in printed


def test_a_student_of_any_kind_is_distilled_and_priced(distilled: tuple[Checkout, str]) -> None:
    checkout, _ = distilled
    (task,) = checkout.json("scores", "--json")
    (student,) = task["students"]
    assert [arm["arm"] for arm in student["arms"]] == ["base", "seeds_only", "distilled"]
    assert student["verdict"] is not None
    assert task["costs"]


def test_the_teacher_was_let_through_the_gate(distilled: tuple[Checkout, str]) -> None:
    checkout, _ = distilled
    (summary,) = (checkout.home / "artifacts" / "teacher_scores" / TASK).glob("*/summary.json")
    found = json.loads(summary.read_text())
    assert (found["teacher"], found["is_model"], found["questions"], found["right"]) == ("a-model", True, 20, 17)


def test_a_training_row_leads_to_its_requests_votes_and_filters(distilled: tuple[Checkout, str]) -> None:
    checkout, _ = distilled
    (rows,) = (checkout.home / "artifacts" / "lora_adapter" / STUDENT / TASK).glob("*/rows.parquet")
    table = pd.read_parquet(rows)
    task = load_task(checkout.home / "tasks" / TASK)
    seed_ids = {row.id for row in task.seeds}
    written = next(row_id for row_id in table["id"] if row_id not in seed_ids)
    row: dict[str, Any] = checkout.json("lineage", TASK, STUDENT, "--row", written, "--json")
    assert (row["id"], row["is_seed"], row["teacher"], row["rejected_by"]) == (written, False, "a-model", None)
    assert row["design"] == row["answer"]
    assert row["mutators"]["complexity"]
    assert {seed["id"] for seed in row["seeds"]} <= seed_ids
    (request,) = row["requests"]
    assert row["question"] in request["reply"]
    assert "belong to the class" in request["request"]["messages"][-1]["content"]
    assert [vote["answer"] for vote in row["votes"]] == [row["answer"]] * 3
    assert all(vote["request"]["request"]["messages"][-1]["content"] == row["question"] for vote in row["votes"])
    assert row["passed"][0] == "unreadable"
    assert "test_contamination" in row["passed"]
    printed = checkout.distil("lineage", TASK, STUDENT, "--row", written).stdout
    assert "vote" in printed
    assert "kept" in printed


def test_a_seed_leads_to_itself_and_an_unknown_row_to_an_error(distilled: tuple[Checkout, str]) -> None:
    checkout, _ = distilled
    seed = load_task(checkout.home / "tasks" / TASK).seeds[0]
    assert checkout.json("lineage", TASK, STUDENT, "--row", seed.id, "--json")["is_seed"]
    unknown = checkout.distil("lineage", TASK, STUDENT, "--row", "0000")
    assert unknown.returncode == 1
    assert "no row 0000 is in synthetic_corpus" in unknown.stderr


def test_a_teacher_below_the_gate_writes_nothing(tmp_path: Path, base_model_dir: Path) -> None:
    def answer(messages: Messages) -> str:
        return Model(load_task(tmp_path / "rows", name=TASK), known=11)(messages)

    with ScriptedServer(answer=answer, usage=count_characters) as server:
        checkout = checkout_asking(tmp_path, base_model_dir, server)
        result = checkout.distil("run", TASK)
        assert result.returncode == 1
        assert "a-model answers 11 of 20 test questions rightly (55.0%): refuse" in result.stderr
        assert "teacher_gate.override" in result.stderr
        # The test questions were asked, and nothing was ordered.
        assert len(server.requests) == 20
        assert not (checkout.home / "artifacts" / "synthetic_corpus").exists()
