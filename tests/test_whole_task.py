"""Which jobs make everything for a task, and what a person is told of it beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.corpus.rounds import ErrorRounds
from distil_dagster.home import Home, UnknownTask
from distil_dagster.profile import Profile, ProfileError, load_profile
from distil_dagster.teachers.settings import EndpointTeacherSettings, within_budget
from distil_dagster.whole_task import Changes, plan_whole_task

STUDENT = "smollm2-135m"
ENDPOINT = EndpointTeacherSettings.model_validate(
    {"kind": "endpoint", "endpoint": {"model": "a-model", "input_price": 1.0, "output_price": 1.0}}
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def profile() -> Profile:
    return load_profile("embedded")


def jobs(home: Home, profile: Profile, task: str, **arguments: object) -> list[str]:
    return [run.job for run in plan_whole_task(home, profile, task, **arguments).runs]  # type: ignore[arg-type]


def test_a_task_goes_from_its_folder_to_the_page_each_job_for_its_partition(home: Home, profile: Profile) -> None:
    planned = plan_whole_task(home, profile, "smart_home")
    assert planned.student == STUDENT
    assert [run.job for run in planned.runs] == ["write_corpus", "distil_student", "reprice", "hand_on", "publish"]
    assert [set(run.partition) for run in planned.runs] == [
        {"task"},
        {"task", "student"},
        {"task"},
        {"task", "student"},
        set(),
    ]
    assert not any(any(run.config.values()) for run in planned.runs)


def test_references_are_asked_after_the_prices_are_known_and_before_they_are_compared(
    home: Home, profile: Profile
) -> None:
    planned = plan_whole_task(home, profile, "smart_home", references=["gpt-5-nano", "gpt-5-mini"])
    asked = [run.partition["reference"] for run in planned.runs if run.job == "score_reference"]
    assert asked == ["gpt-5-nano", "gpt-5-mini"]
    assert [(run.job, run.only) for run in planned.runs][2:6] == [
        ("reprice", ("price_book",)),
        ("score_reference", ()),
        ("score_reference", ()),
        ("reprice", ("price_book", "cost_table")),
    ]


def test_without_a_teacher_the_seeds_alone_are_measured_and_that_is_said(home: Home, profile: Profile) -> None:
    planned = plan_whole_task(home, profile, "trec")
    assert [(run.job, run.only) for run in planned.runs] == [
        ("write_corpus", ("seed_set",)),
        ("distil_student", ("seeds_only_adapter", "benchmark_scores")),
        ("publish", ()),
    ]
    (note,) = planned.notes
    assert "can't write rows of the kind classification" in note


def test_each_further_round_distils_again(home: Home, profile: Profile) -> None:
    rounds = ErrorRounds(student=STUDENT, rounds=2)
    planned = jobs(home, profile.model_copy(update={"error_rounds": rounds}), "smart_home")
    assert planned.count("write_corpus") == planned.count("distil_student") == planned.count("find_weak_spots") == 3


def test_changes_reach_the_assets_that_they_change_and_no_other(home: Home, profile: Profile) -> None:
    changes = Changes(budget_dollars=2.0, generation_target=50, num_train_epochs=3)
    with_model = profile.model_copy(update={"teacher": ENDPOINT})
    planned = plan_whole_task(home, with_model, "smart_home", changes=changes)
    assert {run.job: dict(run.config) for run in planned.runs if run.config} == {
        "write_corpus": {"synthetic_corpus": {"budget_dollars": 2.0, "generation_target": 50}},
        "distil_student": {"lora_adapter": {"num_train_epochs": 3}},
    }


def test_a_budget_for_a_teacher_that_asks_nobody_is_an_error(home: Home, profile: Profile) -> None:
    with pytest.raises(ValueError, match="leave budget_dollars out"):
        plan_whole_task(home, profile, "smart_home", changes=Changes(budget_dollars=2.0))


def test_a_budget_is_that_of_the_run_and_decides_no_row() -> None:
    changed = within_budget(ENDPOINT, 2.0)
    assert isinstance(changed, EndpointTeacherSettings)
    assert (changed.budget_dollars, changed.deciding()) == (2.0, ENDPOINT.deciding())
    assert within_budget(ENDPOINT, None) is ENDPOINT


def test_a_change_that_nothing_would_come_of_is_an_error(home: Home, profile: Profile) -> None:
    with pytest.raises(ValueError, match="there is no corpus"):
        plan_whole_task(home, profile, "trec", changes=Changes(generation_target=5))
    rounds = profile.model_copy(update={"error_rounds": ErrorRounds(student=STUDENT)})
    with pytest.raises(ValueError, match="set num_train_epochs under distilled"):
        plan_whole_task(home, rounds, "smart_home", changes=Changes(num_train_epochs=2))


def test_what_does_not_exist_is_named_with_what_there_is(home: Home, profile: Profile) -> None:
    with pytest.raises(UnknownTask, match="no task is named 'nowhere'"):
        plan_whole_task(home, profile, "nowhere")
    with pytest.raises(ProfileError, match=f"has no student 'nobody'; it has: {STUDENT}"):
        plan_whole_task(home, profile, "smart_home", student="nobody")
    with pytest.raises(ProfileError, match="has no reference 'none'"):
        plan_whole_task(home, profile, "smart_home", references=["none"])
