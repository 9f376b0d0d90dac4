"""Which tasks a report is about."""

from __future__ import annotations

from pathlib import Path

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.reports.artifacts import measured_tasks
from tests.reports.distilled_student import RIGHT, STUDENT, TASK, publish, publish_scores, publish_seeds


def test_a_task_that_other_code_wrote_is_left_out_and_named_and_the_others_are_shown(
    tmp_path: Path, tiny_task_folder: Path
) -> None:
    store = ArtifactStore(str(tmp_path), scratch=tmp_path)
    seeds = publish_seeds(store, tiny_task_folder)
    scores = publish_scores(store, seeds, None, right=RIGHT, concurrency=1)

    def other_code(output: Path) -> None:
        (output / "summary.json").write_text('{"rows": 3}')

    old_seeds: Artifact = publish(store, "seed_set", other_code, partition={"task": "old"})
    publish(store, "cost_table", other_code, inputs=[old_seeds], partition={"task": "old"})
    told: list[str] = []
    tasks = measured_tasks(store, [TASK, "old", "not measured yet"], [STUDENT], [], left_out=told.append)
    assert [[root.manifest.fingerprint for root in task.roots] for task in tasks] == [[scores.manifest.fingerprint]]
    (reason,) = told
    assert reason.startswith("old is left out: seed_set[old] was made by another version of the code")
