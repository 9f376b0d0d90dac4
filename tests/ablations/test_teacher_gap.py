from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from distil_dagster.ablations.teacher_gap import GAP, TeacherGap, on_policy_arm, teacher_gap
from distil_dagster.artifacts import ArtifactStore
from distil_dagster.tasks import load_task
from distil_dagster.teachers.scores import TeacherSummary
from tests.reports.distilled_student import publish_merged, publish_scores, publish_seeds, write_weights

QUESTIONS = 20


@pytest.fixture
def scores(tmp_path: Path, tiny_task_folder: Path) -> Path:
    """The folder of the scores of a student that answers the first 10 of 20 questions right."""
    store = ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")
    seeds = publish_seeds(store, tiny_task_folder)
    return publish_scores(store, seeds, publish_merged(store, seeds, write_weights), right={"distilled": 10}).local()


def teacher_of(folder: Path, ids: list[str], *, right: int, is_model: bool = True) -> Path:
    """Write the scores of a teacher that answers the first questions right; returns their folder."""
    folder.mkdir()
    pq.write_table(
        pa.table({"example_id": ids, "right": [number < right for number in range(len(ids))]}),
        folder / "scores.parquet",
    )
    summary = TeacherSummary(
        teacher="a model", is_model=is_model, questions=len(ids), answered=len(ids), right=min(right, len(ids))
    )
    (folder / "summary.json").write_text(summary.model_dump_json())
    return folder


@pytest.fixture
def asked(tiny_task_folder: Path) -> list[str]:
    return [example.id for example in load_task(tiny_task_folder).test_examples]


@pytest.mark.parametrize(
    ("right", "behind", "said"),
    [
        (20, True, "the student is behind its teacher a model: 50.0% and 100.0% of 20 questions, +50.0 points"),
        (13, False, "the student is not behind, beyond chance, its teacher a model: 50.0% and 65.0%"),
        (2, False, "the student is not behind"),
    ],
)
def test_a_student_is_behind_if_chance_does_not_explain_it(
    scores: Path, asked: list[str], tmp_path: Path, *, right: int, behind: bool, said: str
) -> None:
    gap = teacher_gap(teacher_of(tmp_path / "teacher", asked, right=right), scores)
    assert gap.is_behind is behind
    assert said in gap.in_words
    assert gap.difference == pytest.approx((right - 10) / QUESTIONS)
    assert gap.low < gap.difference < gap.high


def test_only_questions_that_the_student_was_asked_count(scores: Path, asked: list[str], tmp_path: Path) -> None:
    gap = teacher_gap(teacher_of(tmp_path / "teacher", [*asked, *map(str, range(30))], right=20), scores)
    assert (gap.questions, gap.teacher_accuracy) == (QUESTIONS, 1.0)


def test_a_question_that_the_teacher_was_not_asked_is_named(scores: Path, asked: list[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=asked[3]):
        teacher_gap(teacher_of(tmp_path / "teacher", [*asked[:3], *asked[4:]], right=19), scores)


def test_a_teacher_that_is_no_model_is_refused(scores: Path, asked: list[str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a model is no model, so that no student can be behind it: set teacher"):
        teacher_gap(teacher_of(tmp_path / "teacher", asked, right=20, is_model=False), scores)


@pytest.mark.parametrize("right", [20, 13])
def test_the_row_of_the_table_says_why_it_is_not_measured(
    scores: Path, asked: list[str], tmp_path: Path, right: int
) -> None:
    gap = teacher_gap(teacher_of(tmp_path / "teacher", asked, right=right), scores)
    (tmp_path / GAP).write_text(gap.model_dump_json())
    assert TeacherGap.model_validate_json((tmp_path / GAP).read_text()) == gap
    row = on_policy_arm(tmp_path)
    assert row.not_measured == (None if gap.is_behind else gap.in_words)
    assert "a model" in row.difference
