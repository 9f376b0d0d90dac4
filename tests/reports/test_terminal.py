"""Tables in a terminal: they fit, they are plain when piped, and they say what was not measured."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from upath import UPath

from distil_dagster.artifacts import Artifact, LineageStep, Manifest, Recipe
from distil_dagster.reports import wording
from distil_dagster.reports.report_input import ReportInput, TaskReport
from distil_dagster.reports.terminal import print_lineage, print_scores


def printed(tasks: tuple[TaskReport, ...], *, width: int) -> str:
    piped = io.StringIO()
    print_scores(tasks, console=Console(file=piped, width=width, highlight=False))
    return piped.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_off(report: ReportInput, width: int) -> None:
    text = printed(report.tasks, width=width)

    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


def test_piped_output_has_no_escape_sequences(report: ReportInput) -> None:
    assert "\x1b" not in printed(report.tasks, width=80)


def test_an_arm_is_shown_with_its_interval_and_its_counts(measured_task: TaskReport) -> None:
    (distilled,) = [line for line in printed((measured_task,), width=80).splitlines() if " distilled " in line]

    assert distilled.split() == ["distilled", "95.0", "85.0", wording.DASH, "100.0", "38/40", "8/10"]


def test_costs_say_whether_they_were_measured_here(measured_task: TaskReport) -> None:
    text = printed((measured_task,), width=80)

    (at_seventy,) = [line for line in text.splitlines() if " 70 % " in line]
    (haiku,) = [line for line in text.splitlines() if "Claude Haiku 4.5" in line]
    assert at_seventy.split()[-4:] == ["$11.67", "95.0", "measured", "here"]
    assert haiku.split()[-4:] == ["$920.00", "not", "measured", "published"]


def test_what_was_not_measured_is_said(report: ReportInput) -> None:
    text = printed(report.tasks, width=80)

    assert "not measured yet: unseen-4b" in text
    assert "Accuracy: not measured yet" in text
    assert text.count("Cost: not measured yet") == 2


def test_a_name_in_brackets_is_not_taken_for_markup(half_measured_task: TaskReport) -> None:
    student = half_measured_task.students[0].model_copy(update={"name": "tiny[red]"})

    assert "tiny[red]" in printed((half_measured_task.model_copy(update={"students": (student,)}),), width=80)


def test_lineage_is_indented_by_distance(tmp_path: Path) -> None:
    piped = io.StringIO()
    steps = [_step("benchmark_scores", 0, tmp_path), _step("lora_adapter", 2, tmp_path)]

    print_lineage(steps, console=Console(file=piped, width=80))

    lines = piped.getvalue().splitlines()
    (scores,) = [line for line in lines if "benchmark_scores[" in line]
    (adapter,) = [line for line in lines if "lora_adapter[" in line]
    assert adapter.index("lora") - scores.index("bench") == 4
    assert "abcdabcdabcd  2026-11-24 06:15" in adapter
    assert any("1,200 rows" in line for line in lines)


def _step(asset: str, depth: int, folder: Path) -> LineageStep:
    partition = {"student": "tiny-135m", "task": "smart_home"}
    manifest = Manifest(
        recipe=Recipe(asset=asset, partition=partition, inputs=(), parameters={}, code_version="1"),
        counts={"rows": 1_200},
        files=(),
        fingerprint="abcd" * 16,
        created_at=datetime(2026, 11, 24, 6, 15, tzinfo=UTC),
        run_id="run",
        environment={},
    )
    return LineageStep(Artifact(manifest=manifest, path=UPath(folder), cache=folder), depth)
