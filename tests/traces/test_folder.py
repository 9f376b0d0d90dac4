"""From a log to a task that was taken in, through the command a user types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from pydantic import ValidationError

from distil_dagster.home import CHECKOUT
from distil_dagster.tasks import load_task
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.traces.folder import folder_from_traces
from distil_dagster.traces.reading import TraceError
from distil_dagster.traces.settings import TraceSettings
from tests.serving.scripted_server import Messages, ScriptedServer, count_characters
from tests.traces.conftest import WORDS, Write, call, chat, different_chats, panel


def distil(home: Path, *arguments: str, profile: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "distil_dagster.cli", *arguments],
        env={**os.environ, "DISTIL_HOME": str(home), "DISTIL_PROFILE": str(profile or "embedded")},
        capture_output=True,
        text=True,
        check=False,
    )


def profile_with(folder: Path, **traces: Any) -> Path:
    content = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump({**content, "traces": traces}))
    return path


def model(server: ScriptedServer, name: str) -> dict[str, Any]:
    return {"model": name, "base_url": server.base_url, "input_price": 1.0, "output_price": 1.0}


@pytest.fixture
def small(declaration: Path) -> Path:
    """Takes 30 rows to each side."""
    config = declaration / "config.yaml"
    sizes = "trace_processing: {num_traces_as_training_base: 30, num_traces_as_testing_base: 30}\n"
    config.write_text(config.read_text() + sizes)
    return declaration


def test_with_the_labels_of_the_traces_no_model_is_needed(small: Path, log: Write, tmp_path: Path) -> None:
    file = log(["{broken", *different_chats(90)])
    result = distil(tmp_path / "home", "import", str(small), "--traces", str(file), "--keep-labels", "--name", "mine")
    assert result.returncode == 0, result.stderr
    assert "90 usable rows in the traces, 1 that are not, most often: not JSON (1 x, first in line 1)" in result.stdout
    assert "labels: those of the traces" in result.stdout
    folder = tmp_path / "home" / "tasks" / "mine"
    task = load_task(folder)
    assert (len(task.seeds), len(task.tests), len(task.unstructured)) == (30, 30, 30)
    for rows in (task.seeds, task.tests):
        assert {task.kind.label(row.answer) for row in rows} == {"set_lights", "set_timer", "stop"}
    assert json.loads((folder / "traces_report.json").read_text())["faults"]["not JSON"]["lines"] == [1]
    assert not (folder / "traces.jsonl").exists()


def test_relabelling_without_a_committee_names_both_ways_out(small: Path, log: Write, tmp_path: Path) -> None:
    result = distil(tmp_path / "home", "import", str(small), "--traces", str(log(different_chats(60))))
    assert result.returncode == 1
    assert "traces.committee" in result.stderr
    assert "--keep-labels" in result.stderr


def test_too_few_rows_are_an_error_that_says_where_they_went(small: Path, log: Write, tmp_path: Path) -> None:
    chats = [*different_chats(30), *[chat(("open the safe", call("open_safe")))] * 50]
    result = distil(tmp_path / "home", "import", str(small), "--traces", str(log(chats)), "--keep-labels")
    assert result.returncode == 1
    assert "the traces give 15 seeds and 15 tests, at least 20 of each are needed" in result.stderr
    assert "50 x a call of an undeclared tool (first in line 31: " in result.stderr
    assert "no tool is named 'open_safe'" in result.stderr
    assert not (tmp_path / "home" / "tasks" / "tiny").exists()


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("num_traces_as_testing_base: 10", "num_traces_as_testing_base is 10: raise it to at least 20"),
        ("min_generated_examples: 300", "num_traces_as_training_base is 200: raise it to at least 300"),
    ],
)
def test_sides_below_the_floor_are_refused_at_once(
    declaration: Path, log: Write, tmp_path: Path, setting: str, problem: str
) -> None:
    config = declaration / "config.yaml"
    config.write_text(config.read_text() + f"trace_processing: {{{setting}}}\n")
    with pytest.raises(TraceError, match=problem):
        folder_from_traces(declaration, log(different_chats(90)), tmp_path, panel(tmp_path), keep_labels=True)


def test_of_the_committee_those_are_asked_that_the_folder_names(small: Path, log: Write, tmp_path: Path) -> None:
    config = small / "config.yaml"
    config.write_text(config.read_text().replace("30}", "30, relabelling_committee_models: [one, three]}"))
    unreachable = {"base_url": "http://127.0.0.1:9/v1", "input_price": 0, "output_price": 0}
    settings = TraceSettings.model_validate({"committee": [{"model": name, **unreachable} for name in ("one", "two")]})
    assert [member.model for member in settings.members(["one"])] == ["one"]
    with pytest.raises(TraceError, match=r"no member .* \(one, two\) has the model three"):
        folder_from_traces(small, log(different_chats(90)), tmp_path, panel(tmp_path, settings))


def test_one_model_has_one_vote() -> None:
    member = {"model": "one", "base_url": "http://127.0.0.1:9/v1", "input_price": 0, "output_price": 0}
    with pytest.raises(ValidationError, match="one has two votes"):
        TraceSettings.model_validate({"committee": [member, {**member, "temperature": 1.0}]})


def test_unstructured_text_has_a_limit(declaration: Path, log: Write, tmp_path: Path) -> None:
    config = declaration / "config.yaml"
    sizes = "num_traces_as_training_base: 20, num_traces_as_testing_base: 20, max_unstructured: 7"
    config.write_text(config.read_text() + f"trace_processing: {{{sizes}}}\n")
    output = tmp_path / "made"
    output.mkdir()
    report = folder_from_traces(declaration, log(different_chats(60)), output, panel(tmp_path), keep_labels=True)
    assert (report.left_over, report.unstructured, report.unstructured_cut) == (20, 7, 13)
    assert len(load_task(output).unstructured) == 7


def test_a_committee_corrects_labels_and_an_arbiter_decides(small: Path, log: Write, tmp_path: Path) -> None:
    """The traces' labels are all wrong; two of three members know the right ones, and disagree on timers."""

    def answer(messages: Messages) -> str:
        system, asked = messages[0]["content"], messages[-1]["content"]
        if system.startswith("You sort requests"):
            lines = asked.splitlines()
            return json.dumps({"relevant": [n for n, line in enumerate(lines, start=1) if "number 2" not in line]})
        if system.startswith("Several models"):
            return '{"choice": 1}'
        if "minutes for" in asked:
            minutes = int(asked.split()[0])
            return json.dumps(call("set_timer", minutes=minutes + server.asked_before(asked)))
        room = next((room for room in ("kitchen", "hall", "study", "cellar", "porch") if room in asked), None)
        right = call("set_lights", room=room) if room else call("stop")
        return "no idea" if server.asked_before(asked) == 2 else json.dumps(right)

    class Committee(ScriptedServer):
        seen: ClassVar[dict[str, int]] = {}

        def asked_before(self, asked: str) -> int:
            with self.lock:
                self.seen[asked] = self.seen.get(asked, -1) + 1
                return self.seen[asked]

    wrong = [
        {"messages": [*line["messages"][:2], {**line["messages"][2], "tool_calls": WRONG}]}
        for line in different_chats(90)
    ]
    server = Committee(answer=answer, usage=count_characters)
    with server:
        members = [model(server, f"member-{number}") for number in (1, 2, 3)]
        profile = profile_with(
            tmp_path, committee=members, arbiter=model(server, "arbiter"), relevance=model(server, "sorter")
        )
        result = distil(
            tmp_path / "home", "import", str(small), "--traces", str(log(wrong)), "--name", "mine", profile=profile
        )
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "home" / "tasks" / "mine" / "traces_report.json").read_text())
    assert report["relevance"] == "sorter"
    assert report["irrelevant"] > 0
    assert report["labels"]["majority"] > 0
    assert report["labels"]["arbiter"] > 0
    task = load_task(tmp_path / "home" / "tasks" / "mine")
    assert report["committee"] == ["member-1", "member-2", "member-3"]
    assert report["dollars_spent"] > 0
    assert "labels by member-1, member-2, member-3: " in result.stdout
    for row in (*task.seeds, *task.tests):
        said = json.loads(row.answer)
        if "minutes for" in row.question:
            assert said == call("set_timer", minutes=int(row.question.split()[0]))
        else:
            assert said["name"] == ("set_lights" if "scene" in row.question else "stop")
        assert "number 2" not in row.question


WRONG = [{"id": "1", "function": {"name": "set_timer", "arguments": '{"minutes": 999}'}}]


def test_classification_by_a_committee(tiny_classification_folder: Path, log: Write, tmp_path: Path) -> None:
    """All members read the label off the text; the log has it wrong in every third chat."""
    for file in ("train.csv", "test.csv"):
        (tiny_classification_folder / file).unlink()
    chats, right = [], {}
    for number in range(60):
        label = ("card_lost", "pin_blocked", "top_up")[number % 3]
        text = f"{label} {WORDS[number % 16] * 3} {number}"
        right[text] = label
        chats.append(chat((text, "other" if number % 3 == 0 else label)))
    with ScriptedServer(answer=lambda messages: right[messages[-1]["content"]], usage=count_characters) as server:
        profile = profile_with(tmp_path, committee=[model(server, "one"), model(server, "two")])
        result = distil(
            tmp_path / "home",
            "import",
            str(tiny_classification_folder),
            "--traces",
            str(log(chats)),
            profile=profile,
        )
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "home" / "tasks" / "tiny_labels"
    task = load_task(folder)
    assert (len(task.seeds), len(task.tests)) == (30, 30)
    assert all(right[row.question] == row.answer for row in (*task.seeds, *task.tests))
    report = json.loads((folder / "traces_report.json").read_text())
    assert report["labels"] == {"unanimous": 60, "changed": 20}
    assert report["label_counts"]["tests"] == {"card_lost": 10, "pin_blocked": 10, "top_up": 10}


def test_dialogues_with_the_labels_of_the_traces(tiny_multi_turn_folder: Path, log: Write, tmp_path: Path) -> None:
    for file in ("train.jsonl", "test.jsonl"):
        (tiny_multi_turn_folder / file).unlink()
    chats = [
        chat(
            (f"{WORDS[number % 16] * 3} {number} minutes", call("set_timer", minutes=number)),
            ("no, stop it", call("stop")),
            ("thanks", "You're welcome."),
        )
        for number in range(50)
    ]
    result = distil(
        tmp_path / "home", "import", str(tiny_multi_turn_folder), "--traces", str(log(chats)), "--keep-labels"
    )
    assert result.returncode == 0, result.stderr
    task = load_task(tmp_path / "home" / "tasks" / "tiny_dialogues")
    assert (len(task.seeds), len(task.tests), len(task.test_examples)) == (25, 25, 50)
    for row in task.seeds:
        first, second = tool_calling(task.kind).conversation(row).turns
        assert first.user == f"{first.user.split()[0]} {first.call.arguments['minutes']} minutes"
        assert (second.user, second.call.name, second.observation) == ("no, stop it", "stop", "ok")


def test_keeping_labels_of_no_traces_is_an_error(small: Path, tmp_path: Path) -> None:
    result = distil(tmp_path / "home", "import", str(small), "--keep-labels")
    assert result.returncode == 1
    assert "--traces" in result.stderr
