"""From which share of right answers a teacher is trusted."""

from __future__ import annotations

import pytest

from distil_dagster.tasks import Kind
from distil_dagster.tasks.classification import Classification
from distil_dagster.tasks.tool_calling import ToolCalling
from distil_dagster.teachers.gate import TeacherGate


@pytest.mark.parametrize(
    ("kind", "share", "verdict"),
    [
        (Classification(), 0.80, "proceed"),
        (Classification(), 0.79, "warn"),
        (Classification(), 0.60, "warn"),
        (Classification(), 0.59, "refuse"),
        (ToolCalling(), 0.70, "proceed"),
        (ToolCalling(), 0.69, "warn"),
        (ToolCalling(), 0.59, "refuse"),
    ],
)
def test_the_published_thresholds_decide(kind: Kind, share: float, verdict: str) -> None:
    assert TeacherGate().verdict(kind, share) == verdict


def test_an_override_lets_a_bad_teacher_write_under_a_warning() -> None:
    assert TeacherGate(override=True).verdict(Classification(), 0.1) == "warn"


def test_the_profile_may_set_other_thresholds() -> None:
    gate = TeacherGate(proceed=0.95, refuse_below=0.9)
    assert [gate.verdict(Classification(), share) for share in (0.96, 0.92, 0.89)] == ["proceed", "warn", "refuse"]
