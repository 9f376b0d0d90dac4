"""A real model behind a real server as the teacher: what it says is no script, and is read or rejected all the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.engine import running_server
from distil_dagster.serving.recorded import ResponseFolder
from distil_dagster.serving.remote import RemoteModel
from distil_dagster.serving.settings import TransformersServeSettings
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.tasks import load_task
from distil_dagster.teachers.model.generation import SmokeFailedError
from distil_dagster.teachers.model.planning import Planning
from distil_dagster.teachers.model.teacher import ModelTeacher
from distil_dagster.teachers.settings import EndpointTeacherSettings
from distil_dagster.teachers.teacher import GeneratedRow


def test_the_embedded_student_as_teacher(
    base_model_dir: Path, tiny_classification_folder: Path, tmp_path: Path
) -> None:
    """135M parameters write no corpus: what is protected is that every reply ends as a row, or as a reason why not."""
    task = load_task(tiny_classification_folder)
    judged: list[GeneratedRow] = []

    def judge(rows: Sequence[GeneratedRow]) -> list[str | None]:
        judged.extend(rows)
        return ["unreadable" if row.unreadable else None for row in rows]

    engine = TransformersServe(TransformersServeSettings())
    with running_server(engine, base_model_dir, log_path=tmp_path / "server.log") as server:
        endpoint = RemoteModel(model="student", base_url=server.endpoint.base_url, input_price=0, output_price=0)
        settings = EndpointTeacherSettings(
            kind="endpoint", endpoint=endpoint, smoke_rows=8, concurrency=4, label_votes=1, most_smoke_failures=0
        )
        teacher = ModelTeacher(
            task,
            server.endpoint,
            settings,
            Planning(task, settings, max_output_tokens=120, prices=TokenPrices(0.0, 0.0)),
            responses=ResponseFolder(tmp_path / "responses"),
            judge=judge,
            report=lambda _: None,
        )
        assessments = teacher.assess(task.test_examples[:4])
        with pytest.raises(SmokeFailedError) as failed:
            teacher.generate(count=500, seed=1)
    assert [assessment.example_id for assessment in assessments] == [item.id for item in task.test_examples[:4]]
    assert all(isinstance(assessment.answer, str) for assessment in assessments)
    assert len(judged) == 8
    folder = ResponseFolder(tmp_path / "responses")
    for row in judged:
        (request,) = row.origin.requests
        assert folder.read(request) is not None
        assert (row.unreadable is None) == bool(row.row.question)
    assert any(row.unreadable and row.unreadable in str(failed.value) for row in judged)
