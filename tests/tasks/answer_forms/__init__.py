"""What holds for the scores of every form of answer."""

from __future__ import annotations

from distil_dagster.tasks import Score
from distil_dagster.tasks.answer_forms import AnswerForm


def assert_sound(form: AnswerForm, score: Score) -> None:
    """All metrics of the form in their order and from 0 to 1, and a verdict that agrees with the deciding one."""
    assert tuple(score.metrics) == form.metrics
    assert all(0 <= value <= 1 for value in score.metrics.values())
    assert score.metrics[form.deciding_metric] in (0, 1)
    assert (score.verdict == "right") == (score.metrics[form.deciding_metric] == 1)
    assert (score.verdict == "invalid") <= bool(score.problems)
    assert not (score.verdict == "right" and score.problems)
