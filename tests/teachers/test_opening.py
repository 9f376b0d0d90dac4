"""Whether there is a teacher for a task, and what is said if there is none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psutil
import pytest

from distil_dagster.serving.engine import ServerError
from distil_dagster.serving.recorded import ResponseFolder
from distil_dagster.serving.remote import MissingKeyError, RemoteModel
from distil_dagster.serving.settings import VllmServeSettings
from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.opening import NoTeacher, open_teacher, planning_for, writes_rows_for
from distil_dagster.teachers.settings import (
    EndpointTeacherSettings,
    RecombinationSettings,
    TeacherSettings,
    VllmTeacherSettings,
)
from tests.serving.stand_in_vllm import environment_with_stand_in

RECOMBINATION = RecombinationSettings(kind="recombination")


def endpoint(**more: object) -> EndpointTeacherSettings:
    model = {"model": "a-model", "base_url": "http://127.0.0.1:9/v1", "input_price": 1.0, "output_price": 2.0}
    return EndpointTeacherSettings(kind="endpoint", endpoint=RemoteModel.model_validate(model | more))


def opened(task: Task, settings: TeacherSettings, folder: Path) -> str:
    with open_teacher(
        task, settings, responses=folder, server_log=folder / "server.log", report=lambda _: None
    ) as teacher:
        return teacher.name


@pytest.mark.parametrize(
    ("folder", "recombines"),
    [
        ("tiny_task_folder", True),
        ("tiny_multi_turn_folder", True),
        ("tiny_sql_folder", True),
        ("tiny_redaction_folder", True),
        ("tiny_classification_folder", False),
        ("tiny_open_book_folder", False),
        ("tiny_docstring_folder", False),
    ],
)
def test_a_model_writes_all_kinds_and_recombination_some(
    request: pytest.FixtureRequest, folder: str, recombines: bool
) -> None:
    kind = load_task(request.getfixturevalue(folder)).kind
    assert writes_rows_for(kind, RECOMBINATION) is recombines
    assert writes_rows_for(kind, endpoint())


def test_where_recombination_makes_no_sense_the_alternatives_are_named(
    tiny_open_book_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(NoTeacher, match=r"question-answering-open-book; set teacher\.kind to endpoint or vllm"):
        opened(load_task(tiny_open_book_folder), RECOMBINATION, tmp_path)


def test_an_endpoint_is_called_by_its_model(tiny_task_folder: Path, tmp_path: Path) -> None:
    assert opened(load_task(tiny_task_folder), endpoint(), tmp_path) == "a-model"


def test_a_missing_key_is_told_before_anything_is_asked(
    tiny_task_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="NO_SUCH_KEY"):
        opened(load_task(tiny_task_folder), endpoint(api_key_env="NO_SUCH_KEY"), tmp_path)


def test_an_endpoint_without_address_can_not_be_asked(tiny_task_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoTeacher, match=r"teacher\.endpoint\.base_url"):
        opened(load_task(tiny_task_folder), endpoint(base_url=None), tmp_path)


def test_a_plan_needs_no_key_and_no_answer(tiny_task_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    planning = planning_for(load_task(tiny_task_folder), endpoint(api_key_env="NO_SUCH_KEY"))
    assert planning is not None
    plan = planning.plan(count=100, seed=1)
    # 100 rows are one iteration of 128, which is 32 calls of 4 rows, each with one blind answer to each row.
    assert (plan.calls, plan.most_calls, plan.most.requests) == (32, 64, 64 * 5)
    assert plan.most.dollars == pytest.approx((plan.most.input_tokens + 2 * plan.most.output_tokens) / 1e6)


def test_recombination_has_no_plan(tiny_task_folder: Path) -> None:
    assert planning_for(load_task(tiny_task_folder), RECOMBINATION) is None


class TestServedTeacher:
    @pytest.fixture(scope="class")
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> VllmTeacherSettings:
        python = environment_with_stand_in(tmp_path_factory.mktemp("vllm"))
        model = tmp_path_factory.mktemp("a-teacher")
        return VllmTeacherSettings(
            kind="vllm", model=str(model), engine=VllmServeSettings(python=python, startup_timeout_seconds=60)
        )

    def test_it_is_started_asked_and_stopped(
        self, settings: VllmTeacherSettings, tiny_task_folder: Path, tmp_path: Path
    ) -> None:
        task = load_task(tiny_task_folder)
        log = tmp_path / "server.log"
        told: list[str] = []
        with open_teacher(task, settings, responses=tmp_path, server_log=log, report=told.append) as teacher:
            assessments = teacher.assess(task.test_examples)
            assert teacher.is_model
            (server,) = [int(line.rpartition(" ")[2]) for line in log.read_text().splitlines() if "starts as" in line]
            assert psutil.pid_exists(server)
        # The stand-in says what it was asked.
        assert [item.answer for item in assessments] == [item.messages[-1].content for item in task.test_examples]
        assert "starting vllm serve 0.0.1" in told[0]
        assert not psutil.pid_exists(server)

    def test_what_it_answered_is_not_asked_again_at_the_next_start_on_another_port(
        self, settings: VllmTeacherSettings, tiny_task_folder: Path, tmp_path: Path
    ) -> None:
        task = load_task(tiny_task_folder)
        for _ in range(2):
            with open_teacher(
                task, settings, responses=tmp_path, server_log=tmp_path / "server.log", report=lambda _: None
            ) as teacher:
                teacher.assess(task.test_examples)
            with sqlite3.connect(ResponseFolder(tmp_path).path) as database:
                ((answers,),) = database.execute("SELECT count(*) FROM answers").fetchall()
            assert answers == len({item.messages for item in task.test_examples})

    def test_a_server_that_does_not_come_up_says_why(
        self, settings: VllmTeacherSettings, tiny_task_folder: Path, tmp_path: Path
    ) -> None:
        broken = settings.model_copy(update={"engine": VllmServeSettings(python=tmp_path / "no-python")})
        with pytest.raises(ServerError, match="no-python"):
            opened(load_task(tiny_task_folder), broken, tmp_path)
