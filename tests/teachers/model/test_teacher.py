"""The teacher over a real connection: what it writes is recorded, never paid for twice, and can be walked back to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import BudgetExhaustedError, ResponseFolder
from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.model.planning import Planning
from distil_dagster.teachers.model.teacher import ModelTeacher
from distil_dagster.teachers.scores import assess_teacher
from distil_dagster.teachers.settings import EndpointTeacherSettings
from distil_dagster.teachers.teacher import GeneratedRow
from tests.serving.scripted_server import Fault, Messages, ScriptedServer, count_characters
from tests.teachers.model.scripted_model import ScriptedModel


def passing(rows: Sequence[GeneratedRow]) -> list[str | None]:
    return ["unreadable" if row.unreadable else None for row in rows]


def teacher_of(task: Task, server: ScriptedServer, folder: Path, **settings: object) -> ModelTeacher:
    endpoint = RemoteModel(model="a-model", base_url=server.base_url, input_price=1.0, output_price=1.0)
    said = {"smoke_rows": 8, "concurrency": 16} | settings
    teacher = EndpointTeacherSettings.model_validate({"kind": "endpoint", "endpoint": endpoint, **said})
    return ModelTeacher(
        task,
        ChatEndpoint(server.base_url, "a-model"),
        teacher,
        Planning(task, teacher, max_output_tokens=2000, prices=TokenPrices(1.0, 1.0)),
        responses=ResponseFolder(folder),
        judge=passing,
        report=lambda _: None,
        address="the same address at every start",
    )


@pytest.fixture
def single(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


def test_a_corpus_of_every_kind_comes_over_the_wire(task: Task, tmp_path: Path) -> None:
    with ScriptedServer(answer=ScriptedModel(task), usage=count_characters) as server:
        generation = teacher_of(task, server, tmp_path).generate(count=20, seed=1)
    assert not generation.exhausted
    assert len([row for row in generation.rows if row.unreadable is None]) >= 20
    folder = ResponseFolder(tmp_path)
    for row in generation.rows:
        hashes = [*row.origin.requests, *(vote.request for vote in row.origin.votes)]
        assert len(hashes) >= 2
        assert all(folder.read(sha256) is not None for sha256 in hashes)


def test_a_label_has_three_votes_and_anything_else_one(
    single: Task, tiny_classification_folder: Path, tmp_path: Path
) -> None:
    for task, votes in ((single, 1), (load_task(tiny_classification_folder), 3)):
        with ScriptedServer(answer=ScriptedModel(task), usage=count_characters) as server:
            rows = teacher_of(task, server, tmp_path).generate(count=8, seed=1).rows
        assert {len(row.origin.votes) for row in rows} == {votes}


def test_a_run_that_is_repeated_asks_nobody_and_gives_the_same(single: Task, tmp_path: Path) -> None:
    with ScriptedServer(answer=ScriptedModel(single), usage=count_characters) as server:
        first = teacher_of(single, server, tmp_path)
        generation = first.generate(count=20, seed=1)
        asked = len(server.requests)
        assert first.spent_dollars > 0
    with ScriptedServer(answer=ScriptedModel(single), usage=count_characters) as server:
        again = teacher_of(single, server, tmp_path)
        assert again.generate(count=20, seed=1) == generation
        assert (len(server.requests), again.spent_dollars) == (0, 0.0)
        other = again.generate(count=20, seed=2)
        assert len(server.requests) >= asked / 2
        assert other.rows != generation.rows


def test_a_request_says_temperature_schema_and_what_the_profile_adds(single: Task, tmp_path: Path) -> None:
    with ScriptedServer(answer=ScriptedModel(single), usage=count_characters) as server:
        teacher_of(single, server, tmp_path, extra_body={"top_k": 20}).generate(count=8, seed=1)
    write = next(request for request in server.requests if "response_format" in request)
    assert write["temperature"] == 0.7
    assert write["top_k"] == 20
    assert write["response_format"]["json_schema"]["schema"]["required"] == ["examples"]


def test_what_an_endpoint_may_refuse_can_be_left_out(single: Task, tmp_path: Path) -> None:
    with ScriptedServer(answer=ScriptedModel(single), usage=count_characters) as server:
        teacher_of(single, server, tmp_path, send_temperature=False, structured_output=False).generate(count=8, seed=1)
    assert all("temperature" not in request and "response_format" not in request for request in server.requests)


def test_a_storm_of_refusals_costs_time_and_no_rows(single: Task, tmp_path: Path) -> None:
    storm = [Fault.HTTP_429, Fault.HTTP_500, Fault.CLOSED, Fault.HALF_JSON]
    with ScriptedServer(storm, answer=ScriptedModel(single), usage=count_characters) as server:
        generation = teacher_of(single, server, tmp_path).generate(count=20, seed=1)
    assert [row for row in generation.rows if row.unreadable] == []


def test_the_budget_holds(single: Task, tmp_path: Path) -> None:
    with ScriptedServer(answer=ScriptedModel(single), usage=count_characters) as server:
        teacher = teacher_of(single, server, tmp_path, budget_dollars=0.05)
        with pytest.raises(BudgetExhaustedError, match=r"teacher\.budget_dollars"):
            teacher.generate(count=2000, seed=1)
    assert teacher.spent_dollars <= 0.05


class TestAssessment:
    def test_the_teacher_is_asked_greedily_behind_a_seed_and_scored_as_students_are(
        self, single: Task, tmp_path: Path
    ) -> None:
        answers = {example.messages[-1].content: example.target for example in single.test_examples}
        wrong = next(iter(answers))

        def answer(messages: Messages) -> str:
            asked = messages[-1]["content"]
            return "no idea" if asked == wrong else answers[asked]

        with ScriptedServer(answer=answer, usage=count_characters) as server:
            assessments = teacher_of(single, server, tmp_path).assess(single.test_examples)
        assert [assessment.example_id for assessment in assessments] == [item.id for item in single.test_examples]
        assert [item.right for item in assessments] == [
            example.messages[-1].content != wrong for example in single.test_examples
        ]
        request = server.requests[0]
        assert request["temperature"] == 0.0
        assert [message["role"] for message in request["messages"]] == ["system", "user", "assistant", "user"]
        assert request["messages"][1]["content"] in {row.question for row in single.seeds}

    def test_what_the_answers_cost_is_in_the_summary(self, single: Task, tmp_path: Path) -> None:
        with ScriptedServer(answer=lambda messages: "no idea", usage=count_characters) as server:
            teacher = teacher_of(single, server, tmp_path / "responses")
            summary = assess_teacher(single, teacher, tmp_path)
        assert summary.spent_dollars == teacher.spent_dollars
        assert teacher.spent_dollars > 0
