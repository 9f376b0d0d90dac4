"""From a teacher to the corpus on disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.corpus import CorpusSettings, CorpusSummary, CurationSettings, synthesise
from distil_dagster.progress import Progress
from distil_dagster.tasks import Example, Row, Task, load_task
from distil_dagster.tasks.seed_set import read_rows
from distil_dagster.teachers import Assessment, GeneratedRow, Generation, Origin


@dataclass
class ScriptedTeacher:
    """Hands out the rows it was given, from the place that the seed says."""

    rows: tuple[GeneratedRow, ...]
    name: str = "scripted"
    is_model: bool = False

    def generate(self, *, count: int, seed: int) -> Generation:
        return Generation(self.rows[seed:][:count], count, len(self.rows[seed:]) < count)

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        return ()


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    folder.mkdir()
    return folder


def row(question: str, answer: str, seeds: tuple[str, ...] = ("a", "b")) -> GeneratedRow:
    return GeneratedRow(Row(question, answer), Origin(seeds, f"template of {question}"))


GOOD = row("brew me some coffee", '{"name":"stop","parameters":{}}')
ALSO_GOOD = row("sixty seconds from now", '{"name":"set_timer","parameters":{"minutes":1}}', ())
BAD = row("open the safe", '{"name":"open_safe","parameters":{}}')
TEACHER = ScriptedTeacher((GOOD, BAD, ALSO_GOOD, GOOD))


def run(
    task: Task, output: Path, *, count: int = 4, seed: int = 0, teacher: ScriptedTeacher = TEACHER
) -> CorpusSummary:
    settings = CorpusSettings(count=count, random_seed=seed, curation=CurationSettings())
    return synthesise(task, teacher, settings, output=output, progress=Progress(lambda _: None))


def test_every_row_is_written_with_its_origin_and_the_verdict(task: Task, output: Path) -> None:
    run(task, output)
    corpus = pd.read_parquet(output / "corpus.parquet")
    assert list(corpus["question"]) == [generated.row.question for generated in TEACHER.rows]
    assert list(corpus["id"]) == [generated.row.id for generated in TEACHER.rows]
    assert list(corpus["template"]) == [generated.origin.template for generated in TEACHER.rows]
    assert [list(seeds) for seeds in corpus["seeds"]] == [["a", "b"], ["a", "b"], [], ["a", "b"]]
    assert list(corpus["label"]) == ["stop", "open_safe", "set_timer", "stop"]
    assert set(corpus["teacher"]) == {"scripted"}
    assert list(corpus["kept"]) == [True, False, True, False]
    assert [None if pd.isna(name) else name for name in corpus["rejected_by"]] == [
        None,
        "invalid_answer",
        None,
        "exact_duplicate",
    ]
    assert corpus["detail"][3] == f"same as row {GOOD.row.id}"


def test_only_the_kept_rows_are_handed_on(task: Task, output: Path) -> None:
    run(task, output)
    assert read_rows(output / "rows.parquet") == [GOOD.row, ALSO_GOOD.row]


def test_the_summary_counts_what_came_of_it(task: Task, output: Path) -> None:
    summary = run(task, output)
    assert (summary.teacher, summary.requested, summary.exhausted) == ("scripted", 4, False)
    assert summary.funnel["generated"] == 4
    assert {name: count for name, count in summary.funnel.items() if count} == {
        "generated": 4,
        "invalid_answer": 1,
        "exact_duplicate": 1,
        "kept": 2,
    }
    assert summary.kept_by_label == {"set_timer": 1, "stop": 1}
    assert CorpusSummary.model_validate_json((output / "summary.json").read_text()) == summary


def test_count_and_seed_reach_the_teacher_and_exhaustion_is_told(task: Task, output: Path) -> None:
    summary = run(task, output, count=9, seed=2)
    assert (summary.requested, summary.exhausted, summary.funnel["generated"]) == (9, True, 2)


def test_a_corpus_of_nothing_is_an_error_that_says_where_the_rows_went(task: Task, output: Path) -> None:
    with pytest.raises(ValueError, match=r"the teacher scripted wrote no row for tiny .*'invalid_answer': 1"):
        run(task, output, teacher=ScriptedTeacher((BAD,)))
    assert list(output.iterdir()) == []


def test_equal_seeds_write_equal_files(task: Task, output: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    run(task, output)
    run(task, again)
    for path in output.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()
