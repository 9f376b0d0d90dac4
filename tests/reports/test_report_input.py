"""The parts of a report take the records of artifacts as they are."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from distil_dagster.reports.report_input import CorpusFunnel, CurvePoint, Rejection, StudentReport, TrainingCurve


def test_a_null_that_went_through_pandas_is_missing_and_not_a_number() -> None:
    record = {
        "step": 1,
        "examples": 8,
        "tokens": 900,
        "loss": 2.0,
        "learning_rate": 1e-4,
        "held_back_loss": float("nan"),
    }

    assert CurvePoint.model_validate(record).held_back_loss is None


def test_a_funnel_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValidationError, match="do not add up"):
        CorpusFunnel(generated=10, rejections=(Rejection(rejected_by="near_duplicate", rows=3),), kept=6)


def test_a_curve_without_steps_is_refused() -> None:
    with pytest.raises(ValidationError, match="points"):
        TrainingCurve(arm="distilled", points=())


def test_an_arm_that_was_not_measured_is_none(measured_student: StudentReport) -> None:
    distilled = measured_student.arm("distilled")

    assert distilled is not None
    assert distilled.correct == 38
    assert StudentReport(name="unseen-4b").arm("distilled") is None
