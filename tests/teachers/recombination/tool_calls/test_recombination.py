import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from distil_dagster.tasks import Conversation, Task, Toolbox, load_task
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers import Generation
from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher


def conversations(task: Task, generation: Generation) -> list[Conversation]:
    return [tool_calling(task.kind).conversation(row.row) for row in generation.rows]


@pytest.fixture(scope="module", params=["bank", "git", "smart_home"])
def written(request: pytest.FixtureRequest, tasks, smart_home_folder: Path) -> tuple[Task, Generation]:
    task = load_task(smart_home_folder) if request.param == "smart_home" else getattr(tasks, request.param)
    return task, RecombinationTeacher(task).generate(count=600, seed=11)


def test_as_many_rows_are_written_as_asked_for(written) -> None:
    _, generation = written
    assert (len(generation.rows), generation.requested, generation.exhausted) == (600, 600, False)


def test_every_call_is_valid(written) -> None:
    task, generation = written
    problems = [problem for row in generation.rows for problem in task.kind.row_problems(task, row.row)]
    assert problems == []


def test_no_row_is_written_twice_and_none_is_a_seed(written) -> None:
    task, generation = written
    questions = [row.row.question for row in generation.rows]
    assert len(set(questions)) == len(questions)
    assert not set(questions) & {seed.question for seed in task.seeds}


def test_one_dialogue_has_one_answer(written) -> None:
    task, generation = written
    answers: dict[str, str] = {}
    for row in generation.rows:
        for example in task.kind.expand(row.row):
            messages = json.dumps(
                [(message.role, message.content.lower().strip(" .!?")) for message in example.messages]
            )
            assert answers.setdefault(messages, example.target) == example.target


def test_rows_tell_where_they_come_from(written) -> None:
    task, generation = written
    ids = {seed.id for seed in task.seeds}
    for row in generation.rows:
        assert row.origin.template
        assert set(row.origin.seeds) <= ids


def test_all_tools_and_enum_values_that_the_seeds_show_are_covered(written) -> None:
    task, generation = written
    seen = Counter(
        (turn.call.name, name, str(value))
        for conversation in conversations(task, generation)
        for turn in conversation.turns
        for name, value in turn.call.arguments.items()
    )
    assert {turn.call.name for item in conversations(task, generation) for turn in item.turns} == {
        tool.name for tool in task.tools.tools
    }
    for seed in task.seeds:
        for turn in tool_calling(task.kind).conversation(seed).turns:
            tool = task.tools.by_name[turn.call.name]
            for name in turn.call.arguments:
                for value in tool.properties[name].get("enum", ()):
                    if tool.name not in ("ask_back", "clarify"):
                        assert seen[tool.name, name, str(value)] >= 3, (tool.name, name, value)


def test_dialogues_are_as_long_as_those_of_the_seeds(written) -> None:
    task, generation = written
    lengths = {len(tool_calling(task.kind).conversation(seed).turns) for seed in task.seeds}
    assert {len(conversation.turns) for conversation in conversations(task, generation)} == lengths


def test_equal_seeds_give_equal_rows_and_others_give_others(tasks) -> None:
    for task in tasks:
        first = RecombinationTeacher(task).generate(count=40, seed=3)
        assert RecombinationTeacher(task).generate(count=40, seed=3) == first
        assert RecombinationTeacher(task).generate(count=40, seed=4) != first


def test_a_shorter_run_is_the_beginning_of_a_longer_one(tasks) -> None:
    teacher = RecombinationTeacher(tasks.bank)
    assert teacher.generate(count=20, seed=1).rows == teacher.generate(count=50, seed=1).rows[:20]


def test_the_order_of_sets_plays_no_part(smart_home_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from distil_dagster.tasks import load_task;"
        "from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher;"
        f"t = RecombinationTeacher(load_task(Path({str(smart_home_folder)!r})));"
        "print([row.row.id for row in t.generate(count=60, seed=5).rows])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_task_with_little_to_vary_is_exhausted(tasks) -> None:
    plain = [seed for seed in tasks.git.seeds if json.loads(seed.answer)["parameters"] == {}]
    bare = Toolbox(tuple(replace(tool, parameters={"type": "object"}) for tool in tasks.git.tools.tools))
    poor = replace(tasks.git, seeds=tuple(plain), job=JobDescription(tools=bare))
    generation = RecombinationTeacher(poor).generate(count=5000, seed=1)
    assert generation.exhausted
    assert 0 < len(generation.rows) < 5000


def test_phrasings_of_the_folder_are_used(tasks) -> None:
    phrased = replace(tasks.git, phrasings={"restore_file": ("bring {path} back to life",)})
    generation = RecombinationTeacher(phrased).generate(count=300, seed=2)
    rows = [row for row in generation.rows if "back to life" in row.row.question]
    assert rows
    assert all(json.loads(row.row.answer)["parameters"]["path"] in row.row.question for row in rows)


def test_values_of_free_texts_stand_in_the_question_letter_by_letter(tasks) -> None:
    generation = RecombinationTeacher(tasks.git).generate(count=400, seed=6)
    for row in generation.rows:
        for name in ("branch", "path"):
            value = json.loads(row.row.answer)["parameters"].get(name)
            assert value is None or value in row.row.question


def test_values_are_mined_from_what_users_said_not_from_labels(tasks) -> None:
    chat = json.dumps(
        [
            {"role": "user", "content": "check out the branch chore/tidy-up"},
            {"role": "assistant", "content": '{"name": "switch_branch", "parameters": {"branch": "poison"}}'},
        ]
    )
    fed = replace(tasks.git, unstructured=(chat, "force push spike/cache to origin"))
    rows = RecombinationTeacher(fed).generate(count=900, seed=8).rows
    answers = " ".join(row.row.answer for row in rows)
    assert "chore/tidy-up" in answers
    assert "spike/cache" in answers
    assert "poison" not in answers
