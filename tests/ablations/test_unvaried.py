"""When a corpus without mutators is needed, and the task folder that it is written for."""

from __future__ import annotations

from pathlib import Path

import yaml

from distil_dagster.ablations.settings import Ablation, TrainingAblation
from distil_dagster.ablations.unvaried import needs_unvaried_corpus, write_folder_without_mutators
from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.model.mutators import combinations
from tests.ablations.conftest import write_corpus


def test_it_is_needed_where_an_ablation_asks_and_the_corpus_was_written_under_mutators(
    task: Task, corpus: Path, tmp_path: Path
) -> None:
    varied = write_corpus(task, tmp_path / "varied", mutators=(("complexity", "simple"),))
    asking: dict[str, Ablation] = {"without_mutators": TrainingAblation(corpus="without_mutators")}
    assert needs_unvaried_corpus(asking, varied)
    assert not needs_unvaried_corpus(asking, corpus)
    assert not needs_unvaried_corpus({"half_corpus": TrainingAblation(corpus_share=0.5)}, varied)


def test_the_folder_is_the_same_task_but_for_its_mutators(tiny_task_folder: Path, tmp_path: Path) -> None:
    config = tiny_task_folder / "config.yaml"
    content = yaml.safe_load(config.read_text())
    content["synthgen"] = {"generation_target": 77, "mutation_topics": ["a", "b"]}
    config.write_text(yaml.safe_dump(content))
    write_folder_without_mutators(tiny_task_folder, tmp_path / "copy")
    before, copy = load_task(tiny_task_folder), load_task(tmp_path / "copy")
    assert len(combinations(before.settings.synthgen)) > 1
    assert combinations(copy.settings.synthgen) == ((),)
    assert copy.settings.synthgen.generation_target == 77
    assert (copy.seeds, copy.tests, copy.job) == (before.seeds, before.tests, before.job)
