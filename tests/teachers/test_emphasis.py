"""Rows drawn with weights: the heavier come more often, none comes twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.teachers import GeneratedRow, Origin
from distil_dagster.teachers.emphasis import UNNAMED, Emphasis, design_of, emphasised

EMPHASIS = Emphasis({"weak": 0.6, "strong": 0.1}, {("length", "long"): 0.4, ("length", "short"): 0.1}, 0.2, 1)


@pytest.fixture(scope="module")
def task(smart_home_folder: Path) -> Task:
    return load_task(smart_home_folder)


def row(number: int, design: str, length: str | None = None) -> GeneratedRow:
    mutators = (("length", length),) if length else ()
    return GeneratedRow(Row(f"question {number}", "an answer"), Origin(design=design, mutators=mutators))


def drawn(task: Task, rows: list[GeneratedRow], count: int, seed: int = 0) -> list[GeneratedRow]:
    return emphasised(task, rows, EMPHASIS, count=count, random=Random(seed))


def test_a_row_is_as_likely_to_come_first_as_its_weight_says(task: Task) -> None:
    rows = [row(0, "weak"), row(1, "strong"), row(2, "unheard of"), row(3, "strong")]
    first = Counter(drawn(task, rows, 1, seed)[0].row.question for seed in range(4000))
    for number, weight in enumerate((0.6, 0.1, 0.2, 0.1)):
        assert abs(first[f"question {number}"] / 4000 - weight) < 0.03


def test_mutators_weigh_as_designs_do(task: Task) -> None:
    rows = [row(number, "strong", "long" if number % 2 else "short") for number in range(2000)]
    lengths = Counter(dict(item.origin.mutators)["length"] for item in drawn(task, rows, 200))
    assert 2.5 < lengths["long"] / lengths["short"] < 6.5


@given(st.integers(0, 40), st.integers(0, 40))
def test_as_many_as_asked_for_or_all_there_are_in_their_order_and_none_twice(task: Task, count: int, size: int) -> None:
    rows = [row(number, "weak" if number % 3 else "strong") for number in range(size)]
    found = emphasised(task, rows, EMPHASIS, count=count, random=Random(1))
    assert len(found) == min(count, size)
    assert found == [item for item in rows if item in found]


def test_rows_without_a_design_are_known_by_structure_or_label(
    tiny_task_folder: Path, tiny_sql_folder: Path, tiny_classification_folder: Path, tiny_open_book_folder: Path
) -> None:
    calls, queries, texts = load_task(tiny_task_folder), load_task(tiny_sql_folder), load_task(tiny_open_book_folder)
    labels = load_task(tiny_classification_folder)
    assert design_of(calls, GeneratedRow(calls.seeds[0])) == calls.kind.structure(calls.seeds[0])
    assert design_of(labels, GeneratedRow(labels.seeds[0])) == labels.seeds[0].answer
    assert design_of(queries, GeneratedRow(queries.seeds[0])) == queries.kind.structure(queries.seeds[0])
    assert design_of(texts, GeneratedRow(texts.seeds[0])) == UNNAMED
    assert design_of(calls, GeneratedRow(calls.seeds[0], Origin(design="said before"))) == "said before"
